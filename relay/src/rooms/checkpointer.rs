//! Writes checkpoints, results and failures of rooms to the lobby. If Redis is slow or unreachable, only the newest
//! checkpoint of a room is kept, and the calls that end rooms are retried until they are answered. Workers never
//! wait.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use edge::Backoff;
use lobby::{Finished, ReplayChunk, Score};
use protocol::CloseCode;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::rooms::checkpoint::leave_out;
use crate::rooms::gathering::Gathering;
use crate::rooms::persist::{call, write};
use crate::shared::Shared;
use crate::worker::messages::{Played, RoomExit, RoomKey, Snapped};

const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// The receiving ends of the workers' reports.
pub(crate) struct Incoming {
    pub(crate) exits: mpsc::UnboundedReceiver<(Arc<RoomKey>, RoomExit)>,
    pub(crate) checkpoints: mpsc::Receiver<Snapped>,
}

/// The calls to the lobby: one at a time for each room, in order.
struct Checkpointer {
    shared: Arc<Shared>,
    queues: HashMap<Arc<RoomKey>, RoomQueue>,
    calls: JoinSet<(Arc<RoomKey>, Call)>,
    /// Rooms whose end is in progress or waits for an earlier call.
    endings: usize,
}

/// The calls of one room.
#[derive(Default)]
struct RoomQueue {
    is_busy: bool,
    /// The newest waiting checkpoint.
    next: Option<Snapped>,
    end: Option<RoomExit>,
}

/// A call that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Checkpoint,
    End,
}

/// Runs until it is stopped; then it waits only for ends of rooms that are in progress.
pub(crate) async fn keep(shared: Arc<Shared>, incoming: Incoming, mut stop: oneshot::Receiver<()>) {
    let mut checkpointer = Checkpointer {
        shared,
        queues: HashMap::new(),
        calls: JoinSet::new(),
        endings: 0,
    };
    let mut exits = incoming.exits;
    let mut checkpoints = Gathering::new(incoming.checkpoints);
    loop {
        tokio::select! {
            biased;
            _ = &mut stop => break,
            Some(Ok((key, call))) = checkpointer.calls.join_next() => checkpointer.handle_done(&key, call),
            snapped = checkpoints.next() => checkpointer.handle_checkpoints(snapped),
            Some((key, exit)) = exits.recv() => {
                // Checkpoints of the room are handled before its end.
                checkpointer.handle_checkpoints(checkpoints.take());
                checkpointer.handle_exit(&key, exit);
            }
        }
    }
    while let Ok((key, exit)) = exits.try_recv() {
        checkpointer.handle_exit(&key, exit);
    }
    while checkpointer.endings > 0
        && let Some(Ok((key, call))) = checkpointer.calls.join_next().await
    {
        checkpointer.handle_done(&key, call);
    }
}

impl Checkpointer {
    fn handle_checkpoints(&mut self, all: Vec<Snapped>) {
        for snapped in all {
            self.handle_checkpoint(snapped);
        }
    }

    fn handle_checkpoint(&mut self, snapped: Snapped) {
        let key = snapped.key.clone();
        let queue = self.queues.entry(key.clone()).or_default();
        if queue.next.replace(snapped).is_some() {
            self.shared.metrics.checkpoints_skipped.inc();
        }
        self.go_on(&key);
    }

    fn handle_exit(&mut self, key: &Arc<RoomKey>, exit: RoomExit) {
        if matches!(exit, RoomExit::Gone) {
            self.shared.directory.forget(key);
            if let Some(queue) = self.queues.get_mut(key) {
                queue.next = None;
            }
            return self.go_on(key);
        }
        let queue = self.queues.entry(key.clone()).or_default();
        if queue.end.replace(exit).is_none() {
            self.endings += 1;
        }
        self.go_on(key);
    }

    fn handle_done(&mut self, key: &Arc<RoomKey>, call: Call) {
        let Some(queue) = self.queues.get_mut(key) else {
            return;
        };
        queue.is_busy = false;
        if call == Call::End {
            self.endings -= 1;
            queue.next = None;
        }
        self.go_on(key);
    }

    /// Begins the room's next call, unless one is in progress. The end of the room takes precedence over a
    /// checkpoint.
    fn go_on(&mut self, key: &Arc<RoomKey>) {
        let Some(queue) = self.queues.get_mut(key).filter(|queue| !queue.is_busy) else {
            return;
        };
        let (shared, key) = (self.shared.clone(), key.clone());
        let (end, next) = (queue.end.take(), queue.next.take());
        queue.is_busy = end.is_some() || next.is_some();
        if let Some(exit) = end {
            self.calls.spawn(async move {
                end_room(&shared, &key, exit).await;
                (key, Call::End)
            });
        } else if let Some(mut snapped) = next {
            self.calls.spawn(async move {
                write(&shared, &mut snapped).await;
                (key, Call::Checkpoint)
            });
        } else if !self.shared.directory.has(&key) {
            self.queues.remove(&key);
        }
    }
}

async fn end_room(shared: &Shared, key: &Arc<RoomKey>, exit: RoomExit) {
    match exit {
        RoomExit::Over(scores, mut snapped) => {
            if let Some(written) = *shared.directory.written(key).lock().await {
                leave_out(&mut snapped.checkpoint.saved, written.tick);
            }
            finish(shared, key, &scores, *snapped).await;
        }
        RoomExit::Failed => {
            conclude(shared, key, Ending::Failed).await;
            shared.directory.forget(key);
        }
        RoomExit::SettingsInvalid => {
            conclude(shared, key, Ending::SettingsInvalid).await;
            shared.directory.forget(key);
        }
        RoomExit::Gone => {}
    }
}

async fn finish(shared: &Shared, key: &RoomKey, scores: &[Score], snapped: Snapped) {
    let saved = snapped.checkpoint.saved;
    let chunk = ReplayChunk {
        bytes: saved.replay,
        from: saved.replay_from,
        to: saved.tick,
    };
    let code = match conclude(shared, key, Ending::Over(scores, &chunk)).await {
        Finished::Done | Finished::Again => CloseCode::MatchOver,
        Finished::Stale => {
            let RoomKey { room, epoch, .. } = key;
            tracing::warn!(room, epoch, "a match ended that another relay owns now");
            CloseCode::Moved
        }
    };
    let (room, epoch) = (&key.room, key.epoch);
    shared.directory.drop_room(room, epoch, code.into()).await;
    if code == CloseCode::MatchOver
        && let Some(score) = scores.first()
    {
        shared.to_verify(Played {
            pool: key.pool.clone(),
            room: room.clone(),
            player: score.player_id.clone(),
        });
    }
}

/// What the lobby is to record about the end of a room.
#[derive(Clone, Copy)]
enum Ending<'a> {
    Over(&'a [Score], &'a ReplayChunk),
    Failed,
    SettingsInvalid,
}

/// Ends the room in the lobby, with its result or without one. The calls are idempotent and are
/// retried until the lobby answers.
async fn conclude(shared: &Shared, key: &RoomKey, ending: Ending<'_>) -> Finished {
    let RoomKey { pool, room, epoch } = key;
    let relay = &shared.config.relay_id;
    let mut backoff = Backoff::new(BACKOFF, BACKOFF_MAX);
    loop {
        let once = async {
            let pool = shared.lobby.pool(pool)?;
            let matches = &pool.matches;
            match ending {
                Ending::Over(scores, chunk) => {
                    matches.finish(room, relay, *epoch, scores, chunk).await
                }
                Ending::Failed => matches.abandon(room, relay, *epoch).await,
                Ending::SettingsInvalid => matches.refuse_settings(room, relay, *epoch).await,
            }
        };
        if let Some(finished) = call(shared, "finish", once).await {
            return finished;
        }
        backoff.wait().await;
    }
}
