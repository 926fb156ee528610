//! A client's frame of bits: no panic, everything in range, and what was understood says the same again.
#![no_main]

mod declared;

use declared::SCHEMAS;
use game::InputSchema;
use libfuzzer_sys::fuzz_target;
use protocol::binary::{INPUTS_MAX, TICK_MAX};
use protocol::{ClientMessage, Form, decode_client, encode_client};

fuzz_target!(|bytes: &[u8]| {
    for schema in SCHEMAS {
        check(schema, bytes);
    }
});

fn check(schema: &InputSchema, bytes: &[u8]) {
    let Ok(message) = decode_client(schema, Form::Binary, bytes) else {
        return;
    };
    let ClientMessage::Inputs(batch) = &message else {
        panic!("bits are inputs")
    };
    assert!(batch.tick <= TICK_MAX && (1..=INPUTS_MAX).contains(&batch.inputs().len()));
    let is_in_range = |&input| schema.in_range(input) == input;
    assert!(batch.inputs().iter().all(is_in_range));
    let mut again = Vec::new();
    assert_eq!(encode_client(schema, &message, &mut again), Form::Binary);
    assert_eq!(decode_client(schema, Form::Binary, &again), Ok(message));
}
