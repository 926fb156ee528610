//! The body of a delta snapshot: the differences from what both sides predict.

use alloc::vec::Vec;

use game::{Field, SEATS_MAX, Schema, Seat, Values, View};

use super::BASELINE_TICKS_MAX;
use super::bits::{Reader, Writer};
use super::entities::{put_entities, take_entities};
use super::number::Classes;
use super::predict::Basis;
use super::view::{put_values, seats_of, take_seats, take_values};
use crate::DecodeError;

const REFERENCE_BITS: u32 = 6;

/// Appends the body of a snapshot as a delta from `baseline`, which the client has. `reference` is
/// a snapshot that the client got before the baseline; both sides derive from it how things moved.
/// If views are further apart than [`BASELINE_TICKS_MAX`], the caller sends a full snapshot, or
/// passes no reference. The schema allows all of these views ([`Schema::check`]).
pub fn encode_delta(
    schema: &Schema,
    baseline: &View,
    reference: Option<&View>,
    view: &View,
    out: &mut Vec<u8>,
) {
    let ticks = view.tick.saturating_sub(baseline.tick);
    let reference = reference.filter(|earlier| {
        (1..=BASELINE_TICKS_MAX).contains(&baseline.tick.saturating_sub(earlier.tick))
    });
    let basis = Basis {
        baseline,
        reference,
        ticks,
        reference_ticks: reference.map_or(0, |earlier| baseline.tick - earlier.tick),
    };
    let mut bits = Writer::new(out);
    put_reference(&mut bits, &basis);
    put_seats(&mut bits, schema, &basis, view);
    if !schema.match_fields.is_empty() {
        let mut expected = Values::default();
        basis.of_match(schema.match_fields, &mut expected);
        put_changes(
            &mut bits,
            schema.match_fields,
            &expected,
            &view.match_values,
        );
    }
    put_entities(&mut bits, schema, &basis, view);
    bits.finish();
}

/// Reads a body into `out`, which has its tick and is empty otherwise.
pub(super) fn take<'a>(
    bits: &mut Reader<'_>,
    schema: &Schema,
    baseline_tick: u32,
    known: impl Fn(u32) -> Option<&'a View>,
    out: &mut View,
) -> Result<(), DecodeError> {
    let known = |tick| known(tick).ok_or(DecodeError::UnknownBaseline(tick));
    let ticks = out.tick - baseline_tick;
    let reference_ticks = take_reference(bits, ticks)?;
    let reference = match reference_ticks {
        0 => None,
        ticks => {
            Some(known(baseline_tick.checked_sub(ticks).ok_or(
                DecodeError::Malformed("a tick is before the match"),
            )?)?)
        }
    };
    let basis = Basis {
        baseline: known(baseline_tick)?,
        reference,
        ticks,
        reference_ticks,
    };
    take_all_seats(bits, schema, &basis, out)?;
    if !schema.match_fields.is_empty() {
        basis.of_match(schema.match_fields, &mut out.match_values);
        take_changes(bits, schema.match_fields, &mut out.match_values)?;
    }
    take_entities(bits, schema, &basis, out)
}

/// `0`: none. `10`: as many ticks before the baseline as the baseline is before this snapshot.
/// `11`: six bits give the number of ticks.
fn put_reference(bits: &mut Writer<'_>, basis: &Basis<'_>) {
    match basis.reference_ticks {
        0 => bits.put(0b0, 1),
        ticks if ticks == basis.ticks => bits.put(0b10, 2),
        ticks => bits.put(0b11, 2).put(ticks, REFERENCE_BITS),
    };
}

fn take_reference(bits: &mut Reader<'_>, ticks: u32) -> Result<u32, DecodeError> {
    if !bits.flag()? {
        Ok(0)
    } else if bits.flag()? {
        bits.take(REFERENCE_BITS)
    } else {
        Ok(ticks)
    }
}

fn put_seats(bits: &mut Writer<'_>, schema: &Schema, basis: &Basis<'_>, view: &View) {
    let seats = seats_of(view);
    let is_same = seats == seats_of(basis.baseline);
    bits.flag(!is_same);
    if !is_same {
        bits.put(seats.bits().into(), SEATS_MAX as u32);
    }
    let mut expected = Values::default();
    for (seat, values) in view.seats.iter().enumerate() {
        let Some(values) = values else { continue };
        if basis.of_seat(schema.seat, seat, &mut expected) {
            put_changes(bits, schema.seat, &expected, values);
        } else {
            put_values(bits, schema.seat, values);
        }
    }
}

fn take_all_seats(
    bits: &mut Reader<'_>,
    schema: &Schema,
    basis: &Basis<'_>,
    out: &mut View,
) -> Result<(), DecodeError> {
    let seats = if bits.flag()? {
        take_seats(bits)?
    } else {
        seats_of(basis.baseline)
    };
    for seat in seats.iter().map(Seat::index) {
        let values = out.seats[seat].insert(Values::default());
        if basis.of_seat(schema.seat, seat, values) {
            take_changes(bits, schema.seat, values)?;
        } else {
            *values = take_values(bits, schema.seat)?;
        }
    }
    Ok(())
}

/// A bit: whether any field differs from its expected value. Then the fields that move, each in its
/// class; a bit: whether any other field differs; then for each other field a bit, and its new
/// value if it differs (a flag has no value: it is the opposite).
pub(super) fn put_changes(
    bits: &mut Writer<'_>,
    fields: &[Field],
    expected: &Values,
    values: &Values,
) {
    let changes = |field: &Field, at: usize| values[at].min(field.max()) != expected[at];
    let all = || fields.iter().enumerate().take(values.len());
    let any = all().any(|(at, field)| changes(field, at));
    bits.flag(any);
    if !any {
        return;
    }
    for (at, field) in all() {
        if let Some(classes) = Classes::of(field.kind) {
            classes.put(
                bits,
                values[at].min(field.max()),
                expected[at],
                field.bits.into(),
            );
        }
    }
    let others = || all().filter(|(_, field)| Classes::of(field.kind).is_none());
    let any = others().any(|(at, field)| changes(field, at));
    bits.flag(any);
    if !any {
        return;
    }
    for (at, field) in others() {
        bits.flag(changes(field, at));
        if changes(field, at) && field.bits > 1 {
            bits.put(values[at].min(field.max()), field.bits.into());
        }
    }
}

pub(super) fn take_changes(
    bits: &mut Reader<'_>,
    fields: &[Field],
    values: &mut [u32],
) -> Result<(), DecodeError> {
    if !bits.flag()? {
        return Ok(());
    }
    for (value, field) in values.iter_mut().zip(fields) {
        if let Some(classes) = Classes::of(field.kind) {
            *value = classes.take(bits, *value, field.bits.into())?;
        }
    }
    if !bits.flag()? {
        return Ok(());
    }
    for (value, field) in values.iter_mut().zip(fields) {
        if Classes::of(field.kind).is_none() && bits.flag()? {
            *value = match field.bits {
                1 => 1 - (*value).min(1),
                width => bits.take(width.into())?,
            };
        }
    }
    Ok(())
}
