//! Messages between a match and its players, their encodings and limits.
//!
//! First cut of the names others compile against; the inside is to be written.
#![allow(clippy::todo, unused_variables, missing_docs)]

use game::Input;

/// The longest message a client may send, bytes; a longer one closes with 1009.
pub const CLIENT_MESSAGE_BYTES_MAX: usize = 1024;
/// WebSocket subprotocol of [`Encoding::Json`].
pub const SUBPROTOCOL_JSON: &str = "skirmish.json.v1";

/// How a connection speaks, chosen by its subprotocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Json,
}

impl Encoding {
    /// The encoding of a subprotocol name, if we speak it.
    pub fn from_subprotocol(name: &str) -> Option<Self> {
        (name == SUBPROTOCOL_JSON).then_some(Self::Json)
    }
}

/// What a client may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientMessage {
    Input {
        /// None: the next tick.
        tick: Option<u32>,
        input: Input,
        /// The newest snapshot the client has; None: a fixed 30 Hz and no rewind.
        seen: Option<u32>,
        /// How far behind its own tick it draws the others, in 1/16 tick.
        view_delay: Option<u16>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("not what this protocol says: {0}")]
    Malformed(&'static str),
}

/// Decodes one message of a client. Never panics; allocates nothing that outgrows the message.
pub fn decode_client(encoding: Encoding, bytes: &[u8]) -> Result<ClientMessage, DecodeError> {
    todo!()
}

/// Application close codes, 4000–4099, as PROTOCOL.md lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The match is over; `over` was sent.
    MatchOver = 4000,
    /// Another connection took the seat.
    Superseded = 4001,
    /// The player forfeited or his record expired.
    Left = 4002,
    /// Another relay owns the room now; `moved` was sent, or ask `GET /lobby/me`.
    Moved = 4003,
    /// The room failed and its match is void.
    RoomFailed = 4004,
    /// A message that does not decode.
    BadMessage = 4010,
    /// More messages than the limit.
    Flood = 4011,
    /// The client did not read what must arrive.
    TooSlow = 4012,
}
