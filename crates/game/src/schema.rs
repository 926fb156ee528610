//! The schema: a description of a game's values. Encodings, mirrors and tables derive from it.

/// The maximum number of fields of a seat or an entity.
pub const FIELDS_MAX: usize = 32;
/// The maximum number of entity kinds of a schema.
pub const ENTITY_KINDS_MAX: usize = 16;

/// The visible state of a game: every field that a prediction reads.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The fields of the match itself, which belong to no seat, at most [`FIELDS_MAX`].
    pub match_fields: &'static [Field],
    /// A seat's fields, at most [`FIELDS_MAX`].
    pub seat: &'static [Field],
    /// Bit n: field n of a seat is private. Only the player on that seat gets it; all others
    /// get 0.
    pub private: u32,
    /// The entity kinds, at most [`ENTITY_KINDS_MAX`].
    pub entities: &'static [EntityKind],
    /// The event kinds.
    pub events: &'static [EventKind],
}

/// The description of one integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in JSON and PROTOCOL.md.
    pub name: &'static str,
    /// Its width, 1 to 32 bits.
    pub bits: u8,
    /// Its meaning.
    pub kind: Kind,
}

impl Field {
    /// The greatest value of its bits.
    pub const fn max(&self) -> u32 {
        if self.bits >= 32 {
            u32::MAX
        } else {
            (1 << self.bits) - 1
        }
    }

    /// The value of 0 in a view. Values of a view are unsigned, so half of the range is added to a
    /// signed field.
    pub const fn zero(&self) -> u32 {
        match self.kind {
            Kind::Velocity { .. } => self.max() / 2 + 1,
            _ => 0,
        }
    }

    /// The value of this number in a view.
    pub const fn to_shown(&self, number: u32) -> u32 {
        number.wrapping_add(self.zero())
    }

    /// The number for a value of a view, in two's complement.
    pub const fn from_shown(&self, shown: u32) -> u32 {
        shown.wrapping_sub(self.zero())
    }

    /// The signed number for a value of a view.
    pub const fn number(&self, shown: u32) -> i64 {
        match self.kind {
            Kind::Velocity { .. } => self.from_shown(shown) as i32 as i64,
            _ => shown as i64,
        }
    }
}

/// The meaning of a field's integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A length; interpolates.
    Linear {
        /// Units per px: a divisor of 10,000, so that decimals are exact.
        per_px: u16,
    },
    /// A signed length of movement per tick, and the only signed kind: a field of
    /// n bits holds -2^(n-1) to 2^(n-1) - 1. Interpolated, but unlike a length not extrapolated
    /// beyond the newest snapshot.
    Velocity {
        /// Units per px, as in [`Kind::Linear`].
        per_px: u16,
    },
    /// 1024 to the turn; interpolates the short way.
    Angle,
    /// 0 or 1.
    Flag,
    /// A number that does not interpolate.
    Count,
    /// Ticks that count down to 0, one per tick, so that snapshots can omit it. Does not
    /// interpolate.
    Timer,
}

/// A kind of entity.
#[derive(Clone, Copy, Debug)]
pub struct EntityKind {
    /// The list's name in JSON: `projectiles`.
    pub name: &'static str,
    /// An entity's fields, at most [`FIELDS_MAX`].
    pub fields: &'static [Field],
    /// Whether its fields change, as those of a ball or a door do; snapshots then have the changes.
    /// Otherwise an entity is sent once, as it appeared, and [`crate::State::evaluate`] computes its
    /// fields at any later tick, as for a shot.
    pub changes: bool,
}

/// A kind of event.
#[derive(Clone, Copy, Debug)]
pub struct EventKind {
    /// The name in JSON: `hit`.
    pub name: &'static str,
    /// Its arguments, at most six.
    pub args: &'static [Arg],
}

/// One argument of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arg {
    /// The name in JSON.
    pub name: &'static str,
    /// Its meaning.
    pub kind: ArgKind,
}

/// The meaning of an event's argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// A seat's index; JSON has the player's id.
    Seat,
    /// An entity, by [`crate::Entity::id`].
    Entity,
    /// The value of a field of this kind.
    Value(Kind),
}
