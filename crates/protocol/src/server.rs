//! The messages of a match as types, for clients written in Rust. They do not depend on a game:
//! fields and arguments are named as in the schema.

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
    /// The state at a tick; the newest one is all that counts.
    Snapshot(Snapshot),
    /// Something happened; none is left out.
    Event(GameEvent),
    /// A player's message, which the game defines.
    #[serde(skip)]
    Message(PlayerMessage),
    /// What became of an own message that had an id.
    MessageResult(MessageResult),
    /// What became of an own command.
    CommandResult(CommandResult),
    /// Another relay owns the room now.
    Moved(Moved),
    /// The match is over.
    Over(Over),
    /// Something was refused.
    Error(ErrorMessage),
}

/// Decodes one text message of a match. What comes as bits: [`crate::binary`].
pub fn decode_server(text: &[u8]) -> Result<ServerMessage, DecodeError> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(rename = "type", borrow)]
        kind: Cow<'a, str>,
    }
    let kind = serde_json::from_slice(text).map(|Kind { kind }| kind);
    let message = match kind.as_deref() {
        // A tagged enum's parser reads every number, and a payload's may be too large for it.
        Ok("message") => serde_json::from_slice(text).map(ServerMessage::Message),
        _ => serde_json::from_slice(text),
    };
    message.map_err(|_| DecodeError::Malformed("no message of a match"))
}

/// Who the client is and what it plays.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Welcome {
    /// The seat.
    pub seat: u8,
    /// UUID text.
    pub player_id: String,
    /// The newest simulated tick.
    pub tick: u32,
    /// How often things happen.
    pub rates: Rates,
    /// Of the room.
    pub room_id: String,
    /// Of the room.
    pub epoch: u64,
    /// The game's name.
    pub game: String,
    /// What the game never changes.
    pub arena: ArenaInfo,
    /// Who plays, by seat.
    pub players: Vec<SeatInfo>,
}

/// How often things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Rates {
    /// Steps a second.
    pub tick_hz: u32,
    /// Snapshots a second.
    pub snapshot_hz: u32,
}

/// What the game never changes.
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
}

/// The state at a tick.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Snapshot {
    /// Which tick; 0 until the match begins.
    pub tick: u32,
    /// The tick of the newest own input that was applied; 0: none.
    pub ack: u32,
    /// How many ticks before its use the newest own input came; negative: too late.
    pub margin: i32,
    /// By player id.
    pub players: BTreeMap<String, PlayerState>,
    /// The schema's fields of the match itself.
    #[serde(rename = "match", default)]
    pub match_fields: BTreeMap<String, Value>,
    /// Everything else, by the schema's names: `projectiles`.
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

/// Something that is not a player, in a snapshot.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct EntityState {
    /// Names it as long as it exists.
    pub id: u64,
    /// Whose it is.
    #[serde(rename = "playerUUID")]
    pub player_id: String,
    /// The schema's fields, at the snapshot's tick.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GameEvent {
    /// In which tick.
    pub tick: u32,
    /// What: `kill`.
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
    /// Nobody.
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

/// A player's message of the game's own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PlayerMessage {
    /// The sender: UUID text.
    pub from: String,
    /// What it is.
    pub name: String,
    /// What belongs to it: JSON as the server spelled it.
    #[serde(deserialize_with = "spelled")]
    pub payload: String,
}

fn spelled<'de, D: Deserializer<'de>>(payload: D) -> Result<String, D::Error> {
    let raw = <&RawValue>::deserialize(payload)?;
    Ok(raw.get().to_owned())
}

/// What became of an own message that had an id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MessageResult {
    /// The message's.
    pub id: u32,
    /// What became of it.
    #[serde(flatten)]
    pub status: MessageStatus,
}

/// What became of a message of the game's own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum MessageStatus {
    /// It was sent to every player who is connected.
    Delivered {
        /// The newest simulated tick when it was sent.
        tick: u32,
    },
    /// Nobody receives it.
    Refused {
        /// [`crate::MessageRefusal::name`], or one of a later version.
        reason: String,
    },
}

/// What became of an own command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CommandResult {
    /// The command's.
    pub id: u32,
    /// What became of it.
    #[serde(flatten)]
    pub status: CommandStatus,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum CommandStatus {
    /// The game applied it.
    Applied {
        /// Before the step of this tick.
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
    /// Where the game socket is now.
    pub url: String,
    /// Its path at the front door, where the front door serves it.
    #[serde(default)]
    pub path: Option<String>,
    /// Admits once.
    pub ticket: String,
    /// Of the room, at its new place.
    pub epoch: u64,
}

/// The match is over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Over {
    /// Best first.
    pub scores: Vec<Score>,
}

/// Something was refused; the close that follows carries the same code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorMessage {
    /// A close code.
    pub code: u16,
    /// For people.
    pub message: String,
}
