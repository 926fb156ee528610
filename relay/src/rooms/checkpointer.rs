//! Writes checkpoints, scores and failures of rooms to the lobby. If Redis is slow or unreachable,
//! only the newest checkpoint of a room is kept, and endings are retried until they are answered.
//! Workers never wait.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use game::Game;
use lobby::{Finished, ReplayChunk, Score};
use protocol::CloseCode;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::backoff::Backoff;
use crate::rooms::checkpoint::{self, leave_out};
use crate::rooms::gathering::Gathering;
use crate::shared::Shared;
use crate::worker::messages::Played;
use crate::worker::messages::{Confirmed, RoomExit, RoomKey, Snapped, ToWorker};

/// An answer that takes longer is treated as lost.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// The receiving ends of the workers' reports.
pub(crate) struct Incoming {
    pub(crate) exits: mpsc::UnboundedReceiver<(Arc<RoomKey>, RoomExit)>,
    pub(crate) checkpoints: mpsc::Receiver<Snapped>,
}

/// Calls to the lobby, one at a time for each room, so that their order is kept.
struct Checkpointer<G: Game> {
    shared: Arc<Shared<G>>,
    queues: HashMap<Arc<RoomKey>, RoomQueue>,
    calls: JoinSet<(Arc<RoomKey>, Answer)>,
    /// Rooms whose end is under way, or waits for the call before it.
    endings: usize,
}

/// One room's.
#[derive(Default)]
struct RoomQueue {
    is_busy: bool,
    /// The newest checkpoint, when there is one that waits.
    next: Option<Snapped>,
    end: Option<RoomExit>,
    /// The lobby has everything up to this tick.
    written: u32,
}

/// The result of a call.
enum Answer {
    /// The lobby has everything up to this tick.
    Written(u32),
    /// It did not answer, or the room is not ours any more.
    Nothing,
    /// The room is finished.
    Ended,
}

/// Runs until it is stopped; then it waits only for endings in progress.
pub(crate) async fn keep<G: Game + Send + 'static>(
    shared: Arc<Shared<G>>,
    incoming: Incoming,
    mut stop: oneshot::Receiver<()>,
) {
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
            Some(Ok((key, answer))) = checkpointer.calls.join_next() => checkpointer.handle_answer(&key, &answer),
            snapped = checkpoints.next() => checkpointer.handle_checkpoints(snapped),
            Some((key, exit)) = exits.recv() => {
                // A room's last checkpoint before its end.
                checkpointer.handle_checkpoints(checkpoints.take());
                checkpointer.handle_exit(&key, exit);
            }
        }
    }
    while let Ok((key, exit)) = exits.try_recv() {
        checkpointer.handle_exit(&key, exit);
    }
    while checkpointer.endings > 0
        && let Some(Ok((key, answer))) = checkpointer.calls.join_next().await
    {
        checkpointer.handle_answer(&key, &answer);
    }
}

impl<G: Game + Send + 'static> Checkpointer<G> {
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

    fn handle_answer(&mut self, key: &Arc<RoomKey>, answer: &Answer) {
        let Some(queue) = self.queues.get_mut(key) else {
            return;
        };
        queue.is_busy = false;
        match *answer {
            Answer::Written(tick) => queue.written = tick,
            Answer::Nothing => {}
            Answer::Ended => {
                self.endings -= 1;
                queue.next = None;
            }
        }
        self.go_on(key);
    }

    /// Begins the room's next call, unless one is under way: its end rather than one more checkpoint.
    fn go_on(&mut self, key: &Arc<RoomKey>) {
        let Some(queue) = self.queues.get_mut(key).filter(|queue| !queue.is_busy) else {
            return;
        };
        let (shared, key, written) = (self.shared.clone(), key.clone(), queue.written);
        let (end, next) = (queue.end.take(), queue.next.take());
        queue.is_busy = end.is_some() || next.is_some();
        if let Some(exit) = end {
            self.calls.spawn(async move {
                end_room(&shared, &key, exit, written).await;
                (key, Answer::Ended)
            });
        } else if let Some(mut snapped) = next {
            leave_out(&mut snapped.checkpoint.saved, written);
            self.calls.spawn(async move {
                let answer = write(&shared, &mut snapped).await;
                (key, answer)
            });
        } else if !self.shared.directory.has(&key) {
            self.queues.remove(&key);
        }
    }
}

/// One attempt to write a checkpoint; the worker is notified of success.
async fn write<G: Game + Send + 'static>(shared: &Shared<G>, snapped: &mut Snapped) -> Answer {
    let Snapped {
        key,
        checkpoint,
        made,
    } = snapped;
    let written = call(shared, "checkpoint", async {
        checkpoint::write(&shared.lobby.pool(&key.pool)?, checkpoint).await
    });
    match written.await {
        Some(Some(tick)) => {
            shared
                .metrics
                .checkpoint_lag
                .observe(made.elapsed().as_secs_f64());
            let confirmed = Confirmed { tick, made: *made };
            let message = |key| ToWorker::Saved(key, confirmed);
            shared.directory.tell(key, message).await;
            Answer::Written(tick)
        }
        Some(None) => {
            let RoomKey { room, epoch, .. } = &**key;
            tracing::warn!(room, epoch, "the room is not ours any more");
            let moved = CloseCode::Moved.into();
            shared.directory.drop_room(room, *epoch, moved).await;
            Answer::Nothing
        }
        None => Answer::Nothing,
    }
}

async fn end_room<G: Game + Send + 'static>(
    shared: &Shared<G>,
    key: &Arc<RoomKey>,
    exit: RoomExit,
    written: u32,
) {
    match exit {
        RoomExit::Over(scores, mut snapped) => {
            leave_out(&mut snapped.checkpoint.saved, written);
            finish(shared, key, &scores, *snapped).await;
        }
        RoomExit::Frozen(mut snapped, reply) => {
            leave_out(&mut snapped.checkpoint.saved, written);
            let is_written = write_last(shared, &mut snapped, &reply).await;
            let _ = reply.send(is_written);
        }
        RoomExit::Failed => {
            conclude(shared, key, None).await;
            shared.directory.forget(key);
        }
        RoomExit::Gone => {}
    }
}

/// Writes the last checkpoint of a frozen room, while the reply is awaited. True: it is written.
async fn write_last<G: Game + Send + 'static>(
    shared: &Shared<G>,
    snapped: &mut Snapped,
    reply: &oneshot::Sender<bool>,
) -> bool {
    while !reply.is_closed() {
        let RoomKey { room, epoch, .. } = &*snapped.key.clone();
        match write(shared, snapped).await {
            Answer::Written(_) => return true,
            _ if !shared.directory.has(&snapped.key) => return false,
            _ => tracing::warn!(room, epoch, "the last checkpoint is not written yet"),
        }
        tokio::time::sleep(BACKOFF).await;
    }
    false
}

async fn finish<G: Game + Send + 'static>(
    shared: &Shared<G>,
    key: &RoomKey,
    scores: &[Score],
    snapped: Snapped,
) {
    let saved = snapped.checkpoint.saved;
    let chunk = ReplayChunk {
        bytes: saved.replay,
        from: saved.replay_from,
        to: saved.tick,
    };
    let code = match conclude(shared, key, Some((scores, &chunk))).await {
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

/// Ends the room in the lobby, with its result or as failed. Both calls are idempotent and are
/// retried until the lobby answers.
async fn conclude<G: Game>(
    shared: &Shared<G>,
    key: &RoomKey,
    result: Option<(&[Score], &ReplayChunk)>,
) -> Finished {
    let RoomKey { pool, room, epoch } = key;
    let relay = &shared.config.relay_id;
    let mut backoff = Backoff::new(BACKOFF, BACKOFF_MAX);
    loop {
        let once = async {
            let pool = shared.lobby.pool(pool)?;
            match result {
                Some((scores, chunk)) => {
                    pool.matches
                        .finish(room, relay, *epoch, scores, chunk)
                        .await
                }
                None => pool.matches.abandon(room, relay, *epoch).await,
            }
        };
        if let Some(finished) = call(shared, "finish", once).await {
            return finished;
        }
        backoff.wait().await;
    }
}

/// One call: None when it failed or took too long, which is counted, and logged once an outage; it may have been applied.
async fn call<G: Game, T>(
    shared: &Shared<G>,
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
        tracing::debug!(call = name, why, after_ms, "the lobby fails");
    }
    None
}
