//! The input of a player in a tick: the packed value, and the types that give it a meaning.

mod macros;
mod pad;
mod schema;
mod value;

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::ops::{Deref, DerefMut};

pub use pad::Pad;
pub(crate) use schema::FIELDS_MAX;
pub use schema::{InputField, InputKind, InputPlace, InputSchema};
pub use value::{Direction, InputValue, aim_from_radians, aim_to_radians, axis, direction};

use crate::SLOTS_MIN;

/// The input of a player in a tick, as the bits of its fields: the last field has the lowest bits.
/// The game's [`InputSchema`] gives the bits their meaning, and a type that implements
/// [`InputFields`] names them. The default is all zeros, which is valid in every schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Input(pub u64);

/// The typed form of a game's input: [`Pad`], or a struct that [`input!`](crate::input) declares.
pub trait InputFields: Copy + Debug + Default + PartialEq + From<Input> + Into<Input> {
    /// Its fields. A game with this input has `const INPUT: &'static InputSchema = Self::SCHEMA`.
    const SCHEMA: &'static InputSchema;
}

/// An input as a step gets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatInput {
    /// The player's input.
    pub input: Input,
    /// How far in the past the player saw the others, in 1/16 tick, at most
    /// [`crate::VIEW_DELAY_MAX`].
    pub view_delay: u16,
}

/// The inputs of a tick, by seat. The input of an empty seat is neutral and ignored. The default is
/// neutral inputs of [`SLOTS_MIN`] seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatInputs(Vec<SeatInput>);

impl SeatInputs {
    /// Neutral inputs for this number of seats: the [`slots`](crate::slots) of the game.
    pub fn neutral(slots: usize) -> Self {
        Self(vec![SeatInput::default(); slots])
    }

    /// The same inputs on every seat.
    pub fn all(slots: usize, input: SeatInput) -> Self {
        Self(vec![input; slots])
    }
}

impl Default for SeatInputs {
    fn default() -> Self {
        Self::neutral(SLOTS_MIN)
    }
}

impl Deref for SeatInputs {
    type Target = [SeatInput];

    fn deref(&self) -> &[SeatInput] {
        &self.0
    }
}

impl DerefMut for SeatInputs {
    fn deref_mut(&mut self) -> &mut [SeatInput] {
        &mut self.0
    }
}

impl<'a> IntoIterator for &'a SeatInputs {
    type Item = &'a SeatInput;
    type IntoIter = core::slice::Iter<'a, SeatInput>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a mut SeatInputs {
    type Item = &'a mut SeatInput;
    type IntoIter = core::slice::IterMut<'a, SeatInput>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

impl<const LEN: usize> From<[SeatInput; LEN]> for SeatInputs {
    fn from(inputs: [SeatInput; LEN]) -> Self {
        Self(inputs.into())
    }
}

impl FromIterator<SeatInput> for SeatInputs {
    fn from_iter<I: IntoIterator<Item = SeatInput>>(inputs: I) -> Self {
        Self(inputs.into_iter().collect())
    }
}

/// The bits of an input, field by field, for the conversions of [`input!`](crate::input).
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct InputBits {
    bits: u64,
    /// The number of the lowest bits that were not taken.
    left: u32,
}

impl InputBits {
    /// The bits of this input, for [`InputBits::take`].
    #[must_use]
    pub const fn of(input: Input, schema: &InputSchema) -> Self {
        Self {
            bits: input.0,
            left: schema.bits(),
        }
    }

    /// The next field.
    pub fn take<T: InputValue>(&mut self, kind: InputKind) -> T {
        self.left = self.left.saturating_sub(kind.bits());
        T::from_bits((self.bits >> self.left) as u32 & kind.mask())
    }

    /// Appends a field; a value out of range is limited to it.
    pub fn put<T: InputValue>(&mut self, value: T, kind: InputKind) {
        self.bits = self.bits << kind.bits() | u64::from(kind.in_range(value.to_bits()));
    }

    /// The input with the appended fields.
    #[must_use]
    pub const fn input(self) -> Input {
        Input(self.bits)
    }
}

#[cfg(test)]
mod tests;
