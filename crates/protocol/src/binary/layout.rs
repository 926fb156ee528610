//! The parameters of the layout of a game's frames.

use game::{Game, SEATS_MAX, Schema, Seat, Seats, slots};

use super::bits::{Reader, Writer};

/// The parameters from which both sides derive the layout of a game's frames.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    /// The schema of the game's values.
    pub schema: &'a Schema,
    /// The number of seats that a frame has room for: [`game::slots`] of the game.
    pub slots: usize,
}

impl Layout<'static> {
    /// The layout of a game.
    pub const fn of<G: Game>() -> Self {
        Self {
            schema: G::SCHEMA,
            slots: const { slots(&G::SEATS) },
        }
    }
}

impl Layout<'_> {
    /// Bits that identify a seat or no seat: 3 for up to seven seats.
    pub(crate) const fn seat_bits(&self) -> u32 {
        seat_bits(self.slots)
    }
}

/// Bits that identify one of these seats, or no seat with all bits set.
pub(crate) const fn seat_bits(slots: usize) -> u32 {
    usize::BITS - slots.leading_zeros()
}

/// Appends a seat or no seat.
pub(crate) fn put_seat(bits: &mut Writer<'_>, slots: usize, seat: Option<Seat>) {
    bits.put(
        seat.map_or(u32::MAX, |seat| seat.index() as u32),
        seat_bits(slots),
    );
}

/// Reads a seat; None if the number is not a seat.
pub(crate) fn take_seat(bits: &mut Reader<'_>, slots: usize) -> Option<Seat> {
    let index = bits.take(seat_bits(slots)) as usize;
    Seat::new(index).filter(|_| index < slots)
}

/// Appends a set of seats: a bit for each, the last seat first.
pub(super) fn put_seats(bits: &mut Writer<'_>, slots: usize, seats: Seats) {
    let (high, low) = (slots.saturating_sub(32) as u32, slots.min(32) as u32);
    bits.put((seats.bits() >> 32) as u32, high)
        .put(seats.bits() as u32, low);
}

/// Reads [`put_seats`].
pub(super) fn take_seats(bits: &mut Reader<'_>, slots: usize) -> Seats {
    let high = bits.take(slots.saturating_sub(32) as u32);
    let low = bits.take(slots.min(32) as u32);
    Seats::from_bits(u64::from(high) << 32 | u64::from(low))
}

// The largest room has 64 seats; one more number is no seat.
const _: () = assert!(seat_bits(SEATS_MAX) == 7 && seat_bits(5) == 3);
