//! A record as bits. A value that equals the one in the previous record costs one bit.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use game::{Hash, InputKind, InputSchema, Seat, SeatInput, SeatInputs, VIEW_DELAY_MAX};

use super::actions::{put_actions, take_actions};
use super::joins::{put_joins, take_joins};
use super::{Presence, PresenceChanges, RECORD_LONG_BYTES_MAX, Record, record_bytes_max};
use crate::DecodeError;
use crate::binary::bits::{Reader, Writer};
use crate::binary::number::{Classes, GROUPS_TICK, put_grouped, take_grouped};
use crate::binary::{TICK_BITS, TICK_MAX, check_accepted};

const PRESENCE_BITS: u32 = 2;
const VIEW_BITS: u32 = 8;
const HALF_HASH_BITS: u32 = 32;
/// A marker in the place of a number of ticks without a step, which is never 0.
const JOINS_FOLLOW: u32 = 0;

/// Appends a record. `previous` has the inputs of the record before, or neutral ones before the first.
/// Its length is the [`game::slots`] of the game.
pub fn encode_record(
    schema: &InputSchema,
    record: &Record,
    previous: &SeatInputs,
    out: &mut Vec<u8>,
) {
    let mut bits = Writer::new(out);
    let slots = record.inputs.len();
    bits.put(record.tick.min(TICK_MAX), TICK_BITS);
    // An empty list of presence changes marks the optional parts.
    if record.idle > 0 {
        put_changes(bits.flag(true), slots, PresenceChanges::NONE);
        put_actions(&mut bits, slots, &[]);
        put_grouped(&mut bits, record.idle.into());
    }
    if !record.joins.is_empty() {
        put_changes(bits.flag(true), slots, PresenceChanges::NONE);
        put_actions(&mut bits, slots, &[]);
        put_grouped(&mut bits, JOINS_FOLLOW.into());
        put_joins(&mut bits, &record.joins);
    }
    if !record.actions.is_empty() {
        put_changes(bits.flag(true), slots, PresenceChanges::NONE);
        put_actions(&mut bits, slots, &record.actions);
    }
    bits.flag(!record.presence.is_empty());
    if !record.presence.is_empty() {
        put_changes(&mut bits, slots, record.presence);
    }
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

/// Reads a record. `previous` has the inputs of the record before it.
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
    let tick = bits.take(TICK_BITS);
    let (mut idle, mut joins, mut actions) = (0, Vec::new(), Vec::new());
    let slots = previous.len();
    let mut presence = take_presence(&mut bits, slots);
    if presence != Some(PresenceChanges::NONE) && bytes.len() > record_bytes_max(slots) {
        return Err(too_long);
    }
    // Ticks without a step, then joins, then actions; each is optional.
    while presence == Some(PresenceChanges::NONE) && actions.is_empty() {
        actions = take_actions(&mut bits, slots);
        if actions.is_empty() {
            let number = take_idle(&mut bits, tick);
            if !joins.is_empty() || (idle > 0 && number > 0) {
                bits.refuse("parts of a record are out of order");
            } else if number == JOINS_FOLLOW {
                joins = take_joins(&mut bits, slots);
                if joins.is_empty() {
                    bits.refuse("joins without a player");
                }
            } else {
                idle = number;
            }
        }
        presence = take_presence(&mut bits, slots);
    }
    let presence = presence.unwrap_or_default();
    let mut inputs = previous.clone();
    if bits.flag() {
        for seat_input in &mut inputs {
            take_seat_input(&mut bits, schema, seat_input);
        }
    }
    let hash = if bits.flag() {
        let high = bits.take(HALF_HASH_BITS);
        let low = bits.take(HALF_HASH_BITS);
        Some(Hash(u64::from(high) << HALF_HASH_BITS | u64::from(low)))
    } else {
        None
    };
    bits.finish()?;
    Ok(Record {
        tick,
        idle,
        joins,
        presence,
        actions,
        inputs,
        hash,
    })
}

/// A record's tick, without the record before it.
pub fn peek_tick(bytes: &[u8]) -> Result<u32, DecodeError> {
    let mut bits = Reader::new(bytes);
    let tick = bits.take(TICK_BITS);
    bits.check().map(|()| tick)
}

/// The ticks of a record with this number of seats, without the record before it: those without a step, then its own.
pub fn peek_ticks(slots: usize, bytes: &[u8]) -> Result<RangeInclusive<u32>, DecodeError> {
    let mut bits = Reader::new(bytes);
    let tick = bits.take(TICK_BITS);
    let is_longer = take_presence(&mut bits, slots) == Some(PresenceChanges::NONE);
    let idle = if is_longer && !bits.flag() {
        take_idle(&mut bits, tick)
    } else {
        0
    };
    bits.check().map(|()| tick - idle..=tick)
}

fn take_idle(bits: &mut Reader<'_>, tick: u32) -> u32 {
    let idle = take_grouped(bits, GROUPS_TICK);
    if idle >= tick.into() {
        bits.refuse("a number of ticks is out of range");
        return 0;
    }
    idle as u32
}

fn put_changes(bits: &mut Writer<'_>, slots: usize, changes: PresenceChanges) {
    for seat in Seat::all().take(slots) {
        let number = match changes.get(seat) {
            None => 0,
            Some(Presence::Here) => 1,
            Some(Presence::Away) => 2,
            Some(Presence::Left) => 3,
        };
        bits.put(number, PRESENCE_BITS);
    }
}

/// None if there are no presence changes.
fn take_presence(bits: &mut Reader<'_>, slots: usize) -> Option<PresenceChanges> {
    if !bits.flag() {
        return None;
    }
    let mut changes = PresenceChanges::NONE;
    for seat in Seat::all().take(slots) {
        match bits.take(PRESENCE_BITS) {
            1 => changes.set(seat, Presence::Here),
            2 => changes.set(seat, Presence::Away),
            3 => changes.set(seat, Presence::Left),
            _ => {}
        }
    }
    Some(changes)
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

/// Changes the input of the previous record into that of this one.
fn take_seat_input(bits: &mut Reader<'_>, schema: &InputSchema, seat_input: &mut SeatInput) {
    if !bits.flag() {
        return;
    }
    let SeatInput { input, view_delay } = seat_input;
    for place in schema.places() {
        if place.kind == InputKind::Angle {
            let angle = Classes::ANGLE.take(bits, place.get(*input), place.bits);
            place.set(input, angle);
        } else if place.bits == 1 || bits.flag() {
            place.set(input, bits.take(place.bits));
        }
    }
    check_accepted(bits, schema, *input);
    *view_delay = Classes::ANGLE.take(bits, (*view_delay).into(), VIEW_BITS) as u16;
    if *view_delay > VIEW_DELAY_MAX {
        bits.refuse("a view delay is out of range");
    }
}
