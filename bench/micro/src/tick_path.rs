//! What a relay does for a room in a tick, without the sockets, part by part. Each part is a
//! function that is not inlined, so that its instructions can be counted by its name.

use arena::Arena;
use game::{InputFields as _, Pad, Seat};
use protocol::{ClientMessage, Form, decode_client};
use room::{Mirror, Room, Saved};

/// The parts, as [`crate::tick_path`] names them, and what each is.
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
/// When one is none of a player.
#[inline(never)]
pub fn decode(frames: &[(Seat, Vec<u8>)]) -> Vec<(Seat, ClientMessage)> {
    let decoded = frames.iter().map(|(seat, frame)| {
        let message = decode_client(Pad::SCHEMA, Form::Binary, frame).expect("a frame of a player");
        (*seat, message)
    });
    decoded.collect()
}

/// The room reads the message.
#[inline(never)]
pub fn take(room: &mut Room<Arena>, seat: Seat, message: ClientMessage) {
    // Refusals are counted, by the room.
    let _ = room.handle_message(seat, message);
}

/// A sixtieth of a second.
#[inline(never)]
pub fn step(room: &mut Room<Arena>) {
    room.handle_tick();
}

/// What it did, for the journal.
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

/// What is saved of it, and what others may see; the lobby has it then.
#[inline(never)]
pub fn checkpoint(room: &mut Room<Arena>) -> (Saved, Mirror) {
    let saved = room.save();
    room.handle_saved(saved.tick);
    (saved, room.mirror())
}
