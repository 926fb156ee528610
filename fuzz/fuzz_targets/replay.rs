//! A replay file: no panic, no more memory than the file asks for, and every tick is found again from the end.
#![no_main]

use arena::Arena;
use libfuzzer_sys::fuzz_target;
use protocol::replay::{Replay, ReplayHeader};

fuzz_target!(|bytes: &[u8]| {
    let Ok((header, records)) = ReplayHeader::split(bytes) else {
        return;
    };
    let line = header.to_line();
    let again = [line.as_bytes(), records].concat();
    assert_eq!(ReplayHeader::split(&again), Ok((header, records)));
    let Ok(mut replay) = Replay::<Arena>::open(bytes) else {
        return;
    };
    let _ = replay.seek(u32::MAX);
    let end = replay.tick();
    assert!(end <= replay.ticks() && replay.mismatches() <= replay.hashes());
    assert_eq!(replay.seek(end / 2), Ok(()));
    assert_eq!(replay.seek(end), Ok(()));
});
