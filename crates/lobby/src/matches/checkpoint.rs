//! Checkpoints: what a relay saves of a running match every few seconds, so that another relay can resume it.

use serde::{Deserialize, Serialize};

use super::Matches;
use crate::error::{Error, Result, corrupt};
use crate::redis::script;
use crate::rooms::ProjectileView;

/// A checkpoint: the state that `GET /lobby/rooms/<room>` shows, and the state that resumes the
/// match.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The room's id.
    pub room: String,
    /// The relay's id.
    pub relay: String,
    /// The room's epoch.
    pub epoch: u64,
    /// How much later than usual the next checkpoint comes, because the room sleeps: the lobby waits that much longer
    /// before it ends the match as lost. 0: the room does not sleep.
    pub sleeps_ms: u64,
    /// All players in the match.
    pub players: Vec<CheckpointPlayer>,
    /// The projectiles in flight.
    pub projectiles: Vec<ProjectileView>,
    /// The state that resumes the match.
    pub saved: Saved,
}

/// A player of a checkpoint; coordinates in px.
#[derive(Clone, Debug, Serialize)]
pub struct CheckpointPlayer {
    /// UUID text.
    pub player_id: String,
    /// The horizontal coordinate, to the right.
    pub x: f64,
    /// The vertical coordinate, downwards.
    pub y: f64,
    /// Whether the player has a game socket, which counts as a sign of life.
    pub online: bool,
}

/// The part of a checkpoint that resumes the match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The last tick in the state.
    pub tick: u32,
    /// The room after that tick.
    pub state: Vec<u8>,
    /// The stream with the records of later ticks: [`crate::journal::Journal::stream`].
    pub journal: String,
    /// An id in that stream before all of these records: [`crate::journal::Journal::last_id`].
    pub after: String,
    /// The records of the ticks after `replay_from` up to `tick`, each preceded by its length.
    pub replay: Vec<u8>,
    /// The tick of the last acknowledged checkpoint; 0 in a new match.
    pub replay_from: u32,
    /// The replay's first line with its line break; only in the first checkpoint of a new match,
    /// which begins the replay.
    pub replay_header: Option<String>,
}

/// A [`Saved`] as [`Matches::claim_room`] returns it to the relay that resumes the match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedRoom {
    /// The epoch of the relay that wrote it: only the records of that epoch count.
    pub epoch: u64,
    /// The last tick in the state.
    pub tick: u32,
    /// The room after that tick.
    pub state: Vec<u8>,
    /// The stream to read with [`crate::journal::Journals::read`].
    pub journal: String,
    /// An id in that stream before every record after the tick.
    pub after: String,
}

/// The answer to [`Matches::checkpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpointed {
    /// Written.
    Written,
    /// Nothing was written: the lobby already has everything up to this tick, from a call whose answer was lost. Trim
    /// the replay and send again.
    Behind {
        /// The last tick that the lobby has.
        tick: u32,
    },
    /// Nothing was written: the room no longer belongs to this relay and epoch. Drop it.
    Stale,
}

impl Matches {
    /// Writes positions, presence, projectiles, state and replay atomically. Counts as a sign of life of the room and
    /// of each player who is online. If Redis is full, the checkpoint is refused ([`Error::Full`]), but the sign of
    /// life of the room still counts.
    pub async fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<Checkpointed> {
        let Checkpoint {
            room, relay, epoch, ..
        } = checkpoint;
        if !self.store.has(room) {
            return Ok(Checkpointed::Stale);
        }
        let written = self.write(checkpoint).await;
        if matches!(written, Err(Error::Full)) {
            let store = &self.store;
            let keys = store.room_keys(room, store.keys.seats(room));
            let args = [room.as_str(), relay, &epoch.to_string()];
            let _: u32 = store.run(&script::ROOM_TOUCH, &keys, &args).await?;
        }
        let (kind, tick) = written?;
        match kind.as_str() {
            "written" => Ok(Checkpointed::Written),
            "lost" => {
                tracing::error!(room, tick, "replay dropped: it has a gap");
                Ok(Checkpointed::Written)
            }
            "behind" => Ok(Checkpointed::Behind { tick }),
            "stale" => Ok(Checkpointed::Stale),
            other => Err(corrupt("checkpoint", other)),
        }
    }

    async fn write(&self, checkpoint: &Checkpoint) -> Result<(String, u32)> {
        let text = |error| corrupt("checkpoint", error);
        let players = serde_json::to_string(&checkpoint.players).map_err(text)?;
        let projectiles = checkpoint.projectiles.iter().map(serde_json::to_string);
        let projectiles: Vec<String> = projectiles.collect::<Result<_, _>>().map_err(text)?;
        let saved = &checkpoint.saved;
        let (epoch, tick, from) = (
            checkpoint.epoch.to_string(),
            saved.tick.to_string(),
            saved.replay_from.to_string(),
        );
        let sleeps_ms = checkpoint.sleeps_ms.to_string();
        let header = saved.replay_header.as_deref().unwrap_or_default();
        let room = &checkpoint.room;
        let mut args: Vec<&[u8]> = vec![
            room.as_bytes(),
            checkpoint.relay.as_bytes(),
            epoch.as_bytes(),
            players.as_bytes(),
            tick.as_bytes(),
            &saved.state,
            saved.journal.as_bytes(),
            saved.after.as_bytes(),
            from.as_bytes(),
            &saved.replay,
            header.as_bytes(),
            sleeps_ms.as_bytes(),
        ];
        args.extend(projectiles.iter().map(String::as_bytes));
        let store = &self.store;
        let [record, shadow, projectile] = store.room_keys(room, store.keys.projectiles(room));
        let (state, replay) = (store.keys.checkpoint(room), store.keys.replay(room));
        let keys = [record, shadow, projectile, state, replay];
        store.run_bytes(&script::CHECKPOINT, &keys, &args).await
    }
}

/// The checkpoint in the answer of `claim_room.lua`, without its state.
#[derive(Deserialize)]
pub(crate) struct SavedHead {
    epoch: u64,
    tick: u32,
    journal: String,
    after: String,
}

impl SavedHead {
    pub(crate) fn with(self, state: Vec<u8>) -> SavedRoom {
        SavedRoom {
            epoch: self.epoch,
            tick: self.tick,
            state,
            journal: self.journal,
            after: self.after,
        }
    }
}
