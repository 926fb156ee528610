//! The size of a delta in bits: what each kind of change takes.

use game::{Entity, State, View};
use protocol::binary::HEADER_BYTES;

use super::snapshot::{ROUNDS, toy_view};
use super::support::{decoded, frame, of_five, seat};
use crate::toy::Toy;

/// Checks the size of the body of a delta between the last two views; the first one is the reference.
fn check_body_bits(views: &[View; 3], bits: usize) {
    let [reference, baseline, view] = views;
    let bytes = frame(of_five(Toy::SCHEMA), Some(baseline), Some(reference), view);
    assert_eq!(bytes.len() - HEADER_BYTES, bits.div_ceil(8), "{views:?}");
    assert_eq!(
        decoded(of_five(Toy::SCHEMA), &bytes, &[baseline, reference]).as_ref(),
        Ok(view)
    );
}

#[test]
fn steady_motion_needs_no_field_data() {
    // Reference 2, seats 1, no changes 1, nothing new of three kinds 3.
    check_body_bits(
        &[
            toy_view(10, 100, 5),
            toy_view(11, 164, 5),
            toy_view(12, 228, 5),
        ],
        7,
    );
    check_body_bits(
        &[
            toy_view(10, 228, 5),
            toy_view(12, 100, 5),
            toy_view(14, 0, 5),
        ],
        7,
    );
    // Another distance of the reference: six bits more.
    check_body_bits(
        &[
            toy_view(10, 100, 5),
            toy_view(12, 228, 5),
            toy_view(13, 292, 5),
        ],
        13,
    );
    // Turned by 3: x 1, look 6, others 1.
    check_body_bits(
        &[
            toy_view(10, 100, 5),
            toy_view(11, 164, 5),
            toy_view(12, 228, 8),
        ],
        7 + 8,
    );
}

#[test]
fn a_removed_entity_takes_a_bit_for_each_entity_of_its_kind() {
    let with = |tick, shots: &[u32]| {
        let mut view = View::at(tick);
        view.entities
            .extend(shots.iter().map(|&at| Entity::new(0, seat(1), at, &[7])));
        view
    };
    let views = [
        with(10, &[1, 2, 3]),
        with(11, &[1, 2, 3]),
        with(12, &[1, 3]),
    ];
    // For each of the three kinds: nothing new 1.
    check_body_bits(&views, 2 + 1 + 1 + 3 + 3);
    // One more: seat 3, age 5, its field 9, and the bit before it.
    let views = [with(10, &[1]), with(11, &[1]), with(12, &[1, 12])];
    check_body_bits(&views, 2 + 1 + 1 + 1 + 3 + 5 + 9 + 3);
}

#[test]
fn entities_that_change_as_expected_take_one_bit_in_total() {
    let with = |tick: u32, opened: u32| {
        let mut view = View::at(tick);
        for at in 0..200 {
            let values = [100 + tick * 7, 128, 5, u32::from(at < opened), 3, 90 - tick];
            view.entities.push(Entity::new(2, None, at, &values));
        }
        view
    };
    let head = 2 + 1 + 2 + 1 + 1;
    check_body_bits(&[with(10, 0), with(11, 0), with(12, 0)], head + 1);
    // One of them opens: the difference 1, three moving fields 3, others 1 + 3; of the rest 199.
    check_body_bits(&[with(10, 0), with(11, 0), with(12, 1)], head + 1 + 8 + 199);
}

#[test]
fn match_fields_are_sent_if_they_differ_from_the_expected_values() {
    let view = |tick, radius, left| {
        let mut view = View::at(tick);
        view.match_values = vec![radius, 0, 0, 3, left];
        view
    };
    let before = view(100, 800, 60);
    let check = |next: View, bits: usize| {
        let bytes = frame(of_five(ROUNDS), Some(&before), None, &next);
        assert_eq!(bytes.len() - HEADER_BYTES, bits.div_ceil(8));
        assert_eq!(decoded(of_five(ROUNDS), &bytes, &[&before]), Ok(next));
    };
    // Reference 1, seats 1, match 1, no entities of three kinds 3.
    check(view(101, 800, 59), 6);
    // The radius 2 + 4, the angle 1, no other field 1.
    check(view(101, 795, 59), 6 + 8 - 1 + 1);
    // No length 1, no angle 1, another one 1: three fields 3, and the timer's 12 bits.
    check(view(101, 800, 1000), 6 + 2 + 1 + 3 + 12);
    let full = frame(of_five(ROUNDS), None, None, &before);
    // Seats 5, the fields, no entity 3.
    assert_eq!(full.len() - HEADER_BYTES, (5_usize + 41 + 3).div_ceil(8));
}
