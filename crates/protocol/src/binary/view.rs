//! The body of a full snapshot.

use alloc::vec::Vec;

use game::{ENTITIES_MAX, Entity, Field, SEATS_MAX, Schema, Seat, Seats, Values, View};

use super::SEAT_BITS;
use super::bits::{Reader, Writer};
use super::number::{GROUPS_TICK, put_grouped, take_grouped};
use crate::DecodeError;

/// Appends the body of a snapshot that is complete in itself. The schema allows the view
/// ([`Schema::check`]). If there are too many entities, the first ones are sent ([`View::shown`]).
pub fn encode_full(schema: &Schema, view: &View, out: &mut Vec<u8>) {
    let mut bits = Writer::new(out);
    bits.put(seats_of(view).bits().into(), SEATS_MAX as u32);
    for values in view.seats.iter().flatten() {
        put_values(&mut bits, schema.seat, values);
    }
    put_values(&mut bits, schema.match_fields, &view.match_values);
    for entity in view.shown() {
        bits.flag(true);
        put_entity(&mut bits, schema, view.tick, entity);
    }
    bits.flag(false).finish();
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
    take_entities(bits, schema, out)
}

pub(super) fn seats_of(view: &View) -> Seats {
    Seat::all()
        .filter(|seat| view.seats[seat.index()].is_some())
        .collect()
}

pub(super) fn take_seats(bits: &mut Reader<'_>) -> Result<Seats, DecodeError> {
    Ok(Seats::from_bits(bits.take(SEATS_MAX as u32)? as u8))
}

pub(super) fn put_values(bits: &mut Writer<'_>, fields: &[Field], values: &Values) {
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

/// Appends an entity: seat, kind, age, fields. An entity never changes, so it is sent once.
pub(super) fn put_entity(bits: &mut Writer<'_>, schema: &Schema, tick: u32, entity: &Entity) {
    bits.put(entity.seat.index() as u32, SEAT_BITS)
        .put(entity.kind.into(), kind_bits(schema.entities.len()));
    put_grouped(bits, tick.wrapping_sub(entity.tick).into());
    if let Some(kind) = schema.entities.get(usize::from(entity.kind)) {
        put_values(bits, kind.fields, &entity.values);
    }
}

/// Reads entities up to a zero bit; at most [`ENTITIES_MAX`] in all.
pub(super) fn take_entities(
    bits: &mut Reader<'_>,
    schema: &Schema,
    out: &mut View,
) -> Result<(), DecodeError> {
    while bits.flag()? {
        if out.entities.len() >= ENTITIES_MAX {
            return Err(DecodeError::Malformed("too many entities"));
        }
        let entity = take_entity(bits, schema, out.tick)?;
        out.entities.push(entity);
    }
    Ok(())
}

fn take_entity(bits: &mut Reader<'_>, schema: &Schema, tick: u32) -> Result<Entity, DecodeError> {
    let seat = take_seat(bits)?.ok_or(DecodeError::Malformed("no such seat"))?;
    let kind = bits.take(kind_bits(schema.entities.len()))?;
    let described = schema
        .entities
        .get(kind as usize)
        .ok_or(DecodeError::Malformed("no such kind of entity"))?;
    let age = take_grouped(bits, GROUPS_TICK)? as u32;
    Ok(Entity {
        kind: kind as u8,
        seat,
        tick: tick.wrapping_sub(age),
        values: take_values(bits, described.fields)?,
    })
}

/// Reads a seat; None if the number is not a seat.
pub(super) fn take_seat(bits: &mut Reader<'_>) -> Result<Option<Seat>, DecodeError> {
    bits.take(SEAT_BITS).map(|seat| Seat::new(seat as usize))
}

/// Bits that identify one of `kinds` kinds: none for one kind.
pub(super) fn kind_bits(kinds: usize) -> u32 {
    usize::BITS - kinds.saturating_sub(1).leading_zeros()
}
