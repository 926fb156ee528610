//! The presence of players, by seat, and its changes.

use game::{Seat, Seats};

/// A player's presence, as passed to the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The player is connected.
    Here,
    /// The player is not connected, but keeps the seat.
    Away,
    /// The player has left permanently.
    Left,
}

/// The presence of every player. By default, all of them are here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presences {
    away: Seats,
    left: Seats,
}

impl Presences {
    /// A player's presence.
    pub const fn get(self, seat: Seat) -> Presence {
        if self.left.contains(seat) {
            Presence::Left
        } else if self.away.contains(seat) {
            Presence::Away
        } else {
            Presence::Here
        }
    }

    /// Sets a player's presence.
    pub const fn set(&mut self, seat: Seat, presence: Presence) {
        self.away.set(seat, matches!(presence, Presence::Away));
        self.left.set(seat, matches!(presence, Presence::Left));
    }
}

/// Presence changes by seat; most ticks have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PresenceChanges {
    changed: Seats,
    to: Presences,
}

impl PresenceChanges {
    /// No change.
    pub const NONE: Self = Self {
        changed: Seats::NONE,
        to: Presences {
            away: Seats::NONE,
            left: Seats::NONE,
        },
    };

    /// Whether nothing changes.
    pub const fn is_empty(self) -> bool {
        self.changed.is_empty()
    }

    /// The new presence of a player; None if it does not change.
    pub const fn get(self, seat: Seat) -> Option<Presence> {
        if self.changed.contains(seat) {
            Some(self.to.get(seat))
        } else {
            None
        }
    }

    /// Adds a change.
    pub const fn set(&mut self, seat: Seat, presence: Presence) {
        self.changed.set(seat, true);
        self.to.set(seat, presence);
    }

    /// Each seat whose presence changes.
    pub fn iter(self) -> impl Iterator<Item = (Seat, Presence)> {
        let seats = self.changed.iter();
        seats.map(move |seat| (seat, self.to.get(seat)))
    }
}

impl FromIterator<(Seat, Presence)> for PresenceChanges {
    fn from_iter<I: IntoIterator<Item = (Seat, Presence)>>(changes: I) -> Self {
        let mut all = Self::NONE;
        for (seat, presence) in changes {
            all.set(seat, presence);
        }
        all
    }
}
