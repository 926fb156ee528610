//! The players of the sample: they join, receive their notifications, and play a match with the fewest possible
//! calls.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lobby::{
    Checkpoint, CheckpointPlayer, Checkpointed, Claimed, Finished, Join, Lobby, Push, Pushed,
    ReplayChunk, Saved, Score,
};
use serde_json::Value;

use crate::cluster::pool_name;

/// Concurrent calls.
const CALLS: usize = 64;
const EPOCH: u64 = 1;
pub(crate) const BOOT: &str = "fleet";
/// The ticks between two checkpoints.
pub(crate) const CHECKPOINT_TICKS: u32 = 120;

/// A player and their pool.
pub(crate) struct Player {
    pub(crate) id: String,
    pub(crate) pool: String,
}

/// A match that started.
pub(crate) struct Match {
    pool: String,
    room: String,
    relay: String,
    players: Vec<String>,
}

/// The matches that the notifications announced.
#[derive(Default)]
pub(crate) struct Announced {
    matches: Mutex<HashMap<String, Match>>,
}

impl Push for Announced {
    type Error = Infallible;

    async fn push(&self, connection: &str, body: &str) -> Result<Pushed, Infallible> {
        let message: Value = serde_json::from_str(body).unwrap_or_default();
        if message["type"] == "match_started" {
            let room = message["room_id"].as_str().unwrap_or_default();
            let url = message["game"]["url"].as_str().unwrap_or_default();
            let mut matches = self.matches.lock().unwrap_or_else(PoisonError::into_inner);
            let played = matches.entry(room.to_owned()).or_insert_with(|| Match {
                pool: room.split('.').next().unwrap_or_default().to_owned(),
                room: room.to_owned(),
                relay: url.rsplit('/').next().unwrap_or_default().to_owned(),
                players: Vec::new(),
            });
            played.players.push(connection.to_owned());
        }
        Ok(Pushed::Delivered)
    }
}

impl Announced {
    pub(crate) fn into_matches(self) -> Vec<Match> {
        let matches = self
            .matches
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        matches.into_values().collect()
    }
}

/// This number of players, spread over the pools.
pub(crate) fn of(sample: u32, pools: u32) -> Vec<Player> {
    let player = |number: u32| Player {
        id: uuid::Uuid::new_v4().to_string(),
        pool: pool_name(number % pools),
    };
    (0..sample / (pools * 5) * (pools * 5))
        .map(player)
        .collect()
}

/// Opens a lobby socket for each player.
pub(crate) async fn connect(lobby: &Lobby, players: &[Player]) -> Result<()> {
    each(players, async |player: &Player| {
        // The connection has the player's id, so that a notification shows whose it is.
        lobby.sessions.open(&player.id, &player.id).await?;
        Ok(())
    })
    .await
}

/// Joins each player to the queue of their pool.
pub(crate) async fn join(lobby: &Lobby, players: &[Player]) -> Result<()> {
    each(players, async |player: &Player| {
        let join = Join {
            player: &player.id,
            name: "fleet",
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority: 0,
            request: None,
        };
        lobby.pool(&player.pool)?.queue_join(join).await?;
        Ok(())
    })
    .await
}

/// Claims each match on behalf of its relay.
pub(crate) async fn claim(lobby: &Lobby, matches: &[Match]) -> Result<()> {
    each(matches, async |played: &Match| {
        let rooms = lobby.pool(&played.pool)?.matches;
        let claimed = rooms
            .claim_room(&played.room, &played.relay, EPOCH, BOOT)
            .await?;
        ensure!(
            matches!(claimed, Claimed::Room { .. }),
            "{}: not claimed",
            played.room
        );
        Ok(())
    })
    .await
}

/// Saves each match with the state of a room of five players.
pub(crate) async fn checkpoint(lobby: &Lobby, matches: &[Match], saved: &Saved) -> Result<()> {
    each(matches, async |played: &Match| {
        let checkpoint = Checkpoint {
            room: played.room.clone(),
            relay: played.relay.clone(),
            epoch: EPOCH,
            sleeps_ms: 0,
            players: played.players.iter().cloned().map(online).collect(),
            projectiles: Vec::new(),
            saved: saved.clone(),
        };
        let rooms = lobby.pool(&played.pool)?.matches;
        let written = rooms.checkpoint(&checkpoint).await?;
        ensure!(
            written == Checkpointed::Written,
            "{}: {written:?}",
            played.room
        );
        Ok(())
    })
    .await
}

/// Ends each match.
pub(crate) async fn finish(lobby: &Lobby, matches: &[Match], tick: u32) -> Result<()> {
    let chunk = ReplayChunk {
        bytes: Vec::new(),
        from: tick,
        to: tick,
    };
    each(matches, async |played: &Match| {
        let scores: Vec<Score> = played.players.iter().zip(1..).map(score).collect();
        let rooms = lobby.pool(&played.pool)?.matches;
        let finished = rooms
            .finish(&played.room, &played.relay, EPOCH, &scores, &chunk)
            .await?;
        ensure!(finished == Finished::Done, "{}: {finished:?}", played.room);
        Ok(())
    })
    .await
}

/// Runs the call for each item, many concurrently.
async fn each<T>(all: &[T], call: impl AsyncFn(&T) -> Result<()>) -> Result<()> {
    stream::iter(all)
        .map(|one| Ok(call(one)))
        .try_buffer_unordered(CALLS)
        .try_collect::<()>()
        .await
        .context("a call failed")
}

fn online(player_id: String) -> CheckpointPlayer {
    CheckpointPlayer {
        player_id,
        x: 100.0,
        y: 100.0,
        online: true,
    }
}

fn score((player, rank): (&String, u32)) -> Score {
    Score {
        player_id: player.clone(),
        score: 10,
        rank,
        stats: BTreeMap::new(),
    }
}
