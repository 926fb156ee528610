//! Inputs as bits.

use game::{Input, InputFields as _, Pad};
use proptest::prelude::*;
use protocol::binary::{
    InputBatch, SEEN_TICKS_MAX, TICK_MAX, VIEW_DELAY_WIRE_MAX, decode_input, encode_input,
};
use protocol::{
    CLIENT_MESSAGE_BYTES_MAX, ClientMessage, DecodeError, Form, decode_client, encode_client,
};

const PAD: Pad = Pad {
    dx: 127,
    dy: -1,
    aim: 1023,
    fire: true,
};

fn encoded(batch: &InputBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_input(Pad::SCHEMA, batch, &mut bytes);
    bytes
}

fn batch(tick: u32, pads: &[Pad], seen: Option<u32>) -> InputBatch {
    let inputs: Vec<Input> = pads.iter().map(|&pad| pad.into()).collect();
    InputBatch::new(tick, &inputs, seen, 0).expect("inputs")
}

#[test]
fn a_repeated_input_takes_three_bits() {
    let check = |count: usize, bits: usize| {
        let bytes = encoded(&batch(500, &[PAD; 4][..count], Some(490)));
        assert_eq!(bytes.len(), bits.div_ceil(8), "{count}");
    };
    check(1, 49 + 27);
    check(2, 49 + 27 + 3);
    check(4, 49 + 27 + 9);
}

#[test]
fn each_input_of_a_batch_has_its_tick() {
    let inputs = [
        Pad { aim: 1, ..PAD },
        Pad { aim: 2, ..PAD },
        Pad { aim: 3, ..PAD },
    ];
    let stamped: Vec<_> = batch(7, &inputs, None)
        .stamped()
        .map(|(tick, input)| (tick, Pad::from(input).aim))
        .collect();
    assert_eq!(stamped, [(5, 1), (6, 2), (7, 3)]);
}

#[test]
fn a_batch_has_the_newest_inputs_that_fit() {
    let count = |tick, given: usize| {
        InputBatch::new(tick, &[PAD.into(); 9][..given], None, 0).map(|batch| batch.inputs().len())
    };
    assert_eq!(count(100, 0), None);
    assert_eq!(count(100, 9), Some(4));
    assert_eq!(count(1, 9), Some(2));
    assert_eq!(count(TICK_MAX, 1), Some(1));
    assert_eq!(count(TICK_MAX + 1, 1), None);
}

#[test]
fn a_seen_tick_too_long_ago_counts_as_none() {
    let check = |tick, seen, expected| {
        let decoded =
            decode_input(Pad::SCHEMA, &encoded(&batch(tick, &[PAD], seen))).expect("inputs");
        assert_eq!(decoded.seen, expected, "{tick} {seen:?}");
    };
    check(5000, None, None);
    check(5000, Some(5000), Some(5000));
    check(5000, Some(5001), None);
    check(
        5000,
        Some(5000 - SEEN_TICKS_MAX),
        Some(5000 - SEEN_TICKS_MAX),
    );
    check(5000, Some(5000 - SEEN_TICKS_MAX - 1), None);
    check(5, Some(0), Some(0));
}

#[test]
fn an_error_names_the_broken_rule() {
    let check = |change: fn(&mut Vec<u8>), why| {
        let mut bytes = encoded(&batch(2, &[PAD; 3], Some(0)));
        change(&mut bytes);
        assert_eq!(
            decode_input(Pad::SCHEMA, &bytes),
            Err(DecodeError::Malformed(why))
        );
    };
    check(Vec::clear, "too short");
    check(|bytes| bytes[0] = 2 << 5, "unexpected kind of frame");
    check(
        |bytes| bytes[0] |= 0b0001_1000,
        "a tick is before the match",
    );
    check(
        |bytes| bytes[4] |= 0b0000_0110,
        "a tick is before the match",
    );
    check(|bytes| bytes.truncate(5), "too short");
    check(|bytes| bytes.push(0), "too long");
    let mut bytes = encoded(&batch(2, &[Pad { dx: 0, ..PAD }], None));
    // The direction begins at bit 49.
    bytes[6] |= 0b0100_0000;
    assert_eq!(
        decode_input(Pad::SCHEMA, &bytes),
        Err(DecodeError::Malformed("a direction is out of range"))
    );
}

fn inputs() -> impl Strategy<Value = Input> {
    let side = || prop_oneof![Just(0), Just(127), -127..=127i8];
    (side(), side(), 0..1024u16, any::<bool>())
        .prop_map(|(dx, dy, aim, fire)| Pad { dx, dy, aim, fire }.into())
}

fn batches() -> impl Strategy<Value = InputBatch> {
    let inputs = prop::collection::vec(inputs(), 1..=4);
    let seen = prop::option::of(0..=SEEN_TICKS_MAX);
    (3..=TICK_MAX, inputs, seen, 0..=VIEW_DELAY_WIRE_MAX).prop_map(
        |(tick, inputs, age, view_delay)| {
            let seen = age.and_then(|age| tick.checked_sub(age));
            InputBatch::new(tick, &inputs, seen, view_delay).expect("inputs")
        },
    )
}

proptest! {
    #[test]
    fn every_batch_survives_a_round_trip(batch in batches()) {
        let message = ClientMessage::Inputs(batch);
        let mut bytes = Vec::new();
        prop_assert_eq!(encode_client(Pad::SCHEMA, &message, &mut bytes), Form::Binary);
        prop_assert!(bytes.len() <= CLIENT_MESSAGE_BYTES_MAX);
        prop_assert_eq!(decode_client(Pad::SCHEMA, Form::Binary, &bytes), Ok(message));
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = decode_input(Pad::SCHEMA, &bytes);
        let _ = decode_client(Pad::SCHEMA, Form::Binary, &bytes);
    }

    #[test]
    fn decoded_batches_are_within_bounds(batch in batches(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = encoded(&batch);
        let cut = cut.index(bytes.len());
        prop_assert!(decode_input(Pad::SCHEMA, &bytes[..cut]).is_err());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(batch) = decode_input(Pad::SCHEMA, &bytes) {
            prop_assert!((1..=4).contains(&batch.inputs().len()) && batch.tick <= TICK_MAX);
            prop_assert!(batch.inputs().iter().all(|input| Pad::SCHEMA.in_range(*input) == *input));
            // A decoded batch encodes to an equal batch.
            prop_assert_eq!(decode_input(Pad::SCHEMA, &encoded(&batch)), Ok(batch));
        }
    }
}
