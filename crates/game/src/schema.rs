//! The schema: a description of a game's values. Encodings, mirrors and tables derive from it.

/// Fields that a seat or an entity can have.
pub const FIELDS_MAX: usize = 32;
/// Kinds of entities that a schema can have.
pub const ENTITY_KINDS_MAX: usize = 16;

/// The visible state of a game: every field that a prediction reads.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The fields of the match itself, which belong to no seat, at most [`FIELDS_MAX`].
    pub match_fields: &'static [Field],
    /// A seat's fields, at most [`FIELDS_MAX`].
    pub seat: &'static [Field],
    /// Bit n: field n of a seat is private. Only the player on that seat gets it; for everybody
    /// else it is 0.
    pub private: u32,
    /// The kinds of things that are not players, at most [`ENTITY_KINDS_MAX`].
    pub entities: &'static [EntityKind],
    /// The kinds of events.
    pub events: &'static [EventKind],
}

/// One integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// As JSON and PROTOCOL.md name it.
    pub name: &'static str,
    /// How many bits hold it, 1 to 32.
    pub bits: u8,
    /// What it means.
    pub kind: Kind,
}

impl Field {
    /// The greatest value its bits hold.
    pub const fn max(&self) -> u32 {
        if self.bits >= 32 {
            u32::MAX
        } else {
            (1 << self.bits) - 1
        }
    }

    /// What a view has for 0: the values of a view are unsigned, so a signed field has half of
    /// its range added.
    pub const fn zero(&self) -> u32 {
        match self.kind {
            Kind::Velocity { .. } => self.max() / 2 + 1,
            _ => 0,
        }
    }

    /// What a view has for this number.
    pub const fn to_shown(&self, number: u32) -> u32 {
        number.wrapping_add(self.zero())
    }

    /// The number of which a view has this.
    pub const fn from_shown(&self, shown: u32) -> u32 {
        shown.wrapping_sub(self.zero())
    }

    /// The number of which a view has this, with its sign.
    pub const fn number(&self, shown: u32) -> i64 {
        match self.kind {
            Kind::Velocity { .. } => self.from_shown(shown) as i32 as i64,
            _ => shown as i64,
        }
    }
}

/// What a field's integer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A length; interpolates.
    Linear {
        /// Units to the pixel: a divisor of 10,000, so that decimals are exact.
        per_px: u16,
    },
    /// A signed length that something moves in a tick, and the only kind that is signed: a field of
    /// n bits holds -2^(n-1) to 2^(n-1) - 1. Interpolates, but does not go on beyond the newest
    /// snapshot as a length does.
    Velocity {
        /// Units to the pixel, as in [`Kind::Linear`].
        per_px: u16,
    },
    /// 1024 to the turn; interpolates the short way.
    Angle,
    /// 0 or 1.
    Flag,
    /// A number that does not interpolate.
    Count,
    /// Ticks: counts down to 0 by itself, one a tick, so that snapshots omit it. Does not
    /// interpolate.
    Timer,
}

/// A kind of thing that is not a player.
#[derive(Clone, Copy, Debug)]
pub struct EntityKind {
    /// The list's name in JSON: `projectiles`.
    pub name: &'static str,
    /// An entity's fields, at most [`FIELDS_MAX`].
    pub fields: &'static [Field],
    /// Whether its fields change, as those of a ball or a door do: a snapshot has the changes. If
    /// not, an entity is sent once, as it appeared, and [`crate::State::evaluate`] gives its fields
    /// at any later tick, as for a shot.
    pub changes: bool,
}

/// A kind of event.
#[derive(Clone, Copy, Debug)]
pub struct EventKind {
    /// As JSON names it: `hit`.
    pub name: &'static str,
    /// Its arguments, at most six.
    pub args: &'static [Arg],
}

/// One argument of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arg {
    /// As JSON names it.
    pub name: &'static str,
    /// What it means.
    pub kind: ArgKind,
}

/// What an event's argument means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// A seat's index; JSON names the player.
    Seat,
    /// An entity, by [`crate::Entity::id`].
    Entity,
    /// A field's value.
    Value(Kind),
}
