//! Every Redis key, every Lua script, every lobby rule: the only crate that names `redis`.
//!
//! This is the agreed outside of the crate; functions and the relay are written against it.
#![allow(clippy::todo, clippy::unused_async, unused_variables, missing_docs, dead_code)]

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The pools there are, by name, with what each overrides. Read from the environment variable `POOLS`, JSON:
/// `{"main": {}, "eu": {"countdown_ms": 3000}}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Pools(pub BTreeMap<String, PoolSettings>);

impl Pools {
    /// Error text names what is wrong: bad JSON, an unknown setting, a pool name that is not `[a-z0-9-]{1,32}`,
    /// min > max, max > 5.
    pub fn parse(json: &str) -> Result<Self, Error> {
        todo!()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolSettings {
    pub seats_min: u32,       // 3
    pub seats_max: u32,       // 5
    pub countdown_ms: u64,    // 10_000
    pub room_ttl_ms: u64,     // 600_000
    pub player_ttl_ms: u64,   // 300_000
    pub claim_room_ms: u64,   // 30_000: a started room that no relay claims within this ends
    pub finished_ttl_ms: u64, // how long a room's leaderboard is kept
    pub attempts_max: u32,    // a candidate who could not be seated so often is told why
}

impl Default for PoolSettings {
    fn default() -> Self {
        todo!()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Redis could not be reached or answered with an error: *maybe applied*.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// Redis is out of memory: nothing was applied.
    #[error("redis is full")]
    Full,
    #[error("no such pool: {0}")]
    UnknownPool(String),
    #[error("configuration: {0}")]
    Config(String),
    /// What a script answered, or what stands in a key, is not what this version writes.
    #[error("corrupt {key}: {why}")]
    Corrupt { key: String, why: String },
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The lobby over one Redis. Cheap to clone. Reconnects by itself, never retries a command.
#[derive(Clone)]
pub struct Lobby {}

impl Lobby {
    pub async fn connect(url: &str, pools: Pools) -> Result<Self> {
        todo!()
    }
    pub fn pools(&self) -> &Pools {
        todo!()
    }
    pub fn pool(&self, name: &str) -> Result<Pool> {
        todo!()
    }
    pub async fn ping(&self) -> Result<()> {
        todo!()
    }

    // ---- players: what the HTTP functions call ----

    /// `POST /lobby/queue`. A sign of life. The same `request` answers the same.
    pub async fn join(&self, pool: &str, join: Join<'_>) -> Result<Joined> {
        todo!()
    }
    /// `DELETE /lobby/queue`: out of the queue or the waiting room, whichever pool.
    pub async fn leave(&self, player: &str, request: Option<&str>) -> Result<Left> {
        todo!()
    }
    /// `DELETE /lobby/match`: forfeits the running match.
    pub async fn forfeit(&self, player: &str, request: Option<&str>) -> Result<Forfeited> {
        todo!()
    }
    /// `GET /lobby/me`. A sign of life; mints a seat ticket when playing.
    pub async fn me(&self, player: &str) -> Result<Me> {
        todo!()
    }
    /// A sign of life without an answer (`ping` on the lobby socket). False: the player is out.
    pub async fn touch(&self, player: &str) -> Result<bool> {
        todo!()
    }
    /// `GET /lobby/rooms/<room>`; None: no such room, or the asker is not in it (told apart by [`RoomAnswer`]).
    pub async fn room(&self, room: &str, asker: &str) -> Result<RoomAnswer> {
        todo!()
    }
    /// `GET /leaderboard` (best first, `limit` 1..=100).
    pub async fn leaderboard(&self, pool: &str, limit: u32) -> Result<Vec<Rank>> {
        todo!()
    }
    /// `GET /leaderboard/<room>`; None: no such finished room (any more).
    pub async fn room_leaderboard(&self, room: &str) -> Result<Option<Vec<Rank>>> {
        todo!()
    }
    pub async fn feedback(&self, player: Option<&str>, text: &str) -> Result<()> {
        todo!()
    }

    // ---- lobby connections: what the socket functions call ----

    /// `$connect`: this connection is now the player's. Returns the connection it supersedes, which the caller closes.
    pub async fn session_open(&self, player: &str, connection: &str) -> Result<Option<String>> {
        todo!()
    }
    /// `$disconnect`, or 410 Gone: only if the mapping still names this connection.
    pub async fn session_close(&self, connection: &str) -> Result<()> {
        todo!()
    }
    /// Whose connection this is.
    pub async fn session_player(&self, connection: &str) -> Result<Option<String>> {
        todo!()
    }

    // ---- relays ----

    /// Every 300 ms: `relay:<id>` (TTL 5 s), `relays`, and the lease in every pool's deadlines (now + 1.5 s).
    pub async fn relay_renew(&self, relay: &RelayInfo) -> Result<()> {
        todo!()
    }
    /// At exit: takes the relay out of `relays`, and its lease due at once.
    pub async fn relay_remove(&self, relay: &str) -> Result<()> {
        todo!()
    }
    /// Redeems a seat ticket, once, at the relay it names.
    pub async fn redeem(&self, ticket: &str, relay: &str) -> Result<Redeemed> {
        todo!()
    }
    /// What this relay must hear, after `last` (`"$"`-free: begin with `"0"`, pass the last id back). Waits up to `wait`.
    /// Uses a connection of its own.
    pub async fn inbox(&self, relay: &str, last: &str, wait: Duration) -> Result<Vec<(String, InboxMessage)>> {
        todo!()
    }
    /// Hints that there is work: `{pool}:events` entries and `expired` notifications, on connections of its own. Ends
    /// never: it resubscribes by itself; a hint lost is found by [`Pool::look`].
    pub async fn hints(&self) -> Result<Hints> {
        todo!()
    }
}

/// A stream of hints.
pub struct Hints {}
impl Hints {
    pub async fn next(&mut self) -> Hint {
        todo!()
    }
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The pool's queue has work (`room-assign`).
    Queue { pool: String },
    /// A shadow key expired (`room-expire`).
    Expired { pool: String },
}

/// One pool of a lobby.
#[derive(Clone)]
pub struct Pool {}

impl Pool {
    pub fn name(&self) -> &str {
        todo!()
    }
    pub fn settings(&self) -> &PoolSettings {
        todo!()
    }

    // ---- functions ----

    /// `room-assign`: clears the dirty mark, seats up to 50 of the queue, starts full rooms on live relays.
    pub async fn assign(&self) -> Result<Assigned> {
        todo!()
    }
    /// `room-expire`: decides every due room, player and relay, at most `limit`.
    pub async fn decide_due(&self, limit: u32) -> Result<Decided> {
        todo!()
    }
    /// `notify`, and the end of every function that changed something: pushes the outbox, in order, one drainer per pool.
    /// Another holds the lease: nothing done, `remainder` false.
    pub async fn drain(&self, push: &impl Push) -> Result<Drained> {
        todo!()
    }
    /// `sweep`: mends what must never be; returns how many of each kind.
    pub async fn mend(&self) -> Result<BTreeMap<String, u64>> {
        todo!()
    }

    // ---- relay ----

    /// Takes or renews `{pool}:bridge` (600 ms). True: this relay is the pool's bridge now.
    pub async fn bridge(&self, relay: &str) -> Result<bool> {
        todo!()
    }
    /// Which functions have work now: due deadlines, due queue entries, outbox. Marks `{pool}:checked`.
    pub async fn look(&self) -> Result<Work> {
        todo!()
    }
    /// The first player in: relay and epoch must match, the boot nonce unset or equal.
    pub async fn claim_room(&self, room: &str, relay: &str, epoch: u64, boot: &str) -> Result<Claimed> {
        todo!()
    }
    /// Once a second: positions, presence, projectiles; a sign of life of each player who is online.
    pub async fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<Checkpointed> {
        todo!()
    }
    /// The match is over: scores to the leaderboards once, players out, room gone, outbox told.
    pub async fn finish(&self, room: &str, relay: &str, epoch: u64, scores: &[Score]) -> Result<Finished> {
        todo!()
    }
    /// The room failed in the relay (a panic, a game that cannot load): ended without scores, players told `room_failed`.
    pub async fn abandon(&self, room: &str, relay: &str, epoch: u64) -> Result<Finished> {
        todo!()
    }
}

/// What carries a push to a lobby connection.
pub trait Push: Send + Sync {
    type Error: std::error::Error + Send + Sync + 'static;
    /// Sends one text message to a connection.
    fn push(&self, connection: &str, body: &str) -> impl Future<Output = Result<Pushed, Self::Error>> + Send;
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    Delivered,
    /// 410: the lobby forgets that connection if it is still the player's.
    Gone,
}

pub struct Join<'a> {
    /// UUID text.
    pub player: &'a str,
    pub name: &'a str,
    /// `#rrggbb`; taken in the room already: the next free one of the palette.
    pub color: Option<&'a str>,
    /// From a claim in the token, 0..=1000; each is worth a second of waiting.
    pub priority: u32,
    /// `Idempotency-Key`.
    pub request: Option<&'a str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// `new`: 202; else 200.
    Queued { position: u64, new: bool },
    Seated { room: String },
    /// 409, with how to rejoin it.
    Playing { room: String, game: GameTicket },
    /// 409.
    OtherPool { pool: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Out now, or was out already.
    Out,
    /// 409: forfeit instead.
    Playing { room: String },
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forfeited {
    Done,
    NotPlaying,
}

/// How to reach a running match. The url is `<public base of the relay><path>`, made by who knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GameTicket {
    /// Absolute when the relay registered one, e.g. `ws://127.0.0.1:8080/game/relay-1`.
    pub url: String,
    pub ticket: String,
    pub relay: String,
    pub epoch: u64,
}

/// `GET /lobby/me`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Me {
    pub status: Status,
    /// Why the player is out, when he did not ask to be: `expired`, `room_closed`, `match_over`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub game: Option<GameTicket>,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Out,
    Queued,
    Seated,
    Playing,
}

pub enum RoomAnswer {
    Room(RoomView),
    /// 404.
    Unknown,
    /// 403.
    NotMember,
}
/// `GET /lobby/rooms/<room>`.
#[derive(Clone, Debug, Serialize)]
pub struct RoomView {
    pub room_id: String,
    pub state: String,
    pub players: BTreeMap<String, PlayerView>,
    pub projectiles: Vec<ProjectileView>,
}
#[derive(Clone, Debug, Serialize)]
pub struct PlayerView {
    /// This stay's id.
    pub sid: String,
    pub name: String,
    /// px; 0 before the match.
    pub x: f64,
    pub y: f64,
    /// `["#rrggbb"]`.
    pub colors: Vec<String>,
    /// ms since 1970.
    pub joined_timestamp: u64,
    pub status: PlayerStatus,
}
#[derive(Clone, Debug, Serialize)]
pub struct PlayerStatus {
    pub online: bool,
    /// Seconds until the record expires without a sign of life.
    pub ttl: i64,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectileView {
    pub x: f64,
    pub y: f64,
    #[serde(rename = "playerUUID")]
    pub player_uuid: String,
}
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rank {
    pub player_id: String,
    pub name: String,
    pub score: i64,
    pub rank: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Assigned {
    pub seated: u64,
    pub started: u64,
    pub skipped: u64,
    /// There is more to do: call again.
    pub remainder: bool,
}
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Decided {
    pub rooms: u64,
    pub players: u64,
    pub relays: u64,
    pub remainder: bool,
}
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Drained {
    pub pushed: u64,
    pub gone: u64,
    pub remainder: bool,
}
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub assign: bool,
    pub decide: bool,
    pub notify: bool,
    /// For `/metrics`: players queued, rooms open, age of the oldest queue entry.
    pub queued: u64,
    pub rooms_open: u64,
    pub oldest_ms: u64,
}

#[derive(Clone, Debug)]
pub struct RelayInfo {
    pub id: String,
    /// Where players reach it: `ws://127.0.0.1:8080/game/relay-1`.
    pub url: String,
    pub rooms: u32,
    pub capacity: u32,
    pub draining: bool,
    /// Unique to this run of the process.
    pub boot: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    Seat { pool: String, player: String, room: String, epoch: u64 },
    /// Unknown, used or expired: 401.
    Invalid,
    /// It names another relay: 403; the ticket is not used up.
    WrongRelay,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// In seat order.
    Room { seed: u64, players: Vec<ClaimedPlayer> },
    /// Another relay's, another epoch's, another boot's, or no such room.
    Stale,
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedPlayer {
    pub player_id: String,
    pub name: String,
    pub colors: Vec<String>,
}

pub struct Checkpoint {
    pub room: String,
    pub relay: String,
    pub epoch: u64,
    pub players: Vec<CheckpointPlayer>,
    pub projectiles: Vec<ProjectileView>,
}
pub struct CheckpointPlayer {
    pub player_id: String,
    pub x: f64,
    pub y: f64,
    pub online: bool,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpointed {
    Written,
    /// The room is not this relay's and epoch's any more: let go of it.
    Stale,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    pub player_id: String,
    pub score: u32,
    pub rank: u32,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    Done,
    /// It was finished by this relay and epoch already.
    Again,
    Stale,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxMessage {
    /// The player gave the seat up (forfeit), or his record expired: he leaves the match.
    Left { room: String, epoch: u64, player: String },
    /// The room was given to another relay or ended: let go of it.
    Moved { room: String, epoch: u64 },
}
