//! Changes that players make in a room that a player made, and the view of such a room for holders of its code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Rooms, to_json};
use crate::error::{Result, corrupt};
use crate::fleet::Fleet;
use crate::game_settings::SettingRefused;
use crate::keys::pool_of;
use crate::redis::script;
use crate::settings::MetaValue;
use crate::store::random;

/// A player's change of their room.
#[derive(Clone, Debug)]
pub enum RoomChange<'a> {
    /// The player is ready, or no longer ready.
    Ready(bool),
    /// By the host: changes the given values. Afterwards, no player is ready.
    Settings(RoomSettings<'a>),
    /// By the host: makes another player the host.
    Host(&'a str),
    /// By the host: removes another player, who cannot enter the room again.
    Kick(&'a str),
    /// By the host: puts the group into the queue, or takes it out.
    Queue(bool),
    /// By the host: starts the match.
    Start {
        /// How many bots to add. The caller has checked that the pool has bots.
        bots: u32,
    },
}

/// What the host changes; None leaves a value unchanged.
#[derive(Clone, Debug, Default)]
pub struct RoomSettings<'a> {
    /// Whether the list of rooms contains the room.
    pub is_listed: Option<bool>,
    /// The most players.
    pub seats: Option<u32>,
    /// All of the game's settings that the host chose; the others come from the pool.
    pub settings: Option<BTreeMap<String, i64>>,
    /// The values of all keys that the pool declares.
    pub meta: Option<BTreeMap<String, MetaValue>>,
    /// Its name.
    pub name: Option<&'a str>,
}

/// The answer to [`Rooms::room_update`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Updated {
    /// The change was made.
    Done {
        /// The room's code.
        code: String,
        /// The host's player id.
        host: String,
    },
    /// There is no such room, or the queue made it: 404.
    Unknown,
    /// The caller is not in the room: 403.
    NotMember,
    /// Only the host may do this: 403.
    NotHost,
    /// Its match has begun: 409.
    Started,
    /// Fewer players than a match in this pool needs: 409.
    TooFew,
    /// More players, or players and bots, than seats; for the queue: more than a group may have.
    TooMany,
    /// The other player is not in the room.
    NotThere,
    /// The game has no such setting, or it is out of its range: 422.
    SettingsInvalid(SettingRefused),
}

/// The answer to [`Rooms::code_view`].
#[derive(Clone, Debug, PartialEq)]
pub enum CodeAnswer {
    /// The room.
    Room(CodeView),
    /// No room has this code: 404.
    Unknown,
    /// The address named too many codes that do not exist: 429.
    TooManyMisses,
}

/// A room as holders of its code see it.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeView {
    /// The pool's name.
    pub pool: String,
    /// The room's name.
    pub name: String,
    /// The host's id.
    pub host: String,
    /// The host's name.
    pub host_name: String,
    /// How many players are in it.
    pub players: u32,
    /// The most players.
    pub seats: u32,
    /// The game's settings that the host chose.
    pub settings: BTreeMap<String, i64>,
    /// Why the caller cannot join: `started`, `full` or `kicked`.
    pub reason: Option<String>,
    /// The room whose running match the caller may watch.
    pub watch: Option<String>,
}

impl Rooms {
    /// `PATCH /lobby/rooms/<room>` and the calls below it. The caller has validated settings, meta and seats.
    pub async fn room_update(
        &self,
        room: &str,
        player: &str,
        change: RoomChange<'_>,
    ) -> Result<Updated> {
        let Ok(pool) = self.stores.pool(pool_of(room)) else {
            return Ok(Updated::Unknown);
        };
        let (action, values) = match change {
            RoomChange::Ready(ready) => ("ready", vec![u8::from(ready).to_string()]),
            RoomChange::Queue(queue) => ("queue", vec![u8::from(queue).to_string()]),
            RoomChange::Host(other) => ("host", vec![other.to_owned()]),
            RoomChange::Kick(other) => ("kick", vec![other.to_owned()]),
            RoomChange::Settings(settings) => ("settings", vec![settings.to_json()?]),
            RoomChange::Start { bots } => {
                let relays = Fleet::new(&self.stores).candidates(&pool).await?;
                ("start", vec![relays, random(), bots.to_string()])
            }
        };
        let mut args = vec![player, room, action];
        args.extend(values.iter().map(String::as_str));
        let keys = pool.player_keys(player);
        pool.run_json("room_update", &script::ROOM_UPDATE, &keys, &args)
            .await
    }

    /// `GET /lobby/codes/<code>`: the room with this code ([`super::parse_code`]). `address`: the caller's address.
    pub async fn code_view(&self, code: &str, address: &str, player: &str) -> Result<CodeAnswer> {
        if let Some((pool, room)) = self.find(code, address).await? {
            let args = [player, &room, code];
            let seen: Seen = pool
                .run_json("code_view", &script::CODE_VIEW, &[], &args)
                .await?;
            if let Seen::Room(seen) = seen {
                let mut view = seen.into_view(pool.name())?;
                view.watch = view.watch.filter(|_| !pool.settings().watch.is_off());
                return Ok(CodeAnswer::Room(view));
            }
        }
        Ok(if self.is_over_limit(address).await? {
            CodeAnswer::TooManyMisses
        } else {
            CodeAnswer::Unknown
        })
    }
}

impl RoomSettings<'_> {
    /// The changed fields of the record, as JSON.
    fn to_json(&self) -> Result<String> {
        let visibility = |is_listed| if is_listed { "listed" } else { "private" };
        let changes = Changes {
            visibility: self.is_listed.map(visibility),
            seats: self.seats,
            settings: self.settings.as_ref().map(to_json).transpose()?,
            meta: self.meta.as_ref().map(to_json).transpose()?,
            name: self.name,
        };
        to_json(&changes)
    }
}

#[derive(Serialize)]
struct Changes<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Seen {
    Unknown,
    Room(SeenRoom),
}

#[derive(Deserialize)]
struct SeenRoom {
    name: String,
    host: String,
    host_name: String,
    players: u32,
    seats: u32,
    settings: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    watch: Option<String>,
}

impl SeenRoom {
    fn into_view(self, pool: &str) -> Result<CodeView> {
        let settings = serde_json::from_str(&self.settings);
        Ok(CodeView {
            pool: pool.to_owned(),
            name: self.name,
            host: self.host,
            host_name: self.host_name,
            players: self.players,
            seats: self.seats,
            settings: settings.map_err(|error| corrupt("code_view", error))?,
            reason: self.reason,
            watch: self.watch,
        })
    }
}
