//! Checkpoints of a room: takes them, and writes them without the records that the lobby already has.

use std::sync::Arc;
use std::time::{Duration, Instant};

use game::Game;
use lobby::{Checkpoint, CheckpointPlayer, Checkpointed, Pool, ProjectileView, Saved};
use protocol::record::{peek_tick, prefixed, push_prefixed};
use room::Room;
use tokio::sync::Mutex;

use crate::worker::messages::{Confirmed, RoomKey, Snapped};

/// Maximum consecutive replies in which the lobby is ahead. One such reply follows a lost reply.
const AHEAD_MAX: u32 = 3;

/// A position in the journal of a worker's rooms: the last acknowledged entry. Empty: there is no journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) stream: String,
    pub(crate) after: String,
}

/// What the lobby has of a room since it was claimed. It is locked while a checkpoint is written, so the checkpoints
/// of a room arrive in order.
pub(crate) type Written = Mutex<Option<Confirmed>>;

/// Takes a checkpoint of a room whose next one follows after `sleep`. `header` is the header of a new match's replay.
pub(crate) fn snap<G: Game>(
    key: &Arc<RoomKey>,
    relay: &str,
    room: &mut Room<G>,
    place: Place,
    header: Option<String>,
    sleep: Duration,
) -> Snapped {
    let mirror = room.mirror();
    let player = |player: room::MirrorPlayer| CheckpointPlayer {
        player_id: player.player_id,
        x: player.x,
        y: player.y,
        online: player.online,
    };
    let projectile = |projectile: room::MirrorProjectile| ProjectileView {
        x: projectile.x,
        y: projectile.y,
        player_uuid: projectile.player_id,
    };
    let saved = room.save();
    let checkpoint = Checkpoint {
        room: key.room.clone(),
        relay: relay.to_owned(),
        epoch: key.epoch,
        sleeps_ms: sleep.as_millis() as u64,
        players: mirror.players.into_iter().map(player).collect(),
        projectiles: mirror.projectiles.into_iter().map(projectile).collect(),
        saved: Saved {
            tick: saved.tick,
            state: saved.state,
            journal: place.stream,
            after: place.after,
            replay: saved.replay,
            replay_from: saved.replay_from,
            replay_header: header,
        },
    };
    Snapped {
        key: key.clone(),
        checkpoint,
        made: Instant::now(),
    }
}

/// Writes the checkpoint without the records that the lobby already has. Returns its tick, or None if the room
/// belongs to another relay.
pub(crate) async fn write(pool: &Pool, checkpoint: &mut Checkpoint) -> lobby::Result<Option<u32>> {
    for _ in 0..AHEAD_MAX {
        let tick = match pool.matches.checkpoint(checkpoint).await? {
            Checkpointed::Written => return Ok(Some(checkpoint.saved.tick)),
            Checkpointed::Stale => return Ok(None),
            Checkpointed::Behind { tick } => tick,
        };
        if tick >= checkpoint.saved.tick {
            return Ok(Some(tick));
        }
        leave_out(&mut checkpoint.saved, tick);
    }
    Err(lobby::Error::Corrupt {
        key: checkpoint.room.clone(),
        why: "the replay never has the expected end".to_owned(),
    })
}

/// Removes the records up to this tick, which the lobby already has.
pub(crate) fn leave_out(saved: &mut Saved, tick: u32) {
    if tick <= saved.replay_from {
        return;
    }
    let mut rest = Vec::new();
    for record in prefixed(&saved.replay) {
        if peek_tick(record).is_ok_and(|of| of > tick) {
            push_prefixed(record, &mut rest);
        }
    }
    saved.replay = rest;
    saved.replay_from = tick.min(saved.tick);
}
