//! [`Matches`]: the operations of a relay on its running matches: claim the room, save checkpoints, hand over,
//! finish.
//!
//! Every write carries room, relay and epoch. If the room belongs to another relay by then, nothing is written.

mod checkpoint;
mod handover;
mod late;
mod recording;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Result, corrupt};
use crate::redis::script;
use crate::replays::ReplayChunk;
use crate::store::PoolStore;
use checkpoint::SavedHead;
pub use checkpoint::{Checkpoint, CheckpointPlayer, Checkpointed, Saved, SavedRoom};
pub use handover::HandedOver;
pub use late::{Offered, SeatReturn};
pub use recording::{RECORDING_BYTES_MAX, Recorded};

/// The running matches of a pool.
#[derive(Clone)]
pub struct Matches {
    store: PoolStore,
}

/// The answer to [`Matches::claim_room`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// This relay owns the room now.
    Room {
        /// The game's seed.
        seed: u64,
        /// The game's settings that the room's host chose; the others come from the pool.
        settings: BTreeMap<String, i64>,
        /// The players currently in it, in seat order.
        players: Vec<ClaimedPlayer>,
        /// The checkpoint from which the match resumes; None for a new match.
        saved: Option<SavedRoom>,
    },
    /// The room belongs to another relay, epoch or boot, or does not exist.
    Stale,
}

/// A player of a claimed room.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ClaimedPlayer {
    /// UUID text.
    pub player_id: String,
    /// The name that other players see.
    pub name: String,
    /// The colours: `["#rrggbb"]`.
    pub colors: Vec<String>,
    /// The team, in a pool with teams.
    #[serde(default)]
    pub team: Option<u8>,
    /// The seat, for a player who joined the running match.
    #[serde(default)]
    pub late: Option<u8>,
    /// The claim `game` of the player's token; empty without it.
    #[serde(default)]
    pub game: String,
}

impl ClaimedPlayer {
    /// Whether the player is a bot: a bot's id is a UUID of version 8.
    pub fn is_bot(&self) -> bool {
        self.player_id.as_bytes().get(14) == Some(&b'8')
    }
}

/// A player's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// UUID text.
    pub player_id: String,
    /// Added to the leaderboard.
    pub score: u32,
    /// From 1, as the game determined it.
    pub rank: u32,
    /// Stats by name; empty for a game without stats.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stats: BTreeMap<String, i32>,
}

/// The answer to [`Matches::finish`] and [`Matches::abandon`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// The match is over now.
    Done,
    /// This relay and epoch had already finished it.
    Again,
    /// The room no longer belongs to this relay and epoch.
    Stale,
}

impl Matches {
    pub(crate) fn new(store: &PoolStore) -> Self {
        Self {
            store: store.clone(),
        }
    }

    /// Claims a room when its first player connects. Relay and epoch must match, and the boot nonce must be unset or
    /// equal.
    pub async fn claim_room(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        boot: &str,
    ) -> Result<Claimed> {
        let store = &self.store;
        if !store.has(room) {
            return Ok(Claimed::Stale);
        }
        let [record, shadow, seats] = store.room_keys(room, store.keys.seats(room));
        let keys = [record, shadow, seats, store.keys.checkpoint(room)];
        let args = [room, relay, &epoch.to_string(), boot];
        let (text, state): (String, Option<Vec<u8>>) =
            store.run(&script::CLAIM_ROOM, &keys, &args).await?;
        let answer: ClaimAnswer =
            serde_json::from_str(&text).map_err(|error| corrupt("claim_room", error))?;
        if !answer.claimed {
            return Ok(Claimed::Stale);
        }
        let seed = answer
            .seed
            .parse()
            .map_err(|error| corrupt(&keys[0], error))?;
        let settings = serde_json::from_str(&answer.settings);
        Ok(Claimed::Room {
            seed,
            settings: settings.map_err(|error| corrupt(&keys[0], error))?,
            players: answer.players,
            saved: answer
                .saved
                .zip(state)
                .map(|(head, state)| head.with(state)),
        })
    }

    /// Ends the match: adds the scores to the leaderboards once, releases the players, disposes of the room and
    /// notifies the players. Every player who was in the match at its start counts, even after a forfeit. A bot (a
    /// UUID of version 8) counts in the leaderboard of the match, not of the pool.
    pub async fn finish(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        scores: &[Score],
        chunk: &ReplayChunk,
    ) -> Result<Finished> {
        let scores = serde_json::to_string(scores).map_err(|error| corrupt("scores", error))?;
        let result = ("match_over", scores.as_str());
        self.end(room, relay, epoch, result, chunk).await
    }

    /// Ends a match that failed in the relay (a panic, a game that cannot load), without scores and replay. The
    /// players are removed with the reason `room_failed`.
    pub async fn abandon(&self, room: &str, relay: &str, epoch: u64) -> Result<Finished> {
        let result = ("room_failed", "[]");
        self.end(room, relay, epoch, result, &ReplayChunk::default())
            .await
    }

    /// Ends a match whose game refuses the settings that the room's host chose. The players are removed with the
    /// reason `settings_invalid`.
    pub async fn refuse_settings(&self, room: &str, relay: &str, epoch: u64) -> Result<Finished> {
        let result = ("settings_invalid", "[]");
        self.end(room, relay, epoch, result, &ReplayChunk::default())
            .await
    }

    async fn end(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        (reason, scores): (&str, &str),
        chunk: &ReplayChunk,
    ) -> Result<Finished> {
        if !self.store.has(room) {
            return Ok(Finished::Stale);
        }
        let (epoch, from, to) = (
            epoch.to_string(),
            chunk.from.to_string(),
            chunk.to.to_string(),
        );
        let keys = self.end_keys(room, relay, &epoch);
        let text = [room, relay, &epoch, reason, scores, &from, &to].map(str::as_bytes);
        let args: Vec<&[u8]> = text.into_iter().chain([chunk.bytes.as_slice()]).collect();
        let answer: String = self
            .store
            .run_bytes(&script::MATCH_FINISH, &keys, &args)
            .await?;
        match answer.as_str() {
            "done" => Ok(Finished::Done),
            "lost" => {
                tracing::error!(room, "replay dropped: it has a gap");
                Ok(Finished::Done)
            }
            "again" => Ok(Finished::Again),
            "stale" => Ok(Finished::Stale),
            other => Err(corrupt("match_finish", other)),
        }
    }

    fn end_keys(&self, room: &str, relay: &str, epoch: &str) -> [String; 9] {
        let keys = &self.store.keys;
        let [record, shadow, seats] = self.store.room_keys(room, keys.seats(room));
        [
            record,
            shadow,
            seats,
            keys.leaderboard(),
            keys.room_leaderboard(room),
            keys.names(),
            keys.request(relay, &format!("finish.{room}.{epoch}")),
            keys.replay(room),
            keys.room_names(room),
        ]
    }
}

#[derive(Deserialize)]
struct ClaimAnswer {
    claimed: bool,
    #[serde(default)]
    seed: String,
    /// JSON.
    #[serde(default = "no_settings")]
    settings: String,
    #[serde(default)]
    players: Vec<ClaimedPlayer>,
    #[serde(default)]
    saved: Option<SavedHead>,
}

fn no_settings() -> String {
    "{}".to_owned()
}
