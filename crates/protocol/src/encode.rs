//! Encoding of server messages. Every function appends to `out` and keeps no state.

use alloc::vec::Vec;

use game::{Event, Game, Schema, Seat, Seats, Settings, View};

use crate::{Encoding, GameMessage, MessageRefusal, Moved, Player, Score, json};

/// The parts of a `welcome` that are not from the game's type.
#[derive(Clone, Copy, Debug)]
pub struct Greeting<'a> {
    /// The seat of the recipient.
    pub seat: Seat,
    /// The newest simulated tick.
    pub tick: u32,
    /// The first tick of a recipient who joined the running match; 0 for a player of the start.
    pub joined_at: u32,
    /// The room's id.
    pub room_id: &'a str,
    /// The epoch of the room. It increases when another relay takes the room over.
    pub epoch: u64,
    /// The settings of the game.
    pub settings: &'a Settings,
    /// The players, by seat.
    pub players: &'a [Player],
}

/// The part of a snapshot that is the same for all clients.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The view of the game.
    pub view: &'a View,
    /// The players, by seat.
    pub players: &'a [Player],
    /// The players in the world.
    pub alive: Seats,
    /// The connected players.
    pub online: Seats,
}

/// The first message on every connection, as text for either encoding.
pub fn encode_welcome<G: Game>(encoding: Encoding, greeting: &Greeting<'_>, out: &mut Vec<u8>) {
    json::welcome::<G>(encoding, greeting, out);
}

/// The shared part of a snapshot as text, derived from the game's schema. [`encode_snapshot`] adds
/// a client's own part. The binary form is in [`crate::binary`].
pub fn encode_body<G: Game>(frame: &Frame<'_>, out: &mut Vec<u8>) {
    json::body::<G>(frame, out);
}

/// A snapshot as text: the tick of the newest input of this client that was applied (0: none), how
/// many ticks before its use the newest input arrived (negative: too late), and the shared body.
pub fn encode_snapshot(ack: u32, margin: i32, body: &[u8], out: &mut Vec<u8>) {
    json::snapshot(ack, margin, body, out);
}

/// An event of a tick as text. The binary form is [`crate::binary::encode_events`].
pub fn encode_event(
    schema: &Schema,
    players: &[Player],
    tick: u32,
    event: &Event,
    out: &mut Vec<u8>,
) {
    json::event(schema, players, tick, event, out);
}

/// A player's game message, for all players, as text.
pub fn encode_message(from: &Player, message: &GameMessage, out: &mut Vec<u8>) {
    json::message(from, message, out);
}

/// The result of a game message with this id, as text: the newest simulated tick when it was sent
/// to all players, or the reason for the refusal.
pub fn encode_message_result(id: u32, result: Result<u32, MessageRefusal>, out: &mut Vec<u8>) {
    json::message_result(id, result, out);
}

/// The result of a command with this id, as text: the tick at which it was applied, or the reason
/// for the refusal.
pub fn encode_command_result(id: u32, result: Result<u32, &str>, out: &mut Vec<u8>) {
    json::command_result(id, result, out);
}

/// The message `over` as text.
pub fn encode_over(scores: &[Score], out: &mut Vec<u8>) {
    json::over(scores, out);
}

/// The message `joined` as text: the new player of this seat.
pub fn encode_joined(seat: Seat, player: &Player, out: &mut Vec<u8>) {
    json::joined(seat, player, out);
}

/// The message `moved` as text.
pub fn encode_moved(moved: &Moved, out: &mut Vec<u8>) {
    json::moved(moved, out);
}

/// The message `error` as text: what was refused, and the code of the close that follows.
pub fn encode_error(code: u16, message: &str, out: &mut Vec<u8>) {
    json::error(code, message, out);
}
