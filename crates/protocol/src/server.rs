//! The messages of a match as types, for clients in Rust. They do not depend on a game:
//! fields and arguments have the names of the schema.

use alloc::borrow::{Cow, ToOwned as _};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{DecodeError, Score};

/// A message of a match.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first message on every connection.
    Welcome(Welcome),
    /// A player joined the running match.
    Joined(SeatInfo),
    /// The state at a tick. The newest one replaces all earlier ones.
    Snapshot(Snapshot),
    /// An event of the game; none is skipped.
    Event(GameEvent),
    /// A player's game message.
    #[serde(skip)]
    Message(PlayerMessage),
    /// The result of an own message that had an id.
    MessageResult(MessageResult),
    /// The result of an own command.
    CommandResult(CommandResult),
    /// Another relay owns the room now.
    Moved(Moved),
    /// The match is over.
    Over(Over),
    /// An error, before the connection is closed.
    Error(ErrorMessage),
}

/// Decodes one text message of a match. [`crate::binary`] decodes binary frames.
pub fn decode_server(text: &[u8]) -> Result<ServerMessage, DecodeError> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(rename = "type", borrow)]
        kind: Cow<'a, str>,
    }
    let kind = serde_json::from_slice(text).map(|Kind { kind }| kind);
    let message = match kind.as_deref() {
        // The parser of a tagged enum parses every number, and a number of a payload may be too
        // large.
        Ok("message") => serde_json::from_slice(text).map(ServerMessage::Message),
        _ => serde_json::from_slice(text),
    };
    message.map_err(|_| DecodeError::Malformed("not a message of a match"))
}

/// The message `welcome`: the seat of the client, and the match.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Welcome {
    /// The seat.
    pub seat: u8,
    /// UUID text.
    pub player_id: String,
    /// The newest simulated tick.
    pub tick: u32,
    /// The own first tick after joining the running match; 0 for a player of the start.
    #[serde(default)]
    pub joined_at: u32,
    /// The rates of the match.
    pub rates: Rates,
    /// The room's id.
    pub room_id: String,
    /// The epoch of the room.
    pub epoch: u64,
    /// The game's name.
    pub game: String,
    /// The constants and settings of the match.
    pub arena: ArenaInfo,
    /// The players, by seat.
    pub players: Vec<SeatInfo>,
}

/// The rates of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Rates {
    /// Ticks per second.
    pub tick_hz: u32,
    /// Snapshots per second.
    pub snapshot_hz: u32,
}

/// The constants and settings of a match.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ArenaInfo {
    /// The game's settings.
    pub settings: BTreeMap<String, i64>,
    /// Its constants, by name: `width`, `player_radius`.
    #[serde(flatten)]
    pub constants: BTreeMap<String, u32>,
}

/// A player of the match.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SeatInfo {
    /// The seat.
    pub seat: u8,
    /// UUID text.
    pub player_id: String,
    /// The display name.
    pub name: String,
    /// `#rrggbb`.
    pub colors: Vec<String>,
    /// The team, from 0; None: the pool has no teams.
    #[serde(default)]
    pub team: Option<u8>,
    /// Whether it is a bot.
    #[serde(default)]
    pub bot: bool,
}

/// The state at a tick.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Snapshot {
    /// The tick; 0 until the match begins.
    pub tick: u32,
    /// The tick of the newest own input that was applied; 0: none.
    pub ack: u32,
    /// How many ticks before its use the newest own input arrived; negative: too late.
    pub margin: i32,
    /// The players by id.
    pub players: BTreeMap<String, PlayerState>,
    /// The match fields, by the names of the schema.
    #[serde(rename = "match", default)]
    pub match_fields: BTreeMap<String, Value>,
    /// The entities, by the list names of the schema, such as `projectiles`.
    #[serde(flatten)]
    pub entities: BTreeMap<String, Vec<EntityState>>,
}

/// A player in a snapshot.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PlayerState {
    /// Whether the player is in the world.
    pub alive: bool,
    /// `#rrggbb`.
    pub colors: Vec<String>,
    /// Whether the player is connected.
    pub online: bool,
    /// The schema's fields.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

/// An entity in a snapshot.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct EntityState {
    /// Its id, which does not change.
    pub id: u64,
    /// The owner, if any.
    #[serde(rename = "playerUUID")]
    pub player_id: Option<String>,
    /// The schema's fields, at the snapshot's tick.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

/// An event of the game.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GameEvent {
    /// The tick of the event.
    pub tick: u32,
    /// The kind of event, such as `kill`.
    pub event: String,
    /// The schema's arguments.
    #[serde(flatten)]
    pub args: BTreeMap<String, Value>,
}

/// A field or an argument.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A flag.
    Flag(bool),
    /// A length in px, an angle in radians, or a count.
    Number(f64),
    /// A player's id.
    Player(String),
    /// No player.
    Nobody(()),
}

impl Value {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self {
            Some(*number)
        } else {
            None
        }
    }
}

/// A player's game message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PlayerMessage {
    /// The sender: UUID text.
    pub from: String,
    /// The kind of message.
    pub name: String,
    /// The content: JSON as the server sent it.
    #[serde(deserialize_with = "spelled")]
    pub payload: String,
}

fn spelled<'de, D: Deserializer<'de>>(payload: D) -> Result<String, D::Error> {
    let raw = <&RawValue>::deserialize(payload)?;
    Ok(raw.get().to_owned())
}

/// The result of an own message that had an id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MessageResult {
    /// The id of the message.
    pub id: u32,
    /// The status of the message.
    #[serde(flatten)]
    pub status: MessageStatus,
}

/// The outcome of a game message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum MessageStatus {
    /// It was sent to every player who is connected.
    Delivered {
        /// The newest simulated tick when it was sent.
        tick: u32,
    },
    /// It was not delivered.
    Refused {
        /// [`crate::MessageRefusal::name`], or one of a later version.
        reason: String,
    },
}

/// The result of an own command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CommandResult {
    /// The id of the command.
    pub id: u32,
    /// The status of the command.
    #[serde(flatten)]
    pub status: CommandStatus,
}

/// The outcome of a command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum CommandStatus {
    /// The game applied it.
    Applied {
        /// The command was applied before the step of this tick.
        tick: u32,
    },
    /// It had no effect.
    Refused {
        /// The game's reason, or one of the server's: `too_fast`, `not_playing`, `unknown_command`,
        /// `bad_arguments`.
        reason: String,
    },
}

/// Another relay owns the room now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Moved {
    /// The address of the game socket.
    pub url: String,
    /// The path of the address, if the front door serves it.
    #[serde(default)]
    pub path: Option<String>,
    /// The address over WebTransport, if the relay has one.
    #[serde(default)]
    pub webtransport: Option<WebTransport>,
    /// A seat ticket, which admits once.
    pub ticket: String,
    /// The epoch of the room on the new relay.
    pub epoch: u64,
}

/// The address of a relay over WebTransport.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebTransport {
    /// `https://host:port/game/<relay>`
    pub url: String,
    /// The SHA-256 hash of the relay's certificate, 64 lowercase hexadecimal digits.
    pub certificate_sha256: String,
}

/// The match is over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Over {
    /// The scores, best first.
    pub scores: Vec<Score>,
}

/// An error. The close that follows has the same code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorMessage {
    /// A close code.
    pub code: u16,
    /// An explanation in English.
    pub message: String,
}
