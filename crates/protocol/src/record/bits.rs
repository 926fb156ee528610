//! A record as bits. A value that equals the one in the previous record costs one bit.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use game::{Hash, InputKind, InputSchema, SEATS_MAX, SeatInput, SeatInputs, VIEW_DELAY_MAX};

use super::actions::{put_actions, take_actions};
use super::{Presence, RECORD_BYTES_MAX, RECORD_LONG_BYTES_MAX, Record};
use crate::DecodeError;
use crate::binary::bits::{Reader, Writer};
use crate::binary::number::{Classes, GROUPS_TICK, put_grouped, take_grouped};
use crate::binary::{TICK_BITS, TICK_MAX, accepted};

const PRESENCE_BITS: u32 = 2;
const VIEW_BITS: u32 = 8;
const HALF_HASH_BITS: u32 = 32;

/// Appends a record. `previous` are the inputs of the record before, the default ones before the
/// first.
pub fn encode_record(
    schema: &InputSchema,
    record: &Record,
    previous: &SeatInputs,
    out: &mut Vec<u8>,
) {
    let mut bits = Writer::new(out);
    bits.put(record.tick.min(TICK_MAX), TICK_BITS);
    // Presence that changes nothing is never written otherwise.
    if record.idle > 0 {
        put_presence_of_nobody(&mut bits);
        put_actions(&mut bits, &[]);
        put_grouped(&mut bits, record.idle.into());
    }
    if !record.actions.is_empty() {
        put_presence_of_nobody(&mut bits);
        put_actions(&mut bits, &record.actions);
    }
    put_presence(&mut bits, record.presence);
    let is_same = record.inputs == *previous;
    bits.flag(!is_same);
    if !is_same {
        for (&seat_input, &before) in record.inputs.iter().zip(previous) {
            put_seat_input(&mut bits, schema, seat_input, before);
        }
    }
    bits.flag(record.hash.is_some());
    if let Some(Hash(hash)) = record.hash {
        bits.put((hash >> HALF_HASH_BITS) as u32, HALF_HASH_BITS)
            .put(hash as u32, HALF_HASH_BITS);
    }
    bits.finish();
}

/// Reads a record. `previous` are the inputs of the record before it.
pub fn decode_record(
    schema: &InputSchema,
    bytes: &[u8],
    previous: &SeatInputs,
) -> Result<Record, DecodeError> {
    let too_long = DecodeError::Malformed("longer than a record");
    if bytes.len() > RECORD_LONG_BYTES_MAX {
        return Err(too_long);
    }
    let mut bits = Reader::new(bytes);
    let tick = bits.take(TICK_BITS)?;
    let (mut idle, mut actions) = (0, Vec::new());
    let mut presence = take_presence(&mut bits)?;
    if presence == Some([None; SEATS_MAX]) {
        actions = take_actions(&mut bits)?;
        if actions.is_empty() {
            idle = take_idle(&mut bits, tick)?;
        }
        presence = take_presence(&mut bits)?;
        if idle > 0 && presence == Some([None; SEATS_MAX]) {
            actions = take_actions(&mut bits)?;
            presence = take_presence(&mut bits)?;
        }
    } else if bytes.len() > RECORD_BYTES_MAX {
        return Err(too_long);
    }
    let presence = presence.unwrap_or([None; SEATS_MAX]);
    let mut inputs = *previous;
    if bits.flag()? {
        for seat_input in &mut inputs {
            take_seat_input(&mut bits, schema, seat_input)?;
        }
    }
    let hash = if bits.flag()? {
        let high = bits.take(HALF_HASH_BITS)?;
        let low = bits.take(HALF_HASH_BITS)?;
        Some(Hash(u64::from(high) << HALF_HASH_BITS | u64::from(low)))
    } else {
        None
    };
    bits.finish()?;
    Ok(Record {
        tick,
        idle,
        presence,
        actions,
        inputs,
        hash,
    })
}

/// A record's tick, without the record before it.
pub fn peek_tick(bytes: &[u8]) -> Result<u32, DecodeError> {
    Reader::new(bytes).take(TICK_BITS)
}

/// The ticks of a record, without the record before it: those without a step, then its own.
pub fn peek_ticks(bytes: &[u8]) -> Result<RangeInclusive<u32>, DecodeError> {
    let mut bits = Reader::new(bytes);
    let tick = bits.take(TICK_BITS)?;
    let is_longer = take_presence(&mut bits)? == Some([None; SEATS_MAX]);
    let idle = if is_longer && !bits.flag()? {
        take_idle(&mut bits, tick)?
    } else {
        0
    };
    Ok(tick - idle..=tick)
}

fn take_idle(bits: &mut Reader<'_>, tick: u32) -> Result<u32, DecodeError> {
    let idle = take_grouped(bits, GROUPS_TICK)?;
    let idle = u32::try_from(idle).ok().filter(|&idle| idle < tick);
    idle.ok_or(DecodeError::Malformed("a number of ticks is out of range"))
}

fn put_presence_of_nobody(bits: &mut Writer<'_>) {
    bits.flag(true).put(0, PRESENCE_BITS * SEATS_MAX as u32);
}

fn put_presence(bits: &mut Writer<'_>, presence: [Option<Presence>; SEATS_MAX]) {
    let is_any = presence.iter().any(Option::is_some);
    bits.flag(is_any);
    if is_any {
        for change in presence {
            let number = match change {
                None => 0,
                Some(Presence::Here) => 1,
                Some(Presence::Away) => 2,
                Some(Presence::Left) => 3,
            };
            bits.put(number, PRESENCE_BITS);
        }
    }
}

/// None: nothing was written.
fn take_presence(
    bits: &mut Reader<'_>,
) -> Result<Option<[Option<Presence>; SEATS_MAX]>, DecodeError> {
    if !bits.flag()? {
        return Ok(None);
    }
    let mut presence = [None; SEATS_MAX];
    for change in &mut presence {
        *change = match bits.take(PRESENCE_BITS)? {
            1 => Some(Presence::Here),
            2 => Some(Presence::Away),
            3 => Some(Presence::Left),
            _ => None,
        };
    }
    Ok(Some(presence))
}

fn put_seat_input(
    bits: &mut Writer<'_>,
    schema: &InputSchema,
    seat_input: SeatInput,
    before: SeatInput,
) {
    let is_same = seat_input == before;
    bits.flag(!is_same);
    if is_same {
        return;
    }
    for place in schema.places() {
        let number = place.get(seat_input.input);
        let last = place.get(before.input);
        if place.kind == InputKind::Angle {
            Classes::ANGLE.put(bits, number, last, place.bits);
            continue;
        }
        if place.bits > 1 {
            bits.flag(number != last);
        }
        if place.bits == 1 || number != last {
            bits.put(number, place.bits);
        }
    }
    let limit = |view_delay: u16| view_delay.min(VIEW_DELAY_MAX).into();
    Classes::ANGLE.put(
        bits,
        limit(seat_input.view_delay),
        limit(before.view_delay),
        VIEW_BITS,
    );
}

/// Changes the input of the record before into that of this one.
fn take_seat_input(
    bits: &mut Reader<'_>,
    schema: &InputSchema,
    seat_input: &mut SeatInput,
) -> Result<(), DecodeError> {
    if !bits.flag()? {
        return Ok(());
    }
    let SeatInput { input, view_delay } = seat_input;
    for place in schema.places() {
        if place.kind == InputKind::Angle {
            let angle = Classes::ANGLE.take(bits, place.get(*input), place.bits)?;
            place.set(input, angle);
        } else if place.bits == 1 || bits.flag()? {
            place.set(input, bits.take(place.bits)?);
        }
    }
    *input = accepted(schema, *input)?;
    *view_delay = Classes::ANGLE.take(bits, (*view_delay).into(), VIEW_BITS)? as u16;
    if *view_delay > VIEW_DELAY_MAX {
        return Err(DecodeError::Malformed("a view delay is out of range"));
    }
    Ok(())
}
