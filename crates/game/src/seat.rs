//! Seats: a player's place in a room, and sets of seats.

use core::ops::RangeInclusive;

/// The number of seats of the largest room of any game.
pub const SEATS_MAX: usize = 64;

/// A saved match, a frame and a record have at least this number of seats, even in a smaller
/// game.
pub const SLOTS_MIN: usize = 5;

/// The number of seats in a saved match, a frame and a record of a game, used or not: those of its
/// largest room, and at least [`SLOTS_MIN`]. `seats` is [`Game::SEATS`](crate::Game::SEATS).
pub const fn slots(seats: &RangeInclusive<u8>) -> usize {
    let most = *seats.end() as usize;
    if most < SLOTS_MIN { SLOTS_MIN } else { most }
}

/// A place in a room, `0..SEATS_MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seat(u8);

impl Seat {
    /// None when out of range.
    pub const fn new(index: usize) -> Option<Self> {
        if index < SEATS_MAX {
            Some(Self(index as u8))
        } else {
            None
        }
    }

    /// `0..SEATS_MAX`.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// All seats that a room of any game can have, in order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..SEATS_MAX as u8).map(Self)
    }
}

/// A set of seats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seats(u64);

impl Seats {
    /// No seat.
    pub const NONE: Self = Self(0);

    /// The first `count` seats; all seats if `count` is greater than their number.
    pub const fn first(count: usize) -> Self {
        match count {
            0 => Self::NONE,
            SEATS_MAX.. => Self(u64::MAX),
            _ => Self((1 << count) - 1),
        }
    }

    /// The set of these bits; seat 0 is the lowest.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits of the set; seat 0 is the lowest.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether the seat is in the set.
    pub const fn contains(self, seat: Seat) -> bool {
        self.0 >> seat.0 & 1 == 1
    }

    /// Adds or removes a seat.
    pub const fn set(&mut self, seat: Seat, is_in: bool) {
        if is_in {
            self.0 |= 1 << seat.0;
        } else {
            self.0 &= !(1 << seat.0);
        }
    }

    /// How many seats are in the set.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether no seat is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The minimum length of a list by seat that contains all of them: one more than the last
    /// seat's index.
    pub const fn span(self) -> usize {
        (u64::BITS - self.0.leading_zeros()) as usize
    }

    /// The seats in the set, in order.
    pub fn iter(self) -> impl Iterator<Item = Seat> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let seat = Seat(left.trailing_zeros() as u8);
            left &= left - 1;
            Some(seat)
        })
    }
}

impl FromIterator<Seat> for Seats {
    fn from_iter<I: IntoIterator<Item = Seat>>(seats: I) -> Self {
        let mut set = Self::NONE;
        for seat in seats {
            set.set(seat, true);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn check_first(count: usize, len: usize) {
        let seats = Seats::first(count);
        let indices: Vec<usize> = seats.iter().map(Seat::index).collect();
        assert_eq!(indices, (0..len).collect::<Vec<_>>(), "{count}");
        assert_eq!((seats.len(), seats.span()), (len, len), "{count}");
        assert_eq!(seats.iter().collect::<Seats>(), seats, "{count}");
    }

    #[test]
    fn the_first_seats_are_in_order() {
        for count in 0..=SEATS_MAX {
            check_first(count, count);
        }
        check_first(SEATS_MAX + 1, SEATS_MAX);
    }

    #[test]
    fn a_set_may_have_gaps() {
        let mut seats = Seats::from_bits(1 << 63 | 0b101);
        assert_eq!((seats.len(), seats.span()), (3, 64));
        let last = Seat::new(63).expect("the last seat");
        assert!(seats.contains(last));
        seats.set(last, false);
        assert_eq!((seats.len(), seats.span()), (2, 3));
    }

    #[test]
    fn small_games_have_five_slots() {
        assert_eq!(
            [slots(&(1..=1)), slots(&(2..=5)), slots(&(2..=6))],
            [5, 5, 6]
        );
        assert_eq!(slots(&(1..=64)), 64);
    }
}
