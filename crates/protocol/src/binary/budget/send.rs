//! The choice of the subjects to send, by priority and size in bits.

use alloc::vec::Vec;
use core::cmp::Reverse;

use game::{ENTITIES_MAX, ENTITY_KINDS_MAX, FIELDS_MAX, Field, Kind, SEATS_MAX, Values};

use super::{Fit, Freshness, Waiting, What};
use crate::binary::HEADER_BYTES;
use crate::binary::bits::Writer;
use crate::binary::delta::put_changes;
use crate::binary::entities::put_one;
use crate::binary::number::Classes;
use crate::binary::view::put_values;
use crate::limits::SNAPSHOT_BYTES_MAX;

/// The size of a reference in a delta.
const REFERENCE_BITS_MAX: usize = 8;
/// The padding of the last byte.
const FILL_BITS: usize = 7;

// The fixed part of every snapshot and one more subject fit: the seats, the own seat, the match, a bit
// for each removed and each remaining entity, and the largest subject.
const _: () = {
    const SUBJECT_BITS: usize = FIELDS_MAX * 35 + 64;
    const SEAT_BITS: usize = 1 + 2 * SEATS_MAX;
    const ENTITY_BITS: usize = 2 * ENTITIES_MAX + 3 * ENTITY_KINDS_MAX;
    let fixed = HEADER_BYTES * 8 + REFERENCE_BITS_MAX + FILL_BITS + SEAT_BITS + ENTITY_BITS;
    assert!(fixed + 3 * SUBJECT_BITS <= 8 * SNAPSHOT_BYTES_MAX);
};

impl Fit<'_> {
    /// The maximum size, in bits, of a frame in which everything is as expected, except what is always
    /// sent.
    pub(super) fn fixed_bits(&mut self) -> usize {
        let schema = self.layout.schema;
        let seats = 1 + self.layout.slots + self.now.seats().len();
        let mut bits = HEADER_BYTES * 8 + REFERENCE_BITS_MAX + seats + FILL_BITS;
        for kind in 0..schema.entities.len() {
            let before = self.basis.baseline.entities.of_kind(kind).len();
            bits += 3 + before + self.out.entities[kind].len();
        }
        let mut expected = Values::default();
        self.basis.of_match(schema.match_fields, &mut expected);
        let scratch = &mut self.budget.scratch;
        let of_match = &self.now.match_values;
        bits += measured(scratch, |bits| {
            put_changes(bits, schema.match_fields, &expected, of_match);
        });
        let own = self.limit.own;
        let Some(values) = self.now.seat(own) else {
            return bits;
        };
        let is_known = self.basis.of_seat(schema.seat, own, &mut expected);
        bits + measured(scratch, |bits| {
            if is_known {
                put_changes(bits, schema.seat, &expected, values);
            } else {
                put_values(bits, schema.seat, values);
            }
        })
    }

    /// Updates the subjects of the highest priority as long as the bits suffice. Returns whether all
    /// of them fit.
    pub(super) fn send(&mut self, mut free: usize) -> bool {
        let mut waiting = core::mem::take(&mut self.budget.waiting);
        waiting.sort_unstable_by_key(|waiting| Reverse(waiting.priority));
        let mut sent = 0;
        for Waiting { what, fresh, .. } in &waiting {
            let (cost, is_far) = self.cost(*what);
            let Some(rest) = free.checked_sub(cost) else {
                break;
            };
            free = rest;
            sent += 1;
            let is_stale = fresh.exact != self.basis.baseline.tick;
            self.show(
                *what,
                Freshness {
                    exact: self.now.tick,
                    again: !fresh.again && (is_stale || is_far),
                },
            );
        }
        let is_all = sent == waiting.len();
        self.budget.waiting = waiting;
        self.show_new();
        is_all
    }

    /// The additional bits for the current state of a subject, and whether it is far from its expected
    /// place.
    fn cost(&mut self, what: What) -> (usize, bool) {
        let (schema, now) = (self.layout.schema, self.now);
        let (fields, expected, values) = match what {
            What::New(kind, at) => {
                let list = now.entities.of_kind(kind);
                let (birth, values) = (list.births()[at], list.values(at));
                let (layout, described) = (self.layout, &schema.entities[kind]);
                let put = |bits: &mut Writer<'_>| {
                    put_one(bits, layout, described, now.tick, (birth, values));
                };
                return (measured(&mut self.budget.scratch, put), false);
            }
            What::Known(kind, shown, found) => (
                schema.entities[kind].fields,
                Some(self.out.view.entities.of_kind(kind).values(shown)),
                now.entities.of_kind(kind).values(found),
            ),
            What::Seat(seat) => (
                schema.seat,
                self.out.view.seat(seat),
                now.seat(seat).unwrap_or_default(),
            ),
        };
        let scratch = &mut self.budget.scratch;
        match expected {
            Some(expected) => (
                measured(scratch, |bits| put_changes(bits, fields, expected, values)) - 1,
                is_far(fields, expected, values),
            ),
            None => (
                measured(scratch, |bits| put_values(bits, fields, values)),
                false,
            ),
        }
    }

    /// Fills in the current state of a subject.
    fn show(&mut self, what: What, fresh: Freshness) {
        match what {
            What::Seat(seat) => {
                self.out
                    .view
                    .show(seat, self.now.seat(seat).unwrap_or_default());
                self.out.seats[seat.index()] = fresh;
            }
            What::Known(kind, shown, found) => {
                let values = self.now.entities.of_kind(kind).values(found);
                let shown_values = self.out.view.entities.values_mut(kind, shown);
                shown_values.copy_from_slice(values);
                self.out.entities[kind][shown] = fresh;
            }
            What::New(kind, at) => self.budget.new.push((kind, at)),
        }
    }

    /// Fills in the new entities that are sent, in their order.
    fn show_new(&mut self) {
        let mut new = core::mem::take(&mut self.budget.new);
        new.sort_unstable();
        let fresh = Freshness {
            exact: self.now.tick,
            again: true,
        };
        for &(kind, at) in &new {
            let list = self.now.entities.of_kind(kind);
            self.push(kind, list.births()[at], list.values(at), fresh);
        }
        self.budget.new = new;
    }
}

fn is_far(fields: &[Field], expected: &[u32], values: &[u32]) -> bool {
    let mut all = fields.iter().zip(expected.iter().zip(values));
    all.any(|(field, (&expected, &value))| {
        matches!(field.kind, Kind::Linear { .. })
            && Classes::of(field.kind)
                .is_some_and(|classes| classes.is_in_full(value, expected, field.bits.into()))
    })
}

/// The number of bits that this writes.
fn measured(scratch: &mut Vec<u8>, put: impl FnOnce(&mut Writer<'_>)) -> usize {
    scratch.clear();
    let mut bits = Writer::new(scratch);
    put(&mut bits);
    bits.len()
}
