//! The work of a relay for a room in a tick, without the sockets, part by part. Each part is a function that is not
//! inlined, so that its instructions can be counted by name.

use arena::Arena;
use game::{InputFields as _, Pad, Seat};
use protocol::{ClientMessage, Form, decode_client};
use room::{Mirror, Room, Saved};

/// The parts, as named in [`crate::tick_path`], with a description.
pub const PARTS: [(&str, &str); 6] = [
    ("decode", "what players sent is decoded"),
    ("take", "the room takes it"),
    ("step", "the tick, its record and every second its hash"),
    ("journal", "the record goes into the journal's entry"),
    ("write", "events and snapshots are encoded"),
    (
        "checkpoint",
        "every two seconds, all that another relay needs",
    ),
];

/// Decodes these frames.
///
/// # Panics
/// When a frame is not a valid frame of a player.
#[inline(never)]
pub fn decode(frames: &[(Seat, Vec<u8>)]) -> Vec<(Seat, ClientMessage)> {
    let decoded = frames.iter().map(|(seat, frame)| {
        let message = decode_client(Pad::SCHEMA, Form::Binary, frame).expect("a frame of a player");
        (*seat, message)
    });
    decoded.collect()
}

/// Passes the message to the room.
#[inline(never)]
pub fn take(room: &mut Room<Arena>, seat: Seat, message: ClientMessage) {
    // The room counts refusals.
    let _ = room.handle_message(seat, message);
}

/// Advances the room by a sixtieth of a second.
#[inline(never)]
pub fn step(room: &mut Room<Arena>) {
    room.handle_tick();
}

/// Writes the record of the step to the journal's entry.
#[inline(never)]
pub fn journal(room: &mut Room<Arena>, entry: &mut Vec<u8>) {
    room.poll_journal(entry);
}

/// Writes the snapshots of all players; `out` then holds the last one. Returns how many there were.
#[inline(never)]
pub fn write(room: &mut Room<Arena>, out: &mut Vec<u8>) -> u32 {
    let mut messages = 0;
    for seat in Seat::all() {
        loop {
            out.clear();
            if room.poll_reliable(seat, out).is_none() {
                break;
            }
            messages += 1;
        }
        messages += u32::from(room.poll_snapshot(seat, out).is_some());
    }
    messages
}

/// The room's checkpoint and mirror; the lobby then has them.
#[inline(never)]
pub fn checkpoint(room: &mut Room<Arena>) -> (Saved, Mirror) {
    let saved = room.save();
    room.handle_saved(saved.tick);
    (saved, room.mirror())
}
