//! A server's events: no panic, not too many, and what was understood arrives again when it is sent
//! again.
#![no_main]

use arena::Arena;
use libfuzzer_sys::fuzz_target;
use protocol::binary::{EVENTS_MAX, Layout, decode_events, encode_events};

fuzz_target!(|bytes: &[u8]| {
    let mut events = Vec::new();
    let Ok(tick) = decode_events(Layout::of::<Arena>(), bytes, &mut events) else {
        return;
    };
    assert!(events.len() <= EVENTS_MAX);
    let mut again = Vec::new();
    encode_events(Layout::of::<Arena>(), tick, &events, &mut again);
    let mut same = Vec::new();
    assert_eq!(
        decode_events(Layout::of::<Arena>(), &again, &mut same),
        Ok(tick)
    );
    assert_eq!(same, events);
});
