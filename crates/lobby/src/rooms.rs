//! [`Rooms`]: rooms as their members see them, and rooms that players make.

mod attempt;
mod changing;
pub(crate) mod codes;
mod condition;
mod entering;
pub(crate) mod listed;
mod query;
mod room_watch;
pub(crate) mod watching;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Result, corrupt};
use crate::keys::pool_of;
use crate::players::Players;
use crate::redis::script;
use crate::settings::MetaValue;
use crate::store::Stores;
pub use changing::{CodeAnswer, CodeView, RoomChange, RoomSettings, Updated};
pub use codes::{parse_code, show_code};
pub use entering::{Entered, Entering, NewRoom};
pub use listed::{Host, ListedRoom, RoomList};
pub use query::{LIST_DEFAULT, LIST_MAX, RoomQuery};
pub use room_watch::Watched;
pub use watching::Watch;

/// The rooms of all pools.
#[derive(Clone)]
pub struct Rooms {
    stores: Stores,
    players: Players,
}

/// The answer to [`Rooms::view`].
#[derive(Clone, Debug, PartialEq)]
pub enum RoomAnswer {
    /// The room.
    Room(RoomView),
    /// There is no such room: 404.
    Unknown,
    /// The caller is not in the room: 403.
    NotMember,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoomView {
    /// Begins with `<pool>.`.
    pub room_id: String,
    /// Its pool's name.
    pub pool: String,
    /// `gathering`, `open` or `started`.
    pub state: String,
    /// How many players a match needs.
    pub seats_min: u32,
    /// How many players fit.
    pub seats_max: u32,
    /// Before the match: the latest time at which the room starts or closes, in ms since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
    /// Present if a player made the room.
    #[serde(flatten)]
    pub made: Option<Box<MadeRoom>>,
    /// The players by id.
    pub players: BTreeMap<String, PlayerView>,
    /// The projectiles at the last checkpoint.
    pub projectiles: Vec<ProjectileView>,
}

/// What a player chose for a room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MadeRoom {
    /// The host's player id.
    pub host: String,
    /// `BCD-FGH`.
    pub code: String,
    /// `private` or `listed`.
    pub visibility: String,
    /// How many bots the host added at the start.
    pub bots: u32,
    /// Its name.
    pub name: String,
    /// The game's settings that the host chose.
    pub settings: BTreeMap<String, i64>,
    /// Values of the keys that the pool declares.
    pub meta: BTreeMap<String, MetaValue>,
    /// When the group entered the queue, in ms since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at_ms: Option<u64>,
}

/// A player in a room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlayerView {
    /// The id of this membership.
    pub sid: String,
    /// The name that other players see.
    pub name: String,
    /// The horizontal position in px; 0 before the match.
    pub x: f64,
    /// The vertical position in px; 0 before the match.
    pub y: f64,
    /// The colours: `["#rrggbb"]`.
    pub colors: Vec<String>,
    /// When the player joined, in ms since 1970.
    pub joined_timestamp: u64,
    /// Whether the player is present.
    pub status: PlayerStatus,
    /// In a room that a player made: whether the player is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
}

/// Whether a player is present.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlayerStatus {
    /// In a match: whether the player has a game socket.
    pub online: bool,
    /// Seconds until the record expires without a sign of life.
    pub ttl: i64,
}

/// A projectile in flight; coordinates in px.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectileView {
    /// The horizontal coordinate, to the right.
    pub x: f64,
    /// The vertical coordinate, downwards.
    pub y: f64,
    /// The player who shot it.
    #[serde(rename = "playerUUID")]
    pub player_uuid: String,
}

impl Rooms {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
            players: Players::new(stores),
        }
    }

    /// `GET /lobby/rooms/<room>`. Counts as a sign of life of the player.
    pub async fn view(&self, room: &str, player: &str) -> Result<RoomAnswer> {
        let Ok(pool) = self.stores.pool(pool_of(room)) else {
            return Ok(RoomAnswer::Unknown);
        };
        let keys = [
            pool.keys.room(room),
            pool.keys.seats(room),
            pool.keys.projectiles(room),
        ];
        match pool
            .run_json("room_view", &script::ROOM_VIEW, &keys, &[room, player])
            .await?
        {
            Answer::Unknown => Ok(RoomAnswer::Unknown),
            Answer::NotMember => Ok(RoomAnswer::NotMember),
            Answer::Room(seen) => seen.into_view(room).map(RoomAnswer::Room),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Answer {
    Unknown,
    NotMember,
    Room(Seen),
}

#[derive(Deserialize)]
struct Seen {
    state: String,
    seats_min: u32,
    seats_max: u32,
    #[serde(default)]
    expires_at_ms: Option<u64>,
    players: Vec<SeenPlayer>,
    #[serde(default)]
    projectiles: Vec<String>,
    #[serde(default)]
    made: Option<Box<SeenMade>>,
}

/// `settings` and `meta` are JSON texts, because Lua's JSON has no empty objects.
#[derive(Deserialize)]
struct SeenMade {
    host: String,
    code: String,
    visibility: String,
    bots: u32,
    name: String,
    settings: String,
    meta: String,
    #[serde(default)]
    queued_at_ms: Option<u64>,
}

#[derive(Deserialize)]
struct SeenPlayer {
    player_id: String,
    sid: String,
    name: String,
    x: f64,
    y: f64,
    colors: Vec<String>,
    joined_timestamp: u64,
    online: bool,
    ttl: i64,
    #[serde(default)]
    ready: Option<bool>,
}

impl SeenMade {
    fn into_made(self) -> Result<Box<MadeRoom>> {
        let wrong = |error| corrupt("room_view", error);
        Ok(Box::new(MadeRoom {
            host: self.host,
            code: show_code(&self.code),
            visibility: self.visibility,
            bots: self.bots,
            name: self.name,
            settings: serde_json::from_str(&self.settings).map_err(wrong)?,
            meta: serde_json::from_str(&self.meta).map_err(wrong)?,
            queued_at_ms: self.queued_at_ms,
        }))
    }
}

impl Seen {
    fn into_view(self, room: &str) -> Result<RoomView> {
        let parse = |text: &String| {
            serde_json::from_str(text).map_err(|error| corrupt("projectile", error))
        };
        Ok(RoomView {
            room_id: room.to_owned(),
            pool: pool_of(room).to_owned(),
            state: self.state,
            seats_min: self.seats_min,
            seats_max: self.seats_max,
            expires_at_ms: self.expires_at_ms,
            made: self.made.map(|made| made.into_made()).transpose()?,
            players: self
                .players
                .into_iter()
                .map(SeenPlayer::into_view)
                .collect(),
            projectiles: self.projectiles.iter().map(parse).collect::<Result<_>>()?,
        })
    }
}

impl SeenPlayer {
    fn into_view(self) -> (String, PlayerView) {
        let view = PlayerView {
            sid: self.sid,
            name: self.name,
            x: self.x,
            y: self.y,
            colors: self.colors,
            joined_timestamp: self.joined_timestamp,
            status: PlayerStatus {
                online: self.online,
                ttl: self.ttl,
            },
            ready: self.ready,
        };
        (self.player_id, view)
    }
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| corrupt("room", error))
}
