//! The body of a full snapshot.

use alloc::vec::Vec;

use game::{Field, View};

use super::bits::{Reader, Writer};
use super::entities::{check_count, put_new, take_new};
use super::layout::{Layout, put_seats, take_seats};

/// Appends the body of a full snapshot. The schema must allow the view
/// ([`game::Schema::check`]).
pub fn encode_full(layout: Layout<'_>, view: &View, out: &mut Vec<u8>) {
    let schema = layout.schema;
    let mut bits = Writer::new(out);
    put_seats(&mut bits, layout.slots, view.seats());
    for (_, values) in view.seat_values() {
        put_values(&mut bits, schema.seat, values);
    }
    put_values(&mut bits, schema.match_fields, &view.match_values);
    for (kind, described) in schema.entities.iter().enumerate() {
        put_new(&mut bits, layout, described, view, kind, 0);
    }
    bits.finish();
}

/// Reads the body into `out`.
pub(super) fn take_full(bits: &mut Reader<'_>, layout: Layout<'_>, out: &mut View) {
    let schema = layout.schema;
    for seat in take_seats(bits, layout.slots).iter() {
        let values = out.show_any(seat, schema.seat.len());
        take_values(bits, schema.seat, values);
    }
    out.match_values.resize(schema.match_fields.len(), 0);
    take_values(bits, schema.match_fields, &mut out.match_values);
    for (kind, described) in schema.entities.iter().enumerate() {
        take_new(bits, layout, described, kind, out);
    }
    check_count(bits, out);
}

/// Appends a value for each field; omitted values are 0.
pub(super) fn put_values(bits: &mut Writer<'_>, fields: &[Field], values: &[u32]) {
    let values = values.iter().chain(core::iter::repeat(&0));
    for (field, &value) in fields.iter().zip(values) {
        bits.put(value.min(field.max()), field.bits.into());
    }
}

pub(super) fn take_values(bits: &mut Reader<'_>, fields: &[Field], values: &mut [u32]) {
    for (value, field) in values.iter_mut().zip(fields) {
        *value = bits.take(field.bits.into());
    }
}

/// Bits that identify one of `kinds` kinds: none for one kind.
pub(super) fn kind_bits(kinds: usize) -> u32 {
    usize::BITS - kinds.saturating_sub(1).leading_zeros()
}
