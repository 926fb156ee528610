//! Carries what happens in rooms to the lobby: checkpoints once a second, scores once a match, failures. Redis may be slow or
//! away: of checkpoints only the newest is kept, endings are repeated until they are answered, and no worker ever waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use game::Game;
use lobby::{Checkpointed, Finished, Score};
use protocol::CloseCode;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::report::{Fate, RoomKey, Snapped};
use crate::server::Shared;

/// An answer that takes longer is treated as lost.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// The receiving ends of the workers' reports.
pub(crate) struct Incoming {
    pub(crate) fates: mpsc::UnboundedReceiver<(Arc<RoomKey>, Fate)>,
    pub(crate) checkpoints: mpsc::Receiver<Snapped>,
}

/// What is under way to the lobby. For each room at most one checkpoint is, and the newest one waits behind it.
struct Keeper<G: Game> {
    shared: Arc<Shared<G>>,
    waiting: HashMap<Arc<RoomKey>, Option<Snapped>>,
    writing: JoinSet<Arc<RoomKey>>,
    ending: JoinSet<()>,
}

/// Runs until it is told to stop; then only the endings under way are still waited for.
pub(crate) async fn keep<G: Game + Send + 'static>(
    shared: Arc<Shared<G>>,
    mut incoming: Incoming,
    mut stop: oneshot::Receiver<()>,
) {
    let mut keeper = Keeper {
        shared,
        waiting: HashMap::new(),
        writing: JoinSet::new(),
        ending: JoinSet::new(),
    };
    loop {
        tokio::select! {
            Some((key, fate)) = incoming.fates.recv() => keeper.handle_fate(key, fate),
            Some(snapped) = incoming.checkpoints.recv() => keeper.handle_checkpoint(snapped),
            Some(written) = keeper.writing.join_next() => keeper.handle_written(written.ok()),
            Some(_) = keeper.ending.join_next() => {}
            _ = &mut stop => break,
        }
    }
    while let Ok((key, fate)) = incoming.fates.try_recv() {
        keeper.handle_fate(key, fate);
    }
    while keeper.ending.join_next().await.is_some() {}
}

impl<G: Game + Send + 'static> Keeper<G> {
    fn handle_checkpoint(&mut self, snapped: Snapped) {
        if let Some(waiting) = self.waiting.get_mut(&snapped.key) {
            if waiting.replace(snapped).is_some() {
                self.shared.metrics.checkpoints_skipped.add(1);
            }
            return;
        }
        self.waiting.insert(snapped.key.clone(), None);
        self.write(snapped);
    }

    fn write(&mut self, snapped: Snapped) {
        let shared = self.shared.clone();
        self.writing.spawn(async move {
            let key = snapped.key.clone();
            write_checkpoint(&shared, snapped).await;
            key
        });
    }

    fn handle_written(&mut self, key: Option<Arc<RoomKey>>) {
        let Some(key) = key else { return };
        match self.waiting.get_mut(&key).and_then(Option::take) {
            Some(next) => self.write(next),
            None => drop(self.waiting.remove(&key)),
        }
    }

    fn handle_fate(&mut self, key: Arc<RoomKey>, fate: Fate) {
        let shared = self.shared.clone();
        match fate {
            Fate::Gone => shared.directory.forget(&key),
            Fate::Over(scores) => drop(
                self.ending
                    .spawn(async move { finish(&shared, &key, &scores).await }),
            ),
            Fate::Failed => drop(
                self.ending
                    .spawn(async move { abandon(&shared, &key).await }),
            ),
        }
    }
}

async fn write_checkpoint<G: Game + Send + 'static>(shared: &Shared<G>, snapped: Snapped) {
    let Snapped {
        key,
        checkpoint,
        made,
    } = snapped;
    let written = call(shared, "checkpoint", async {
        shared.lobby.pool(&key.pool)?.checkpoint(&checkpoint).await
    });
    match written.await {
        Some(Checkpointed::Written) => shared.metrics.checkpoint_lag.observe(made.elapsed()),
        Some(Checkpointed::Stale) => {
            tracing::warn!(
                room = key.room,
                epoch = key.epoch,
                "the room is not ours any more"
            );
            shared
                .directory
                .drop_room(&key.room, key.epoch, CloseCode::Moved)
                .await;
        }
        None => {}
    }
}

async fn finish<G: Game + Send + 'static>(shared: &Shared<G>, key: &RoomKey, scores: &[Score]) {
    let code = match end_room(shared, key, Some(scores)).await {
        Finished::Done | Finished::Again => CloseCode::MatchOver,
        Finished::Stale => {
            tracing::warn!(
                room = key.room,
                epoch = key.epoch,
                "a match ended that is not ours any more"
            );
            CloseCode::Moved
        }
    };
    shared.directory.drop_room(&key.room, key.epoch, code).await;
}

async fn abandon<G: Game + Send + 'static>(shared: &Shared<G>, key: &RoomKey) {
    end_room(shared, key, None).await;
    shared.directory.forget(key);
}

/// Ends the room in the lobby, with scores or as failed. Either may be repeated, so it is, until the lobby answers.
async fn end_room<G: Game>(
    shared: &Shared<G>,
    key: &RoomKey,
    scores: Option<&[Score]>,
) -> Finished {
    let RoomKey { pool, room, epoch } = key;
    let relay = &shared.config.relay_id;
    let mut backoff = BACKOFF;
    loop {
        let once = async {
            let pool = shared.lobby.pool(pool)?;
            match scores {
                Some(scores) => pool.finish(room, relay, *epoch, scores).await,
                None => pool.abandon(room, relay, *epoch).await,
            }
        };
        if let Some(finished) = call(shared, "finish", once).await {
            return finished;
        }
        tokio::time::sleep(backoff).await;
        backoff = (backoff * 2).min(BACKOFF_MAX);
    }
}

/// One call: None when it failed or took too long, which is counted and logged; it may have been applied.
async fn call<G: Game, T>(
    shared: &Shared<G>,
    name: &'static str,
    call: impl Future<Output = lobby::Result<T>>,
) -> Option<T> {
    let began = Instant::now();
    let why = match tokio::time::timeout(CALL_TIMEOUT, call).await {
        Ok(Ok(answer)) => return Some(answer),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer".to_owned(),
    };
    shared.metrics.redis_errors.up(name);
    tracing::warn!(
        call = name,
        why,
        after_ms = began.elapsed().as_millis() as u64,
        "the lobby failed"
    );
    None
}
