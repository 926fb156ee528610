//! A client's frame of bits: no panic, everything in range, and what was understood says the same again.
#![no_main]

use game::{Pad, InputFields as _};
use libfuzzer_sys::fuzz_target;
use protocol::binary::{INPUTS_MAX, TICK_MAX};
use protocol::{ClientMessage, Form, decode_client, encode_client};

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = decode_client(Pad::SCHEMA, Form::Binary, bytes) else {
        return;
    };
    let ClientMessage::Inputs(batch) = &message else {
        panic!("bits are inputs")
    };
    assert!(batch.tick <= TICK_MAX && (1..=INPUTS_MAX).contains(&batch.inputs().len()));
    assert!(
        batch
            .inputs()
            .iter()
            .all(|input| input.aim < 1024 && input.dx > -128 && input.dy > -128)
    );
    let mut again = Vec::new();
    assert_eq!(encode_client(Pad::SCHEMA, &message, &mut again), Form::Binary);
    assert_eq!(decode_client(Pad::SCHEMA, Form::Binary, &again), Ok(message));
});
