//! Messages between a match and its players, their encodings and limits. PROTOCOL.md specifies
//! them.
#![no_std]

extern crate alloc;

pub mod binary;
mod client;
mod close;
mod encode;
pub mod filtered;
mod json;
pub mod limits;
mod player;
pub mod record;
pub mod replay;
mod server;
mod settings;
pub mod stream;
mod watch;

pub use client::{
    ANGLE_ABS_MAX, CLIENT_MESSAGE_BYTES_MAX, ClientError, ClientMessage, CommandMessage,
    DIRECTION_ABS_MAX, DecodeError, GameMessage, MESSAGE_NAME_CHARS_MAX, MESSAGE_PAYLOAD_BYTES_MAX,
    MESSAGE_PAYLOAD_DEPTH_MAX, MessageRefusal, VIEW_TICKS_MAX, decode_client, encode_client,
    encode_command,
};
pub use close::CloseCode;
pub use encode::{
    Frame, Greeting, encode_body, encode_command_result, encode_error, encode_event, encode_joined,
    encode_message, encode_message_result, encode_moved, encode_over, encode_snapshot,
    encode_welcome,
};
pub use player::{Player, Score, roster, scores};
pub use server::{
    ArenaInfo, CommandResult, CommandStatus, EntityState, ErrorMessage, GameEvent, MessageResult,
    MessageStatus, Moved, Over, PlayerMessage, PlayerState, Rates, SeatInfo, ServerMessage,
    Snapshot, Value, WebTransport, Welcome, decode_server,
};
pub use settings::{SettingsTextError, parse_settings, read_settings};
pub use watch::{
    WatchFormat, WatchGreeting, WatchRates, WatchWelcome, decode_watch_welcome,
    encode_watch_welcome,
};

/// WebSocket subprotocol of [`Encoding::Binary`].
pub const SUBPROTOCOL_BINARY: &str = "skirmish.v1";
/// WebSocket subprotocol of [`Encoding::Json`].
pub const SUBPROTOCOL_JSON: &str = "skirmish.json.v1";

/// The encoding of a connection, selected by its subprotocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// [`SUBPROTOCOL_BINARY`]: inputs, snapshots and events as bits ([`binary`]), all other
    /// messages as in JSON.
    Binary,
    /// [`SUBPROTOCOL_JSON`]: text, for tools and other languages.
    Json,
}

/// The type of the WebSocket frame of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As text: one JSON object.
    Text,
    /// As bits.
    Binary,
}

impl Encoding {
    /// Every encoding, the preferred one first.
    pub const ALL: [Self; 2] = [Self::Binary, Self::Json];

    /// Selects the preferred one of the subprotocols that a client offers.
    pub fn choose<'a>(offered: impl Iterator<Item = &'a str>) -> Option<Self> {
        let known = |name| {
            Self::ALL
                .iter()
                .position(|encoding| encoding.subprotocol() == name)
        };
        offered.filter_map(known).min().map(|best| Self::ALL[best])
    }

    /// Its WebSocket subprotocol.
    pub const fn subprotocol(self) -> &'static str {
        match self {
            Self::Binary => SUBPROTOCOL_BINARY,
            Self::Json => SUBPROTOCOL_JSON,
        }
    }

    /// The maximum number of snapshots per second for a client of this encoding, in a game with this rate; 0:
    /// one after each step of a match that waits for its players.
    pub const fn snapshot_hz(self, rate: game::Rate) -> u32 {
        if rate.is_on_command() {
            return 0;
        }
        let hz = match self {
            Self::Binary => limits::SNAPSHOT_HZ[0],
            Self::Json => limits::UNACKED_SNAPSHOT_HZ,
        };
        let ticks = rate.ticks_per_second();
        if ticks < hz { ticks } else { hz }
    }
}
