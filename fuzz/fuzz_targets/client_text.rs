//! A client's text: no panic, everything in range, and what was understood says the same again.
#![no_main]

mod declared;

use declared::SCHEMAS;
use game::InputSchema;
use libfuzzer_sys::fuzz_target;
use protocol::{
    ClientMessage, Form, MESSAGE_NAME_CHARS_MAX, MESSAGE_PAYLOAD_BYTES_MAX, decode_client,
    encode_client,
};

fuzz_target!(|bytes: &[u8]| {
    for schema in SCHEMAS {
        check(schema, bytes);
    }
});

fn check(schema: &InputSchema, bytes: &[u8]) {
    let Ok(message) = decode_client(schema, Form::Text, bytes) else {
        return;
    };
    if let ClientMessage::Message(message) = &message {
        assert!(message.name.chars().count() <= MESSAGE_NAME_CHARS_MAX);
        assert!(message.payload.len() <= MESSAGE_PAYLOAD_BYTES_MAX);
    }
    let mut again = Vec::new();
    assert_eq!(encode_client(schema, &message, &mut again), Form::Text);
    assert_eq!(decode_client(schema, Form::Text, &again), Ok(message));
}
