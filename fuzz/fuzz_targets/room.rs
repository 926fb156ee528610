//! A saved room and the records that follow it: no panic, and a room that was made of them plays.
#![no_main]

use arena::Arena;
use game::Seat;
use libfuzzer_sys::fuzz_target;
use protocol::Encoding;
use protocol::record::prefixed;
use room::Room;

fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (state, records) = rest.split_at(length);
    let Ok((mut room, _)) = Room::<Arena>::resume(2, 0, state, prefixed(records)) else {
        return;
    };
    let saved = room.save();
    Room::<Arena>::resume(3, 0, &saved.state, std::iter::empty()).expect("what was saved");
    Seat::all().for_each(|seat| room.handle_connected(seat, Encoding::Json));
    let mut out = Vec::new();
    for _ in 0..3 {
        room.handle_tick();
        room.poll_journal(&mut out);
        for seat in Seat::all() {
            let _ = room.poll_snapshot(seat, &mut out);
        }
    }
});
