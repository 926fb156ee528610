//! Messages between a match and its players, their encodings and limits. PROTOCOL.md says the same for people.
#![no_std]

extern crate alloc;

mod client;
mod close;
mod encode;
mod json;
mod player;
mod server;
mod settings;

pub use client::{
    AIM_ABS_MAX, CLIENT_MESSAGE_BYTES_MAX, ClientMessage, DecodeError, MOVE_ABS_MAX,
    VIEW_TICKS_MAX, decode_client, encode_client,
};
pub use close::CloseCode;
pub use encode::{
    Frame, Greeting, encode_body, encode_event, encode_over, encode_snapshot, encode_welcome,
};
pub use encode::{encode_error, encode_moved};
pub use player::{Player, Score};
pub use server::{
    ArenaInfo, EntityState, ErrorMessage, GameEvent, Moved, Over, PlayerState, Rates, SeatInfo,
    ServerMessage, Snapshot, Value, Welcome, decode_server,
};
pub use settings::{SettingsTextError, parse_settings};

/// WebSocket subprotocol of [`Encoding::Json`].
pub const SUBPROTOCOL_JSON: &str = "skirmish.json.v1";

/// How a connection speaks, chosen by its subprotocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// [`SUBPROTOCOL_JSON`]: text, for tools and other languages.
    Json,
}

impl Encoding {
    /// The encoding of a subprotocol name, if we speak it.
    pub fn from_subprotocol(name: &str) -> Option<Self> {
        (name == SUBPROTOCOL_JSON).then_some(Self::Json)
    }

    /// Snapshots a second that a client of this encoding gets.
    pub const fn snapshot_hz(self) -> u32 {
        match self {
            Self::Json => 30,
        }
    }
}
