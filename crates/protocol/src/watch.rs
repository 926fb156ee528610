//! The first message of a watcher's connection. The bytes of the watched file follow it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::DecodeError;
use crate::json::write::Writer;

/// The kind of file that a watcher gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchFormat {
    /// The replay of the match ([`crate::replay`]).
    #[default]
    Replay,
    /// The filtered recording of a game that hides something ([`crate::filtered`]).
    Snapshots,
}

impl WatchFormat {
    /// Its name in the message.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Snapshots => "snapshots",
        }
    }
}

/// The content of a watcher's `welcome`.
#[derive(Clone, Copy, Debug)]
pub struct WatchGreeting<'a> {
    /// Ticks per second.
    pub tick_hz: u32,
    /// The room's id.
    pub room_id: &'a str,
    /// The game's name.
    pub game: &'a str,
    /// The kind of file.
    pub format: WatchFormat,
    /// The delay of the watcher behind the match.
    pub delay_ms: u64,
    /// The offset in the file of the first byte that follows.
    pub from: u64,
}

/// A watcher's `welcome`, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WatchWelcome {
    /// The rates of the match.
    pub rates: WatchRates,
    /// The room's id.
    pub room_id: String,
    /// The game's name.
    pub game: String,
    /// The kind of file.
    #[serde(default)]
    pub format: WatchFormat,
    /// The delay of the watcher behind the match.
    pub delay_ms: u64,
    /// The offset in the file of the first byte that follows.
    pub from: u64,
}

/// The rates of a watched match: a watcher gets no snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct WatchRates {
    /// Ticks per second.
    pub tick_hz: u32,
}

/// A watcher's `welcome`, as text. Its `seat` is null.
pub fn encode_watch_welcome(greeting: &WatchGreeting<'_>, out: &mut Vec<u8>) {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("welcome");
    json.key("seat").null();
    json.key("rates").open(b'{').key("tick_hz");
    json.number(greeting.tick_hz.into()).close(b'}');
    json.key("room_id").text(greeting.room_id);
    json.key("game").text(greeting.game);
    json.key("format").text(greeting.format.name());
    json.key("delay_ms").number(number(greeting.delay_ms));
    json.key("from").number(number(greeting.from)).close(b'}');
}

/// Decodes a watcher's `welcome`.
pub fn decode_watch_welcome(text: &[u8]) -> Result<WatchWelcome, DecodeError> {
    let welcome = serde_json::from_slice(text);
    welcome.map_err(|_| DecodeError::Malformed("not a welcome of a watcher"))
}
