//! A journal's entry and the records in it: no panic, and what was understood is understood again
//! when it is said again.
#![no_main]

mod declared;

use declared::SCHEMAS;
use game::{InputSchema, SeatInputs};
use libfuzzer_sys::fuzz_target;
use protocol::record::{
    RECORD_BYTES_MAX, RECORD_LONG_BYTES_MAX, decode_record, encode_record, frames, peek_tick,
    peek_ticks, push_frame,
};

fuzz_target!(|bytes: &[u8]| {
    for schema in SCHEMAS {
        check(schema, 5, bytes);
        check(schema, 64, bytes);
    }
});

fn check(schema: &InputSchema, slots: usize, bytes: &[u8]) {
    let mut before = SeatInputs::neutral(slots);
    let mut again = Vec::new();
    for (key, record) in frames(bytes) {
        push_frame(key, record, &mut again);
        let Ok(decoded) = decode_record(schema, record, &before) else {
            continue;
        };
        assert_eq!(peek_tick(record), Ok(decoded.tick));
        let ticks = decoded.tick - decoded.idle..=decoded.tick;
        assert_eq!(peek_ticks(slots, record), Ok(ticks.clone()));
        let mut encoded = Vec::new();
        encode_record(schema, &decoded, &before, &mut encoded);
        assert_eq!(peek_ticks(slots, &encoded), Ok(ticks));
        let is_long = !decoded.actions.is_empty() || decoded.idle > 0 || !decoded.joins.is_empty();
        assert!(
            encoded.len()
                <= if is_long {
                    RECORD_LONG_BYTES_MAX
                } else {
                    RECORD_BYTES_MAX
                }
        );
        let inputs = decoded.inputs.clone();
        assert_eq!(decode_record(schema, &encoded, &before), Ok(decoded));
        before = inputs;
    }
    assert!(bytes.starts_with(&again), "frames are what was framed");
    let _ = decode_record(schema, bytes, &SeatInputs::neutral(slots));
}
