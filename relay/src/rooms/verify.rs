//! Replays finished matches, one at a time and away from the tick threads. A replay whose hashes differ from the
//! recorded ones means that the game is not deterministic, which raises an alarm.

use crate::worker::messages::Played;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use lobby::Replayed;
use tokio::sync::mpsc;

use crate::shared::Shared;

/// Capacity of the queue. A match that finds it full is not verified.
pub(crate) const WAITING_MAX: usize = 256;

/// Verifies matches until the task is aborted.
pub(crate) async fn verify(shared: Arc<Shared>, mut finished: mpsc::Receiver<Played>) {
    while let Some(played) = finished.recv().await {
        let Some(replay) = fetch(&shared, &played).await else {
            continue;
        };
        let games = shared.games.clone();
        let playing = move || catch_unwind(AssertUnwindSafe(|| games.verify(&replay)));
        let playing = tokio::task::spawn_blocking(playing);
        let room = played.room;
        match playing.await {
            Ok(Ok(Ok(mismatches))) => {
                shared.metrics.replays_verified.inc();
                shared.metrics.hash_mismatches.inc_by(u64::from(mismatches));
                if mismatches > 0 {
                    tracing::error!(room, mismatches, "a replay's hash differs");
                }
            }
            Ok(Ok(Err(error))) => {
                shared.metrics.hash_mismatches.inc();
                tracing::error!(room, %error, "a replay cannot be played");
            }
            _ => {
                shared.metrics.hash_mismatches.inc();
                tracing::error!(room, "a replay breaks the game");
            }
        }
    }
}

/// None if there is no replay, if it has a gap, or if Redis is unreachable.
async fn fetch(shared: &Shared, played: &Played) -> Option<Vec<u8>> {
    let pool = shared.lobby.pool(&played.pool).ok()?;
    match pool.replays.read(&played.room, &played.player).await {
        Ok(Replayed::Replay(bytes)) => Some(bytes),
        Ok(Replayed::NotMember | Replayed::Unknown) => None,
        Err(error) => {
            shared.metrics.redis_failed("replay");
            tracing::warn!(room = played.room, %error, "a replay cannot be read");
            None
        }
    }
}
