//! What a match says, and the one thing a player says back, as `skirmish.json.v1` writes them for the arena.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happens in a match, as [`crate::Match::next`] gives it.
#[derive(Clone, Debug)]
pub enum GameEvent {
    /// In, or in again after a lost connection; what was known before is void.
    Welcome(Welcome),
    /// How things stand, about thirty times a second.
    Snapshot(Snapshot),
    /// A hit, a kill, a spawn, …: the message as it came.
    Event(Value),
    /// The end, with the scores. Nothing follows.
    Over(Over),
    /// The match went on without this player, or ended unseen. Nothing follows.
    Ended {
        /// As `GET /lobby/me` says it.
        reason: Option<String>,
    },
}

/// The first message of every connection.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Welcome {
    /// The player's place in the room.
    pub seat: u8,
    /// The tick of the match.
    pub tick: u32,
    /// Rates, the arena and the rest of it.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, Value>,
}

/// How things stood at the end of a tick.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Snapshot {
    /// Sixty a second.
    pub tick: u32,
    /// By player id.
    pub players: BTreeMap<String, PlayerView>,
    /// Every live shot.
    pub projectiles: Vec<ProjectileView>,
}

/// A player in a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PlayerView {
    /// Centre, px from the left.
    pub x: f64,
    /// Centre, px from the top.
    pub y: f64,
    /// Radians, 0 to the right, growing downwards.
    pub aim: f64,
    /// Left of three.
    pub lives: u8,
    /// Kills.
    pub score: u32,
    /// False while waiting to respawn, or out of lives.
    pub alive: bool,
    /// `["#rrggbb"]`.
    pub colors: Vec<String>,
    /// Has a connection to the match.
    pub online: bool,
}

/// A shot in a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProjectileView {
    /// The same for the whole flight.
    pub id: Value,
    /// Centre, px.
    pub x: f64,
    /// Centre, px.
    pub y: f64,
    /// Where it flies, radians.
    pub angle: f64,
    /// Who shot.
    #[serde(rename = "playerUUID")]
    pub player_id: String,
}

/// The last message of a match.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Over {
    /// Best first.
    pub scores: Vec<Score>,
}

/// A line of the result.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Score {
    /// UUID text.
    pub player_id: String,
    /// As the token says.
    pub name: String,
    /// Kills.
    pub score: u32,
    /// 1 is best.
    pub rank: u32,
}

/// What the player asks for: it holds (but for `fire`) until the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Input {
    /// Right and down; the length does not matter, zero stands still.
    #[serde(rename = "move")]
    pub direction: [f64; 2],
    /// Radians.
    pub aim: f64,
    /// Shoot, if the weapon is ready.
    pub fire: bool,
}

/// An [`Input`] on the wire: for the next tick, with the newest snapshot seen.
#[derive(Serialize)]
pub(crate) struct InputMessage<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) input: &'a Input,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<u32>,
}

/// A message of the match as it is on the wire.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerMessage {
    Welcome(Welcome),
    Snapshot(Snapshot),
    Over(Over),
    Moved {
        url: String,
        ticket: String,
        epoch: u64,
    },
    #[serde(other)]
    Other,
}
