//! The rooms of a pool as operators see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Admin;
use crate::error::{Result, corrupt};
use crate::keys::pool_of;
use crate::redis::script;
use crate::rooms::show_code;
use crate::store::PoolStore;

/// How many deadlines one call of the script reads.
const STEP: u32 = 500;
/// How many calls one page takes at most; a page of a large pool may therefore have few rooms.
const PAGE_STEPS_MAX: u32 = 20;
/// The cursor before the first room.
const START: &str = "0";

/// A row of [`Admin::rooms`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRow {
    /// Its id.
    pub room: String,
    /// `gathering`, `matched`, `open` or `started`.
    pub state: String,
    /// How many players are in it.
    pub players: u64,
    /// The relay that runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relay: Option<String>,
    /// How often it was given to a relay.
    pub epoch: u64,
    /// When it was made, in ms since 1970.
    pub created_ms: u64,
    /// The room's name, if a player made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `private` or `listed`, if a player made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// Its players are a group in the queue.
    #[serde(skip_serializing)]
    pub(super) queued: bool,
}

/// A page of rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListedRooms {
    /// Unordered; a room may appear on two pages.
    pub rooms: Vec<RoomRow>,
    /// The cursor of the next page; None: there are no more rooms.
    pub cursor: Option<String>,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomDetail {
    /// `gathering`, `matched`, `open` or `started`.
    pub state: String,
    /// How often it was given to a relay.
    pub epoch: u64,
    /// When it was made, in ms since 1970.
    pub created_ms: u64,
    /// Its deadline, in ms since 1970.
    pub ends_ms: u64,
    /// The relay that runs it.
    pub relay: Option<String>,
    /// The relay's region.
    pub region: Option<String>,
    /// The tick of the newest checkpoint of this epoch.
    pub saved_tick: Option<u64>,
    /// The age of that checkpoint, in ms.
    pub saved_age_ms: Option<u64>,
    /// The size of that checkpoint.
    pub saved_bytes: Option<u64>,
    /// For a matched group: the room in which its players have seats.
    #[serde(rename = "match")]
    pub match_room: Option<String>,
    /// The groups in it: `<room>=<players>;…`.
    pub groups: Option<String>,
    /// The seats that it offers to late players: `2,5`.
    pub free: Option<String>,
    /// How many bots play.
    pub bots: u64,
    /// What a player chose for the room; None: the queue made it.
    pub made: Option<MadeRoomDetail>,
    /// The players, in seat order.
    #[serde(default)]
    pub members: Vec<RoomMember>,
}

/// What a player chose for a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeRoomDetail {
    /// The host's player id.
    pub host: String,
    /// `BCD-FGH`.
    pub code: String,
    /// `private` or `listed`.
    pub visibility: String,
    /// The most players.
    pub seats: u64,
    /// Its name.
    pub name: String,
    /// The game's settings.
    #[serde(deserialize_with = "object")]
    pub settings: BTreeMap<String, Value>,
    /// Values of the keys that the pool declares.
    #[serde(deserialize_with = "object")]
    pub meta: BTreeMap<String, Value>,
    /// The ids of the players who were removed, separated by commas.
    pub kicked: String,
    /// When the group entered the queue, in ms since 1970.
    pub queued_ms: Option<u64>,
}

/// A player in a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomMember {
    /// UUID text.
    pub player_id: String,
    /// The name that other players see.
    pub name: String,
    /// `seated` or `playing`.
    pub state: String,
    /// From 0; before the match, the order of the seats.
    pub seat: u64,
    /// In a match: whether the player has a game socket.
    pub online: bool,
    /// When the player joined, in ms since 1970.
    pub joined_ms: u64,
    /// The player's team.
    pub team: Option<u64>,
}

/// Part of a pool's rooms; a room may appear twice.
pub(super) struct Walk {
    pub(super) rows: Vec<RoomRow>,
    pub(super) is_partial: bool,
}

#[derive(Deserialize)]
struct Page {
    cursor: String,
    #[serde(default)]
    rooms: Vec<RoomRow>,
}

impl Admin {
    /// About `limit` rooms of a pool after the page with this cursor, only those in `state` if it is given. Errors:
    /// [`crate::Error::UnknownPool`].
    pub async fn rooms(
        &self,
        pool: &str,
        state: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<ListedRooms> {
        let pool = self.stores.pool(pool)?;
        let mut listed = ListedRooms::default();
        let (mut at, mut after) = split(cursor.unwrap_or(START));
        for _ in 0..PAGE_STEPS_MAX {
            let mut page = page(&pool, &at).await?;
            page.rooms
                .retain(|row| row.room > after && state.is_none_or(|state| row.state == state));
            page.rooms.sort_by(|a, b| a.room.cmp(&b.room));
            let left = limit.saturating_sub(listed.rooms.len());
            if page.rooms.len() > left {
                page.rooms.truncate(left);
                let last = page.rooms.last().map_or(after, |row| row.room.clone());
                listed.rooms.append(&mut page.rooms);
                listed.cursor = Some(format!("{at}.{last}"));
                return Ok(listed);
            }
            listed.rooms.append(&mut page.rooms);
            if page.cursor == START {
                return Ok(listed);
            }
            (at, after) = (page.cursor, String::new());
        }
        listed.cursor = Some(at);
        Ok(listed)
    }

    /// The details of a room; None: there is no such room.
    pub async fn room(&self, room: &str) -> Result<Option<RoomDetail>> {
        let Ok(pool) = self.stores.pool(pool_of(room)) else {
            return Ok(None);
        };
        let found: Option<RoomDetail> = pool
            .run_json("room_detail", &script::ROOM_DETAIL, &[], &[room])
            .await?;
        Ok(found.map(|mut detail| {
            if let Some(made) = &mut detail.made {
                made.code = show_code(&made.code);
            }
            detail
        }))
    }
}

/// Whether a text can be a cursor of [`Admin::rooms`].
pub fn is_rooms_cursor(text: &str) -> bool {
    let (at, _) = split(text);
    text.len() <= 200 && at.parse::<u64>().is_ok()
}

/// All rooms of a pool, in at most this many steps.
pub(super) async fn walk(pool: &PoolStore, steps_max: u32) -> Result<Walk> {
    let (mut rows, mut at) = (Vec::new(), START.to_owned());
    for _ in 0..steps_max {
        let mut page = page(pool, &at).await?;
        rows.append(&mut page.rooms);
        at = page.cursor;
        if at == START {
            return Ok(Walk {
                rows,
                is_partial: false,
            });
        }
    }
    Ok(Walk {
        rows,
        is_partial: true,
    })
}

async fn page(pool: &PoolStore, cursor: &str) -> Result<Page> {
    let args = [cursor, &STEP.to_string()];
    pool.run_json("rooms_page", &script::ROOMS_PAGE, &[], &args)
        .await
}

/// Splits a cursor into the cursor of Redis and the last room of that step that an earlier page contains.
fn split(cursor: &str) -> (String, String) {
    let (at, after) = cursor.split_once('.').unwrap_or((cursor, ""));
    (at.to_owned(), after.to_owned())
}

/// Deserializes a JSON text that holds an object. It is a text because Lua's JSON cannot encode an empty object.
fn object<'de, D: serde::Deserializer<'de>>(
    reader: D,
) -> std::result::Result<BTreeMap<String, Value>, D::Error> {
    let text = String::deserialize(reader)?;
    serde_json::from_str(&text)
        .map_err(|error| serde::de::Error::custom(corrupt("room_detail", error)))
}
