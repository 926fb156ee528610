//! The handshake of the floor, and the states that it sends.

use std::time::Duration;

use tungstenite::handshake::derive_accept_key;

/// The tick rate of the game.
pub const TICKS_PER_SECOND: u64 = 60;
/// The phases of a tick in which rooms are due.
pub const PHASES: u64 = 8;
/// The players of a room.
pub const SEATS: usize = 5;

const STATE_BYTES: u8 = 120;

/// The encoded state: a frame of 120 bytes.
pub fn state() -> Vec<u8> {
    let mut frame = vec![0x82, STATE_BYTES];
    frame.resize(2 + usize::from(STATE_BYTES), 0x55);
    frame
}

/// The answer to a client's handshake.
pub fn answer(head: &[u8]) -> String {
    let head = String::from_utf8_lossy(head);
    let key = head
        .lines()
        .find_map(|line| line.strip_prefix("sec-websocket-key: "));
    let accept = derive_accept_key(key.unwrap_or_default().trim().as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n"
    )
}

/// When a phase of a tick is due, counted from the start: slot `s` is phase `s % PHASES` of tick `s / PHASES`.
pub fn due(slot: u64) -> Duration {
    Duration::from_nanos(slot * 1_000_000_000 / (TICKS_PER_SECOND * PHASES))
}

/// Whether a room's players get a state in this slot; rooms are staggered.
pub fn is_due(room: usize, slot: u64, state_ticks: u64) -> bool {
    let (room, phase, tick) = (room as u64, slot % PHASES, slot / PHASES);
    room % PHASES == phase && (room / PHASES + tick).is_multiple_of(state_ticks)
}
