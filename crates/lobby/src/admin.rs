//! [`Admin`]: what operators see and do. Reads are bounded, and do not count as a sign of life of a player.

mod acts;
mod match_state;
mod relays;
mod rooms;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::bans::{Ban, Bans};
use crate::error::Result;
use crate::players::claims::Claims;
use crate::redis::script;
use crate::sessions::Sessions;
use crate::store::{PoolStore, Stores};
pub use acts::{Drained, KILL_INTERVAL_S, Killed, Removal, Removed, RoomClosed};
pub use match_state::LiveState;
pub use relays::RelayState;
pub use rooms::{ListedRooms, MadeRoomDetail, RoomDetail, RoomMember, RoomRow, is_rooms_cursor};

/// How many calls of the script at most count the rooms of a pool.
const COUNT_STEPS_MAX: u32 = 40;

/// What operators see and do.
#[derive(Clone)]
pub struct Admin {
    stores: Stores,
    claims: Claims,
    bans: Bans,
    sessions: Sessions,
}

/// The state of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolState {
    /// Its name.
    pub pool: String,
    /// Queue entries: players and groups.
    pub queued: u64,
    /// Queued players whose lobby socket closed.
    pub aside: u64,
    /// How many rooms are in each state.
    pub rooms: BTreeMap<String, u64>,
    /// Players in the queue and in rooms.
    pub players: u64,
    /// Messages that are not yet delivered.
    pub outbox: OutboxState,
    /// Why an operator closed the pool.
    pub closed: Option<String>,
    /// The relay that is its bridge.
    pub bridge: Option<String>,
    /// The pool has more rooms than this call counted.
    pub is_partial: bool,
}

/// A pool's pending messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxState {
    /// How many entries.
    pub length: u64,
    /// The age of the oldest entry, in ms; 0 if there is none.
    pub oldest_ms: u64,
}

/// Where a player is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlayerState {
    /// UUID text.
    pub player_id: String,
    /// `out`, `queued`, `seated` or `playing`.
    pub state: String,
    /// Why the player is out, if the lobby removed them recently.
    pub reason: Option<String>,
    /// The pool that holds the player's record.
    pub pool: Option<String>,
    /// The room.
    pub room: Option<String>,
    /// The name that other players see.
    pub name: Option<String>,
    /// The place in the queue, from 1.
    pub position: Option<u64>,
    /// In a match: whether the player has a game socket.
    pub online: bool,
    /// The player's lobby socket is closed.
    pub away: bool,
    /// When the lobby removes the player unless there is a sign of life, in ms since 1970.
    pub expires_ms: Option<u64>,
    /// Whether the player has a lobby socket.
    pub connected: bool,
    /// The pool of the player's claim.
    pub claim: Option<String>,
    /// The player's ban.
    pub ban: Option<Ban>,
}

#[derive(Deserialize)]
struct Counts {
    queued: u64,
    aside: u64,
    outbox_length: u64,
    outbox_oldest_ms: u64,
    closed: Option<String>,
    bridge: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    state: String,
    nonce: String,
    reason: Option<String>,
    room: Option<String>,
    name: Option<String>,
    position: Option<u64>,
    online: bool,
    away: bool,
    expires_ms: Option<u64>,
}

impl Admin {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
            claims: Claims::new(stores),
            bans: Bans::new(stores),
            sessions: Sessions::new(stores),
        }
    }

    /// The state of every pool, in the order of their names.
    pub async fn pools(&self) -> Result<Vec<PoolState>> {
        let pools = self.stores.all();
        try_join_all(pools.iter().map(|pool| self.pool(pool))).await
    }

    /// Where a player is, by UUID text.
    pub async fn player(&self, player: &str) -> Result<PlayerState> {
        let pools = self.stores.all();
        let found = try_join_all(pools.iter().map(|pool| record(pool, player))).await?;
        let is_live = |record: &Record| record.state != "out";
        let newest = found
            .into_iter()
            .flatten()
            .max_by_key(|(_, record)| (is_live(record), record.nonce.parse::<u64>().unwrap_or(0)));
        let key = crate::keys::claim(player);
        let (claim, ban, connection) = tokio::try_join!(
            self.claims.read(&key),
            self.bans.of(player),
            self.sessions.connection_of(player),
        )?;
        let (pool, record) = newest.unzip();
        Ok(PlayerState {
            player_id: player.to_owned(),
            pool,
            connected: connection.is_some(),
            claim: claim.map(|claim| claim.pool),
            ban,
            ..PlayerState::of(record.as_ref())
        })
    }

    async fn pool(&self, pool: &PoolStore) -> Result<PoolState> {
        let counts = pool.run_json::<Counts>("pool_counts", &script::POOL_COUNTS, &[], &[]);
        let (counts, walk) = tokio::try_join!(counts, rooms::walk(pool, COUNT_STEPS_MAX))?;
        let (mut rooms, mut seen) = (BTreeMap::new(), BTreeSet::new());
        for state in ["gathering", "matched", "open", "started"] {
            rooms.insert(state.to_owned(), 0);
        }
        let mut players = counts.queued + counts.aside;
        for row in walk.rows.iter().filter(|row| seen.insert(&row.room)) {
            *rooms.entry(row.state.clone()).or_default() += 1;
            // A group counts as its players.
            players = players.saturating_sub(u64::from(row.queued)) + row.players;
        }
        Ok(PoolState {
            pool: pool.name().to_owned(),
            queued: counts.queued,
            aside: counts.aside,
            rooms,
            players,
            outbox: OutboxState {
                length: counts.outbox_length,
                oldest_ms: counts.outbox_oldest_ms,
            },
            closed: counts.closed,
            bridge: counts.bridge,
            is_partial: walk.is_partial,
        })
    }
}

impl PlayerState {
    /// The state in the record; empty without a record.
    fn of(known: Option<&Record>) -> Self {
        Self {
            player_id: String::new(),
            state: known.map_or("out", |it| it.state.as_str()).to_owned(),
            reason: known.and_then(|it| it.reason.clone()),
            pool: None,
            room: known.and_then(|it| it.room.clone()),
            name: known.and_then(|it| it.name.clone()),
            position: known.and_then(|it| it.position),
            online: known.is_some_and(|it| it.online),
            away: known.is_some_and(|it| it.away),
            expires_ms: known.and_then(|it| it.expires_ms),
            connected: false,
            claim: None,
            ban: None,
        }
    }
}

/// A pool's record of the player.
async fn record(pool: &PoolStore, player: &str) -> Result<Option<(String, Record)>> {
    let found: Option<Record> = pool
        .run_json("player_detail", &script::PLAYER_DETAIL, &[], &[player])
        .await?;
    Ok(found.map(|record| (pool.name().to_owned(), record)))
}
