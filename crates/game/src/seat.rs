//! Seats: a player's place in a room, and sets of seats.

/// Seats of the largest room.
pub const SEATS_MAX: usize = 5;

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

    /// `0..SEATS_MAX`, to index an array with.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every seat a room can have, in order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..SEATS_MAX as u8).map(Self)
    }
}

/// A set of seats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seats(u8);

impl Seats {
    /// No seat.
    pub const NONE: Self = Self(0);

    /// The first `count` seats; a greater count than there are seats means all.
    pub const fn first(count: usize) -> Self {
        let count = if count < SEATS_MAX { count } else { SEATS_MAX };
        Self((1 << count) - 1)
    }

    /// From the lowest [`SEATS_MAX`] bits, seat 0 being the lowest; others are dropped.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & ((1 << SEATS_MAX) - 1))
    }

    /// Seat 0 is the lowest bit.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the seat is in the set.
    pub const fn contains(self, seat: Seat) -> bool {
        self.0 & (1 << seat.0) != 0
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

    /// The seats in the set, in order.
    pub fn iter(self) -> impl Iterator<Item = Seat> {
        Seat::all().filter(move |&seat| self.contains(seat))
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
