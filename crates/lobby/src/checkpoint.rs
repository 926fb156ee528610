//! Checkpoints: what a relay saves of a running match every few seconds, so that another one can go on with it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, corrupt};
use crate::pool::Pool;
use crate::script;
use crate::view::ProjectileView;

/// What a relay saves of a running match every few seconds: what others may see of it, and what resumes it.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The room's id.
    pub room: String,
    /// The relay's id.
    pub relay: String,
    /// The room's epoch.
    pub epoch: u64,
    /// Everybody in the match.
    pub players: Vec<CheckpointPlayer>,
    /// What flies.
    pub projectiles: Vec<ProjectileView>,
    /// What resumes it.
    pub saved: Saved,
}

/// A player of a checkpoint; px.
#[derive(Clone, Debug, Serialize)]
pub struct CheckpointPlayer {
    /// UUID text.
    pub player_id: String,
    /// Right.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// Has a game socket: a sign of life.
    pub online: bool,
}

/// The part of a checkpoint from which another relay goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The last tick in the state.
    pub tick: u32,
    /// The room after that tick.
    pub state: Vec<u8>,
    /// The stream that has the records of later ticks: [`crate::journal::Journal::stream`].
    pub journal: String,
    /// An id in it before all of them: [`crate::journal::Journal::last_id`].
    pub after: String,
    /// The records of the ticks after `replay_from` up to `tick`, each behind its length.
    pub replay: Vec<u8>,
    /// The tick of the last checkpoint that was answered; 0 in a fresh match.
    pub replay_from: u32,
    /// The replay's first line, with its end: with the first checkpoint of a fresh match, which begins its replay.
    pub replay_header: Option<String>,
}

/// A [`Saved`] as [`Pool::claim_room`] gives it to the relay that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedRoom {
    /// The epoch of the relay that wrote it: only its records count.
    pub epoch: u64,
    /// The last tick in the state.
    pub tick: u32,
    /// The room after that tick.
    pub state: Vec<u8>,
    /// For [`crate::Lobby::read_journal`].
    pub journal: String,
    /// An id in that stream before every record after the tick.
    pub after: String,
}

/// The answer to [`Pool::checkpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpointed {
    /// Written.
    Written,
    /// Nothing was written: the lobby has everything up to this tick already, by an answer that was lost. Trim, send again.
    Behind {
        /// The tick of what is there.
        tick: u32,
    },
    /// Nothing was written: the room is not this relay's and epoch's any more. Let go of it.
    Stale,
}

impl Pool {
    /// Every few seconds: positions, presence, projectiles, state and replay in one step; a sign of life of the room and of
    /// each player who is online. A full Redis refuses it ([`Error::Full`]), but still takes the sign of life of the room.
    pub async fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<Checkpointed> {
        let Checkpoint {
            room, relay, epoch, ..
        } = checkpoint;
        if !self.has(room) {
            return Ok(Checkpointed::Stale);
        }
        let written = self.write(checkpoint).await;
        if matches!(written, Err(Error::Full)) {
            let keys = self.room_keys(room, self.keys.seats(room));
            let args = [room.as_str(), relay, &epoch.to_string()];
            let _: u32 = self.run(&script::ROOM_TOUCH, &keys, &args).await?;
        }
        let (kind, tick) = written?;
        match kind.as_str() {
            "written" => Ok(Checkpointed::Written),
            "lost" => {
                tracing::error!(room, tick, "the replay has a gap and is given up");
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
        ];
        args.extend(projectiles.iter().map(String::as_bytes));
        let [record, shadow, projectile] = self.room_keys(room, self.keys.projectiles(room));
        let (state, replay) = (self.keys.checkpoint(room), self.keys.replay(room));
        let keys = [record, shadow, projectile, state, replay];
        self.run_bytes(&script::CHECKPOINT, &keys, &args).await
    }
}

/// What `claim_room.lua` says of the checkpoint besides its state.
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
