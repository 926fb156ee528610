//! The body of a delta snapshot: the differences from the values that both sides predict.

use alloc::vec::Vec;

use game::{FIELDS_MAX, Field, View};

use super::bits::{Reader, Writer};
use super::entities::{put_entities, take_entities};
use super::layout::{Layout, put_seats, take_seats};
use super::number::Classes;
use super::predict::Basis;
use super::view::{put_values, take_values};
use crate::DecodeError;

const REFERENCE_BITS: u32 = 6;

/// Appends the body of a snapshot as a delta from `baseline`, which the client has. `reference` is
/// a snapshot that the client got before the baseline; both sides extrapolate movement from it.
/// If views are further apart than [`BASELINE_TICKS_MAX`], the caller sends a full snapshot, or
/// passes no reference. The schema allows all of these views ([`Schema::check`]).
pub fn encode_delta(
    layout: Layout<'_>,
    baseline: &View,
    reference: Option<&View>,
    view: &View,
    out: &mut Vec<u8>,
) {
    let basis = Basis::new(baseline, reference, view.tick);
    let mut bits = Writer::new(out);
    put_reference(&mut bits, &basis);
    put_all_seats(&mut bits, layout, &basis, view);
    let of_match = layout.schema.match_fields;
    if !of_match.is_empty() {
        let mut expected = [0; FIELDS_MAX];
        basis.of_match(of_match, &mut expected);
        put_changes(&mut bits, of_match, &expected, &view.match_values);
    }
    put_entities(&mut bits, layout, &basis, view);
    bits.finish();
}

/// Reads a body into `out`, which has its tick and is empty otherwise.
pub(super) fn take<'a>(
    bits: &mut Reader<'_>,
    layout: Layout<'_>,
    baseline_tick: u32,
    known: &dyn Fn(u32) -> Option<&'a View>,
    out: &mut View,
) -> Result<(), DecodeError> {
    let known = |tick| known(tick).ok_or(DecodeError::UnknownBaseline(tick));
    let ticks = out.tick - baseline_tick;
    let reference_ticks = take_reference(bits, ticks);
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
    take_all_seats(bits, layout, &basis, out);
    let of_match = layout.schema.match_fields;
    if !of_match.is_empty() {
        out.match_values.resize(of_match.len(), 0);
        basis.of_match(of_match, &mut out.match_values);
        take_changes(bits, of_match, &mut out.match_values);
    }
    take_entities(bits, layout, &basis, out);
    Ok(())
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

fn take_reference(bits: &mut Reader<'_>, ticks: u32) -> u32 {
    if !bits.flag() {
        0
    } else if bits.flag() {
        bits.take(REFERENCE_BITS)
    } else {
        ticks
    }
}

fn put_all_seats(bits: &mut Writer<'_>, layout: Layout<'_>, basis: &Basis<'_>, view: &View) {
    let (fields, seats) = (layout.schema.seat, view.seats());
    let is_same = seats == basis.baseline.seats();
    bits.flag(!is_same);
    if !is_same {
        put_seats(bits, layout.slots, seats);
    }
    let mut expected = [0; FIELDS_MAX];
    for (seat, values) in view.seat_values() {
        if basis.of_seat(fields, seat, &mut expected) {
            put_changes(bits, fields, &expected, values);
        } else {
            put_values(bits, fields, values);
        }
    }
}

fn take_all_seats(bits: &mut Reader<'_>, layout: Layout<'_>, basis: &Basis<'_>, out: &mut View) {
    let seats = if bits.flag() {
        take_seats(bits, layout.slots)
    } else {
        basis.baseline.seats()
    };
    let fields = layout.schema.seat;
    for seat in seats.iter() {
        let values = out.show_any(seat, fields.len());
        if basis.of_seat(fields, seat, values) {
            take_changes(bits, fields, values);
        } else {
            take_values(bits, fields, values);
        }
    }
}

/// A bit: whether any field differs from its expected value. Then the fields that move, each in its
/// class; a bit: whether any other field differs; then for each other field a bit, and its new
/// value if it differs (a flag has no value: it is the opposite).
pub(super) fn put_changes(
    bits: &mut Writer<'_>,
    fields: &[Field],
    expected: &[u32],
    values: &[u32],
) {
    if values.len() < fields.len() {
        return put_padded_changes(bits, fields, expected, values);
    }
    let all = || {
        let values = fields.iter().zip(values);
        let values = values.map(|(field, &value)| (field, value.min(field.max())));
        values.zip(expected)
    };
    let any = values[..fields.len()] != expected[..fields.len()];
    bits.flag(any);
    if !any {
        return;
    }
    let mut any = false;
    for ((field, value), &expected) in all() {
        match Classes::of(field.kind) {
            Some(classes) => classes.put(bits, value, expected, field.bits.into()),
            None => any |= value != expected,
        }
    }
    bits.flag(any);
    if !any {
        return;
    }
    let others = all().filter(|((field, _), _)| Classes::of(field.kind).is_none());
    for ((field, value), &expected) in others {
        bits.flag(value != expected);
        if value != expected && field.bits > 1 {
            bits.put(value, field.bits.into());
        }
    }
}

/// Omitted values are 0.
#[cold]
fn put_padded_changes(bits: &mut Writer<'_>, fields: &[Field], expected: &[u32], values: &[u32]) {
    let mut padded = [0; FIELDS_MAX];
    for (value, &given) in padded.iter_mut().zip(values) {
        *value = given;
    }
    put_changes(
        bits,
        &fields[..fields.len().min(FIELDS_MAX)],
        expected,
        &padded,
    );
}

pub(super) fn take_changes(bits: &mut Reader<'_>, fields: &[Field], values: &mut [u32]) {
    if !bits.flag() {
        return;
    }
    for (value, field) in values.iter_mut().zip(fields) {
        if let Some(classes) = Classes::of(field.kind) {
            *value = classes.take(bits, *value, field.bits.into());
        }
    }
    if !bits.flag() {
        return;
    }
    for (value, field) in values.iter_mut().zip(fields) {
        if Classes::of(field.kind).is_none() && bits.flag() {
            *value = match field.bits {
                1 => 1 - (*value).min(1),
                width => bits.take(width.into()),
            };
        }
    }
}
