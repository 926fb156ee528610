//! Declared fields: their numbers in a view, and in saved bytes.

use alloc::vec::Vec;

use crate::check::is_same;
use crate::{BadState, EntityKind, Field, Reader, Values};

/// A struct that [`state!`](crate::state) declares.
pub trait Fields: Sized {
    /// The fields that clients see, in order.
    const FIELDS: &'static [Field];

    /// Bit n: field n is private.
    const PRIVATE: u32;

    /// Writes their values to the first places.
    fn put_values(&self, values: &mut [u32]);

    /// Their values; the rest is 0.
    fn values(&self) -> Values {
        let mut values = Values::default();
        self.put_values(&mut values);
        values
    }

    /// Sets their values; omitted ones are 0. Hidden fields are unchanged.
    fn set_values(&mut self, values: &[u32]);

    /// Passes this many ticks: each timer counts down.
    fn pass(&mut self, ticks: u32);

    /// Ticks until the first timer ends, if that is less than `before`; otherwise `before`.
    fn due_before(&self, before: u32) -> u32;

    /// Sets a flag with the name `away`, if there is one.
    fn set_away(&mut self, away: bool);

    /// Sets a flag with the name `out`, if there is one.
    fn set_out(&mut self);

    /// The flag with the name `out`; false if there is none.
    fn is_out(&self) -> bool;

    /// Appends every field: 4 bytes for a visible number, and hidden fields as
    /// [`crate::Save`] encodes them.
    fn save(&self, out: &mut Vec<u8>);

    /// Restores the bytes of [`Fields::save`].
    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState>;
}

/// The type of a field that clients see.
pub trait Number: Copy {
    /// The value as a number.
    fn to_number(self) -> u32;

    /// The value of a number.
    fn from_number(number: u32) -> Self;
}

impl Number for u32 {
    fn to_number(self) -> u32 {
        self
    }
    fn from_number(number: u32) -> Self {
        number
    }
}

impl Number for i32 {
    fn to_number(self) -> u32 {
        self as u32
    }
    fn from_number(number: u32) -> Self {
        number as Self
    }
}

impl Number for u16 {
    fn to_number(self) -> u32 {
        self.into()
    }
    fn from_number(number: u32) -> Self {
        number as Self
    }
}

impl Number for bool {
    fn to_number(self) -> u32 {
        self.into()
    }
    fn from_number(number: u32) -> Self {
        number != 0
    }
}

/// Reads the values in sequence.
#[doc(hidden)]
#[derive(Debug)]
pub struct Numbers<'a>(core::slice::Iter<'a, u32>);

impl<'a> Numbers<'a> {
    pub fn of(values: &'a [u32]) -> Self {
        Self(values.iter())
    }

    pub fn take(&mut self) -> u32 {
        self.0.next().copied().unwrap_or_default()
    }
}

/// Writes the values in sequence; numbers without a place are dropped.
#[doc(hidden)]
#[derive(Debug)]
pub struct NumbersMut<'a>(core::slice::IterMut<'a, u32>);

impl<'a> NumbersMut<'a> {
    pub fn of(values: &'a mut [u32]) -> Self {
        Self(values.iter_mut())
    }

    pub fn push(&mut self, shown: u32) {
        if let Some(slot) = self.0.next() {
            *slot = shown;
        }
    }
}

/// The value of this field in a view.
#[doc(hidden)]
#[inline]
pub fn to_shown(value: impl Number, field: Option<Field>) -> u32 {
    let number = value.to_number();
    field.map_or(number, |field| field.to_shown(number))
}

/// The value of this field for `shown` in a view.
#[doc(hidden)]
#[inline]
pub fn from_shown<T: Number>(shown: u32, field: Option<Field>) -> T {
    T::from_number(field.map_or(shown, |field| field.from_shown(shown)))
}

/// Reads a number of this field, which must be in its range.
#[doc(hidden)]
pub fn restore_number<T: Number>(
    bytes: &mut Reader<'_>,
    field: Option<Field>,
    error: &'static str,
) -> Result<T, BadState> {
    let shown = bytes.u32()?;
    if field.is_none_or(|field| shown > field.max()) {
        return Err(BadState(error));
    }
    Ok(from_shown(shown, field))
}

/// The number of visible fields.
#[doc(hidden)]
pub const fn shown_len(fields: &[Option<Field>]) -> usize {
    let (mut at, mut len) = (0, 0);
    while at < fields.len() {
        len += fields[at].is_some() as usize;
        at += 1;
    }
    len
}

/// Bit n: visible field n is private.
#[doc(hidden)]
pub const fn private(fields: &[Option<Field>], is_private: &[bool]) -> u32 {
    let (mut at, mut len, mut private) = (0, 0, 0);
    while at < fields.len() {
        if fields[at].is_some() && len < u32::BITS {
            private |= (is_private[at] as u32) << len;
            len += 1;
        }
        at += 1;
    }
    private
}

/// The fields that clients see.
#[doc(hidden)]
pub const fn shown<const LEN: usize>(fields: &[Option<Field>]) -> [Field; LEN] {
    const NONE: Field = Field {
        name: "",
        bits: 0,
        kind: crate::Kind::Count,
    };
    let mut shown = [NONE; LEN];
    let (mut at, mut len) = (0, 0);
    while at < fields.len() {
        if let Some(field) = fields[at] {
            shown[len] = field;
            len += 1;
        }
        at += 1;
    }
    shown
}

/// The description of an entity kind.
#[doc(hidden)]
pub const fn kind<T: Fields>(name: &'static str, changes: bool) -> EntityKind {
    EntityKind {
        name,
        fields: T::FIELDS,
        changes,
    }
}

/// The number of entity kinds.
#[doc(hidden)]
pub const fn kinds_len(kinds: &[Option<EntityKind>]) -> usize {
    let (mut at, mut len) = (0, 0);
    while at < kinds.len() {
        len += kinds[at].is_some() as usize;
        at += 1;
    }
    len
}

/// The entity kinds.
#[doc(hidden)]
pub const fn kinds<const LEN: usize>(kinds: &[Option<EntityKind>]) -> [EntityKind; LEN] {
    const NONE: EntityKind = EntityKind {
        name: "",
        fields: &[],
        changes: false,
    };
    let mut all = [NONE; LEN];
    let (mut at, mut len) = (0, 0);
    while at < kinds.len() {
        if let Some(kind) = kinds[at] {
            all[len] = kind;
            len += 1;
        }
        at += 1;
    }
    all
}

/// The index of the kind with this name.
#[doc(hidden)]
pub const fn kind_index(kinds: &[EntityKind], name: &str) -> u8 {
    let mut at = 0;
    while at < kinds.len() && !is_same(kinds[at].name, name) {
        at += 1;
    }
    at as u8
}
