//! The list of rooms: its index, which the scripts write (`lua/shared/listed.lua`), and
//! [`Rooms::room_list`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::condition::{Value, Values};
use super::query::RoomQuery;
use super::{Rooms, show_code};
use crate::error::{Result, corrupt};
use crate::redis::script;
use crate::settings::{META_KEYS_MAX, MetaValue};
use crate::store::PoolStore;

/// A page of the list of rooms.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RoomList {
    /// The rooms, in the order of the query.
    pub rooms: Vec<ListedRoom>,
    /// The cursor of the next page; None: there are no more rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A room as every player may see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedRoom {
    /// Its id.
    pub room: String,
    /// `BCD-FGH`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The room's host.
    pub host: Host,
    /// The pool's game.
    pub game: String,
    /// How many players are in it.
    pub players: u32,
    /// The most players.
    pub seats: u32,
    /// How many more players it takes.
    pub free: u32,
    /// `gathering`.
    pub state: String,
    /// When it was made, in ms since 1970.
    pub created: u64,
    /// The game's settings that the host chose.
    pub settings: BTreeMap<String, i64>,
    /// Values of the keys that the pool declares.
    pub meta: BTreeMap<String, MetaValue>,
}

/// The host of a listed room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Host {
    /// The player's id.
    pub player_id: String,
    /// The name that other players see.
    pub name: String,
}

impl Rooms {
    /// `GET /lobby/rooms`: a page of the pool's listed rooms. Errors: [`crate::Error::UnknownPool`].
    pub async fn room_list(&self, pool: &str, query: &RoomQuery) -> Result<RoomList> {
        let pool = self.stores.pool(pool)?;
        let index = Index::read(&pool).await?;
        index.search(&pool, query).await
    }
}

/// The index of a pool's listed rooms at the time of reading.
pub(crate) struct Index {
    buckets: Vec<Vec<u8>>,
}

impl Index {
    pub(crate) async fn read(pool: &PoolStore) -> Result<Self> {
        let mut values = redis::cmd("HVALS");
        values.arg(pool.keys.listed());
        let buckets = pool.stores.link.command(&values).await?;
        Ok(Self { buckets })
    }

    /// The page of this query, with the current state of its rooms: a room that no longer fulfils the conditions is
    /// left out.
    pub(crate) async fn search(&self, pool: &PoolStore, query: &RoomQuery) -> Result<RoomList> {
        let places = self.entries().filter_map(|room| query.place(&room));
        let (places, has_more) = query.page(places.collect());
        let Some(last) = places.last() else {
            return Ok(RoomList::default());
        };
        let ids = places.iter().map(|(_, id)| format!("{}.{id}", pool.name()));
        let ids: Vec<String> = ids.collect();
        let args: Vec<&str> = ids.iter().map(String::as_str).collect();
        let rows: Vec<Row> = pool
            .run_json("room_list", &script::ROOM_LIST, &[], &args)
            .await?;
        let mut rooms = Vec::with_capacity(rows.len());
        for row in rows {
            let room = row.into_room(&query.game)?;
            if query.matches(&room.values(pool)) {
                rooms.push(room);
            }
        }
        let cursor = has_more.then(|| query.cursor(*last));
        Ok(RoomList { rooms, cursor })
    }

    fn entries(&self) -> impl Iterator<Item = Values<'_>> {
        self.buckets.iter().flat_map(|bucket| Entries(bucket))
    }
}

/// The ids of the rooms in the index, for the sweep.
pub(crate) async fn rooms_of(pool: &PoolStore) -> Result<Vec<String>> {
    let index = Index::read(pool).await?;
    let ids = index
        .entries()
        .map(|room| format!("{}.{}", pool.name(), room.id));
    Ok(ids.collect())
}

/// Iterates over the entries of a bucket; `lua/shared/listed_entry.lua` has their layout. A broken entry ends the
/// iteration.
struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = Values<'a>;

    fn next(&mut self) -> Option<Values<'a>> {
        let length = take_u16(&mut self.0)?;
        let mut entry = take(&mut self.0, length)?;
        let id_length = take_u8(&mut entry)?;
        let mut room = Values {
            id: take_text(&mut entry, id_length.into())?,
            players: take_u8(&mut entry)?.into(),
            seats: take_u8(&mut entry)?.into(),
            created: take_i64(&mut entry)?,
            meta: [Value::None; META_KEYS_MAX],
        };
        for value in &mut room.meta {
            // A room that is older than the declaration of a meta key has fewer values.
            *value = match take_u8(&mut entry) {
                Some(1) => Value::Int(take_i64(&mut entry)?),
                Some(2) => {
                    let length = take_u16(&mut entry)?;
                    Value::Text(take_text(&mut entry, length)?)
                }
                _ => Value::None,
            };
        }
        Some(room)
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(first)
}

fn take_u8(bytes: &mut &[u8]) -> Option<u8> {
    take(bytes, 1).map(|byte| byte[0])
}

fn take_u16(bytes: &mut &[u8]) -> Option<usize> {
    let two = take(bytes, 2)?.try_into().ok()?;
    Some(u16::from_be_bytes(two).into())
}

fn take_i64(bytes: &mut &[u8]) -> Option<i64> {
    let eight = take(bytes, 8)?.try_into().ok()?;
    Some(i64::from_be_bytes(eight))
}

fn take_text<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a str> {
    str::from_utf8(take(bytes, length)?).ok()
}

/// `settings` and `meta` are JSON texts, because Lua's JSON has no empty objects.
#[derive(Deserialize)]
struct Row {
    room: String,
    code: String,
    name: String,
    host: String,
    host_name: String,
    players: u32,
    seats: u32,
    state: String,
    created: u64,
    settings: String,
    meta: String,
}

impl Row {
    fn into_room(self, game: &str) -> Result<ListedRoom> {
        let wrong = |error| corrupt("room_list", error);
        Ok(ListedRoom {
            room: self.room,
            code: show_code(&self.code),
            name: self.name,
            host: Host {
                player_id: self.host,
                name: self.host_name,
            },
            game: game.to_owned(),
            players: self.players,
            seats: self.seats,
            free: self.seats.saturating_sub(self.players),
            state: self.state,
            created: self.created,
            settings: serde_json::from_str(&self.settings).map_err(wrong)?,
            meta: serde_json::from_str(&self.meta).map_err(wrong)?,
        })
    }
}

impl ListedRoom {
    fn values(&self, pool: &PoolStore) -> Values<'_> {
        let mut meta = [Value::None; META_KEYS_MAX];
        for (value, name) in meta.iter_mut().zip(pool.settings().meta.keys()) {
            *value = match self.meta.get(name) {
                Some(MetaValue::Int(number)) => Value::Int(*number),
                Some(MetaValue::Text(text)) => Value::Text(text),
                None => Value::None,
            };
        }
        Values {
            id: &self.room,
            players: self.players.into(),
            seats: self.seats.into(),
            created: self.created.cast_signed(),
            meta,
        }
    }
}
