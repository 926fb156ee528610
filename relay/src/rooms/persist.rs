//! Writes a room's checkpoints to the lobby, one at a time.

use std::time::{Duration, Instant};

use protocol::CloseCode;

use crate::rooms::checkpoint::{self, leave_out};
use crate::shared::Shared;
use crate::worker::messages::{Confirmed, RoomKey, Snapped, ToWorker};

/// An answer that takes longer is treated as lost.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Delay after a failed attempt to write a last checkpoint.
const BACKOFF: Duration = Duration::from_millis(100);

/// Makes one attempt to write a checkpoint, after the one in flight. Notifies the worker of success. Returns true if
/// the lobby has this checkpoint or a newer one.
pub(crate) async fn write(shared: &Shared, snapped: &mut Snapped) -> bool {
    let Snapped {
        key,
        checkpoint,
        made,
    } = snapped;
    let written = shared.directory.written(key);
    let mut written = written.lock().await;
    if let Some(before) = *written {
        // After the last checkpoint the room may belong to another relay: this older checkpoint is late.
        if before.made > *made {
            return true;
        }
        leave_out(&mut checkpoint.saved, before.tick);
    }
    let answer = call(shared, "checkpoint", async {
        checkpoint::write(&shared.lobby.pool(&key.pool)?, checkpoint).await
    });
    let Some(answer) = answer.await else {
        return false;
    };
    if let Some(tick) = answer {
        let confirmed = Confirmed { tick, made: *made };
        *written = Some(confirmed);
        drop(written);
        let lag = made.elapsed().as_secs_f64();
        shared.metrics.checkpoint_lag.observe(lag);
        let message = |key| ToWorker::Saved(key, confirmed);
        shared.directory.send_to_room(key, message).await;
        true
    } else {
        drop(written);
        let RoomKey { room, epoch, .. } = &**key;
        tracing::warn!(room, epoch, "the room no longer belongs to this server");
        let moved = CloseCode::Moved.into();
        shared.directory.drop_room(room, *epoch, moved).await;
        false
    }
}

/// Writes the last checkpoint of a frozen room. Returns false if the room belongs to another relay
/// or its worker is lost.
pub(crate) async fn write_last(shared: &Shared, mut last: Snapped) -> bool {
    while shared.directory.has(&last.key) && !shared.directory.is_lost(&last.key) {
        if write(shared, &mut last).await {
            return true;
        }
        let RoomKey { room, epoch, .. } = &*last.key;
        tracing::warn!(room, epoch, "the last checkpoint is not written yet");
        tokio::time::sleep(BACKOFF).await;
    }
    false
}

/// Makes one call to the lobby. Returns None if it failed or took too long; it may have been applied. Failures are
/// counted, and logged once per outage.
pub(crate) async fn call<T>(
    shared: &Shared,
    name: &'static str,
    call: impl Future<Output = lobby::Result<T>>,
) -> Option<T> {
    let began = Instant::now();
    let why = match tokio::time::timeout(CALL_TIMEOUT, call).await {
        Ok(Ok(answer)) => {
            if shared.set_fails(false) {
                tracing::info!(call = name, "the lobby answers again");
            }
            return Some(answer);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer".to_owned(),
    };
    shared.metrics.redis_failed(name);
    let after_ms = began.elapsed().as_millis() as u64;
    if shared.set_fails(true) {
        tracing::warn!(
            call = name,
            why,
            after_ms,
            "calls to the lobby fail; matches continue"
        );
    } else {
        tracing::debug!(call = name, why, after_ms, "a call to the lobby failed");
    }
    None
}
