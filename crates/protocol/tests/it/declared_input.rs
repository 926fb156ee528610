//! An input that a game declares: every kind of field, in frames, records and messages.

use game::{
    Direction, Input, InputFields as _, InputSchema, SeatInput, SeatInputs, Seats, VIEW_DELAY_MAX,
    direction,
};
use proptest::prelude::*;
use protocol::binary::{InputBatch, decode_input, encode_input};
use protocol::record::{
    Presence, PresenceChanges, RECORD_BYTES_MAX, Record, decode_record, encode_record,
    record_bytes_max,
};
use protocol::{ClientMessage, DecodeError, Form, decode_client, encode_client};

game::input! {
    /// A field of every kind, and 64 bits.
    pub struct All {
        jump: button,
        crouch: hold,
        throttle: axis,
        way: direction,
        aim: angle,
        item: choice(5),
        level: count(25),
    }
}

game::input! {
    /// 16 fields of 64 bits that take the most bits when all of them change.
    pub struct Longest {
        a: angle, b: angle, c: angle, d: angle,
        e: count(2), f: count(2), g: count(2), h: count(2), i: count(2), j: count(2),
        k: count(2), l: count(2), m: count(2), n: count(2), o: count(2), p: count(2),
    }
}

const SCHEMA: &InputSchema = All::SCHEMA;

fn inputs() -> impl Strategy<Value = Input> {
    let side = || prop_oneof![Just(0), Just(127), -127..=127i8];
    let way = (-1.0..1.0f64, -1.0..1.0f64).prop_map(|(x, y)| direction(x, y));
    let level = prop_oneof![Just((1 << 25) - 1), 0..1u32 << 25];
    (
        any::<(bool, bool)>(),
        side(),
        way,
        0..1024u16,
        0..5u8,
        level,
    )
        .prop_map(|((jump, crouch), throttle, (x, y), aim, item, level)| {
            let way = Direction { x, y };
            Input::from(All {
                jump,
                crouch,
                throttle,
                way,
                aim,
                item,
                level,
            })
        })
}

fn seat_inputs() -> impl Strategy<Value = SeatInputs> {
    let one = (inputs(), 0..=VIEW_DELAY_MAX)
        .prop_map(|(input, view_delay)| SeatInput { input, view_delay });
    prop::array::uniform5(one).prop_map(SeatInputs::from)
}

fn record(inputs: SeatInputs) -> Record {
    Record {
        joins: Vec::new(),
        tick: 7,
        idle: 0,
        presence: PresenceChanges::NONE,
        actions: Vec::new(),
        inputs,
        hash: None,
    }
}

fn frame(batch: &InputBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_input(SCHEMA, batch, &mut bytes);
    bytes
}

fn encoded(record: &Record, before: &SeatInputs) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_record(SCHEMA, record, before, &mut bytes);
    bytes
}

fn text(message: &ClientMessage) -> String {
    let mut text = Vec::new();
    encode_client(SCHEMA, message, &mut text);
    String::from_utf8(text).expect("text")
}

fn message(input: Input) -> ClientMessage {
    ClientMessage::Input {
        tick: None,
        input,
        seen: None,
        view_delay: None,
    }
}

fn is_in_range(input: Input) -> bool {
    SCHEMA.in_range(input) == input
}

proptest! {
    #[test]
    fn every_frame_survives_a_round_trip(inputs in prop::collection::vec(inputs(), 1..=4)) {
        let batch = InputBatch::new(500, &inputs, Some(490), 32).expect("inputs");
        prop_assert_eq!(decode_input(SCHEMA, &frame(&batch)), Ok(batch));
    }

    #[test]
    fn a_broken_frame_is_an_error_or_in_range(inputs in prop::collection::vec(inputs(), 1..=4), at: prop::sample::Index, byte: u8) {
        let mut bytes = frame(&InputBatch::new(500, &inputs, None, 0).expect("inputs"));
        for cut in 0..bytes.len() {
            prop_assert!(decode_input(SCHEMA, &bytes[..cut]).is_err());
        }
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(batch) = decode_input(SCHEMA, &bytes) {
            prop_assert!(batch.inputs().iter().all(|&input| is_in_range(input)));
            prop_assert_eq!(decode_input(SCHEMA, &frame(&batch)), Ok(batch));
        }
    }

    #[test]
    fn every_record_survives_a_round_trip(before in seat_inputs(), inputs in seat_inputs()) {
        let record = record(inputs);
        let bytes = encoded(&record, &before);
        prop_assert!(bytes.len() <= RECORD_BYTES_MAX);
        for cut in 0..bytes.len() {
            prop_assert!(decode_record(SCHEMA, &bytes[..cut], &before).is_err());
        }
        prop_assert_eq!(decode_record(SCHEMA, &bytes, &before), Ok(record));
    }

    #[test]
    fn a_broken_record_is_an_error_or_in_range(before in seat_inputs(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(record) = decode_record(SCHEMA, &bytes, &before) {
            prop_assert!(record.inputs.iter().all(|seat_input| is_in_range(seat_input.input)));
            prop_assert_eq!(decode_record(SCHEMA, &encoded(&record, &before), &before), Ok(record));
        }
    }

    #[test]
    fn every_message_survives_a_round_trip(input in inputs()) {
        let message = message(input);
        prop_assert_eq!(decode_client(SCHEMA, Form::Text, text(&message).as_bytes()), Ok(message));
    }

    #[test]
    fn a_broken_message_is_an_error_or_in_range(input in inputs(), at: prop::sample::Index, byte: u8) {
        let mut text = text(&message(input)).into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(ClientMessage::Input { input, .. }) = decode_client(SCHEMA, Form::Text, &text) {
            prop_assert!(is_in_range(input));
        }
    }
}

#[test]
fn a_message_has_the_fields_by_name() {
    let all = All {
        jump: true,
        crouch: false,
        throttle: -127,
        way: Direction { x: 0, y: 127 },
        aim: 256,
        item: 4,
        level: 1_000_000,
    };
    assert_eq!(
        text(&message(all.into())),
        r#"{"type":"input","jump":true,"crouch":false,"throttle":-1,"way":[0,127],"aim":1.570796,"item":4,"level":1000000}"#
    );
}

#[test]
fn an_error_names_the_field_and_the_rule() {
    let check = |name: &str, value: &str, expected: Result<(), &str>| {
        let value_of = |field, usual| {
            let value = if field == name { value } else { usual };
            format!(",\"{field}\":{value}")
        };
        let fields = [
            ("jump", "true"),
            ("crouch", "false"),
            ("throttle", "0.5"),
            ("way", "[1,2]"),
            ("aim", "1"),
            ("item", "0"),
            ("level", "7"),
        ];
        let fields: String = fields.map(|(field, usual)| value_of(field, usual)).concat();
        let text = format!(r#"{{"type":"input"{fields},"other":1}}"#);
        let decoded = decode_client(SCHEMA, Form::Text, text.as_bytes()).map(|_| ());
        let expected = expected.map_err(|why| format!("violates the protocol: `{name}` {why}"));
        assert_eq!(decoded.map_err(|why| why.to_string()), expected, "{text}");
    };
    check("jump", "1", Err("is not true or false"));
    check("crouch", "null", Err("is missing"));
    check("throttle", "1", Ok(()));
    check("throttle", "1.01", Err("is out of range"));
    check("throttle", "\"1\"", Err("is not a number"));
    check("way", "[1]", Err("is not two numbers"));
    check("way", "[1e7,0]", Err("is out of range"));
    check("aim", "true", Err("is not a number"));
    check("aim", "1001", Err("is out of range"));
    check("item", "4.0", Ok(()));
    check("item", "5", Err("is out of range"));
    check("item", "-1", Err("is not a whole number from 0 up"));
    check("item", "0.5", Err("is not a whole number from 0 up"));
    check("level", "33554431", Ok(()));
    check("level", "33554432", Err("is out of range"));
    check("level", "1e300", Err("is not a whole number from 0 up"));
    check("level", "[]", Err("is not a whole number"));
}

#[test]
fn a_number_outside_the_range_of_its_kind_is_refused() {
    let check = |raw: u64, why| {
        let batch = InputBatch::new(5, &[Input(raw)], None, 0).expect("an input");
        let refused = Err(DecodeError::Malformed(why));
        assert_eq!(decode_input(SCHEMA, &frame(&batch)), refused);
        let mut inputs = SeatInputs::default();
        inputs[3].input = Input(raw);
        let bytes = encoded(&record(inputs), &SeatInputs::default());
        let decoded = decode_record(SCHEMA, &bytes, &SeatInputs::default());
        assert_eq!(decoded, Err(DecodeError::Malformed(why)));
    };
    check(0x80 << 54, "an axis is out of range");
    check(0x80 << 46, "a direction is out of range");
    check(0x80 << 38, "a direction is out of range");
    check(5 << 25, "a choice is out of range");
}

#[test]
fn the_longest_record_has_the_declared_length() {
    let far = |aim| Longest {
        a: aim,
        b: aim,
        c: aim,
        d: aim,
        ..Longest::from(Input(u64::MAX))
    };
    let longest = SeatInput {
        input: far(500).into(),
        view_delay: 120,
    };
    let mut record = record([longest; 5].into());
    let all = Seats::first(5).iter();
    record.presence = all.map(|seat| (seat, Presence::Left)).collect();
    record.hash = Some(game::Hash(u64::MAX));
    let before = SeatInputs::default();
    let mut bytes = Vec::new();
    encode_record(Longest::SCHEMA, &record, &before, &mut bytes);
    assert_eq!(bytes.len(), record_bytes_max(5));
    assert_eq!(decode_record(Longest::SCHEMA, &bytes, &before), Ok(record));
}
