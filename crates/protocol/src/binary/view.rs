//! The body of a full snapshot.

use alloc::vec::Vec;

use game::{Field, SEATS_MAX, Schema, Seat, Seats, Values, View};

use super::SEAT_BITS;
use super::bits::{Reader, Writer};
use super::entities::{check_count, put_new, take_new};
use crate::DecodeError;

/// Appends the body of a snapshot that is complete in itself. The schema allows the view
/// ([`Schema::check`]).
pub fn encode_full(schema: &Schema, view: &View, out: &mut Vec<u8>) {
    let mut bits = Writer::new(out);
    bits.put(seats_of(view).bits().into(), SEATS_MAX as u32);
    for values in view.seats.iter().flatten() {
        put_values(&mut bits, schema.seat, values);
    }
    put_values(&mut bits, schema.match_fields, &view.match_values);
    for (kind, described) in schema.entities.iter().enumerate() {
        put_new(&mut bits, described, view, kind, 0);
    }
    bits.finish();
}

/// Reads the body into `out`.
pub(super) fn take_full(
    bits: &mut Reader<'_>,
    schema: &Schema,
    out: &mut View,
) -> Result<(), DecodeError> {
    for seat in take_seats(bits)?.iter() {
        out.seats[seat.index()] = Some(take_values(bits, schema.seat)?);
    }
    out.match_values = take_values(bits, schema.match_fields)?;
    for (kind, described) in schema.entities.iter().enumerate() {
        take_new(bits, described, kind, out)?;
    }
    check_count(out)
}

pub(super) fn seats_of(view: &View) -> Seats {
    Seat::all()
        .filter(|seat| view.seats[seat.index()].is_some())
        .collect()
}

pub(super) fn take_seats(bits: &mut Reader<'_>) -> Result<Seats, DecodeError> {
    Ok(Seats::from_bits(bits.take(SEATS_MAX as u32)? as u8))
}

pub(super) fn put_values(bits: &mut Writer<'_>, fields: &[Field], values: &[u32]) {
    for (field, &value) in fields.iter().zip(values) {
        bits.put(value.min(field.max()), field.bits.into());
    }
}

pub(super) fn take_values(bits: &mut Reader<'_>, fields: &[Field]) -> Result<Values, DecodeError> {
    let mut values = Values::default();
    for (value, field) in values.iter_mut().zip(fields) {
        *value = bits.take(field.bits.into())?;
    }
    Ok(values)
}

/// Reads a seat; None if the number is not a seat.
pub(super) fn take_seat(bits: &mut Reader<'_>) -> Result<Option<Seat>, DecodeError> {
    bits.take(SEAT_BITS).map(|seat| Seat::new(seat as usize))
}

/// Bits that identify one of `kinds` kinds: none for one kind.
pub(super) fn kind_bits(kinds: usize) -> u32 {
    usize::BITS - kinds.saturating_sub(1).leading_zeros()
}
