//! Drain: a stopping server hands its running matches over. Each room is frozen, saved and handed over, and its
//! players get new tickets. No tick is lost. A room that no other server takes waits in the lobby.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use lobby::HandedOver;
use protocol::CloseCode;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::rooms::persist::write_last;
use crate::shared::Shared;
use crate::worker::messages::{Handover, RESTART, RoomKey, Snapped, ToWorker};

/// Rooms handed over concurrently; the others continue.
const AT_ONCE: usize = 32;
const BACKOFF: Duration = Duration::from_millis(50);
/// Interval between checks for new and finished rooms.
const PAUSE: Duration = Duration::from_millis(10);

/// Hands over every room, and waits until matches that have ended are recorded. Rooms that are left at the deadline
/// stay.
pub(crate) async fn drain(shared: &Arc<Shared>, until: Instant) {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut begun = HashSet::new();
    let mut moving = JoinSet::new();
    while shared.directory.rooms() > 0 && Instant::now() < until {
        for key in shared.directory.hosted() {
            if begun.insert(key.clone()) {
                let (shared, permits) = (shared.clone(), permits.clone());
                moving.spawn(async move {
                    let _permit = permits.acquire().await;
                    move_away(&shared, &key).await;
                });
            }
        }
        while moving.try_join_next().is_some() {}
        tokio::time::sleep(PAUSE).await;
    }
    let left = shared.directory.rooms();
    if left > 0 {
        tracing::warn!(rooms = left, "not all rooms could be handed over in time");
    }
}

async fn move_away(shared: &Shared, key: &Arc<RoomKey>) {
    let is_saved = match freeze(shared, key).await {
        Some(last) => write_last(shared, last).await,
        None => false,
    };
    // A room of a lost worker continues from its last checkpoint and the journal. Otherwise the room is over, or
    // another relay owns it.
    if !is_saved && !shared.directory.is_lost(key) {
        return;
    }
    let RoomKey { room, epoch, .. } = &**key;
    match hand_over(shared, key).await {
        HandedOver::Moved {
            relay,
            url,
            webtransport,
            epoch,
            tickets,
        } => {
            tracing::info!(room, epoch, relay, "handed over");
            shared.metrics.rooms_handed_over.inc();
            let handover = Handover {
                url,
                webtransport,
                epoch,
                tickets,
            };
            let message = |key| ToWorker::Move(key, handover);
            shared.directory.send_to_room(key, message).await;
        }
        HandedOver::Nowhere => {
            tracing::warn!(
                room,
                epoch,
                "no other server takes rooms; the room waits in the lobby"
            );
            shared.directory.drop_room(room, *epoch, RESTART).await;
        }
        HandedOver::Stale => {
            let moved = CloseCode::Moved.into();
            shared.directory.drop_room(room, *epoch, moved).await;
        }
    }
    if shared.directory.is_lost(key) {
        // A lost worker does not report [`RoomExit::Gone`](crate::worker::messages::RoomExit).
        shared.directory.forget(key);
    }
}

/// Stops the room and takes its last checkpoint. None: the room is over, or its worker is lost.
async fn freeze(shared: &Shared, key: &Arc<RoomKey>) -> Option<Snapped> {
    let (reply, mut last) = oneshot::channel();
    let freeze = |key| ToWorker::Freeze(key, reply);
    shared.directory.send_to_room(key, freeze).await;
    while !shared.directory.is_lost(key) {
        if let Ok(last) = timeout(BACKOFF, &mut last).await {
            return last.ok();
        }
    }
    None
}

/// Retried until the lobby answers, because the call is idempotent; the drain's deadline ends the retries.
async fn hand_over(shared: &Shared, key: &RoomKey) -> HandedOver {
    let RoomKey { pool, room, epoch } = key;
    let relay = &shared.config.relay_id;
    loop {
        let handed_over = async {
            shared
                .lobby
                .pool(pool)?
                .matches
                .hand_over(room, relay, *epoch)
                .await
        };
        match handed_over.await {
            Ok(handed_over) => return handed_over,
            Err(error) => {
                shared.metrics.redis_failed("hand_over");
                tracing::warn!(room, epoch, %error, "not handed over yet");
                tokio::time::sleep(BACKOFF).await;
            }
        }
    }
}
