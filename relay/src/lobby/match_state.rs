//! The state of a match for operators: asks its worker, and writes the answer to the lobby.

use std::sync::Arc;
use std::time::Duration;

use lobby::StateWanted;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::rooms::persist::call;
use crate::shared::Shared;
use crate::worker::messages::{RoomKey, ToWorker};

/// Questions that are answered at a time.
pub(crate) const ANSWERS_MAX: usize = 16;
/// No operator waits longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Answers an operator, beside the other messages: the worker answers at its next tick. Too many questions at once are
/// dropped.
pub(crate) fn answer(shared: &Arc<Shared>, wanted: StateWanted) {
    if wanted.boot != shared.boot {
        return;
    }
    let Ok(place) = shared.answers.clone().try_acquire_owned() else {
        return;
    };
    let shared = shared.clone();
    tokio::spawn(async move {
        if let Some(state) = state_of(&shared, &wanted).await {
            let answer = shared.lobby.admin.answer_state(&wanted, &state);
            call(&shared, "answer_state", answer).await;
        }
        drop(place);
    });
}

async fn state_of(shared: &Shared, wanted: &StateWanted) -> Option<Vec<u8>> {
    let (reply, state) = oneshot::channel();
    let (pool, _) = wanted.room.split_once('.')?;
    let key = RoomKey {
        pool: pool.to_owned(),
        room: wanted.room.clone(),
        epoch: wanted.epoch,
    };
    let ask = |key| ToWorker::Describe(key, wanted.everything, reply);
    shared.directory.send_to_room(&key, ask).await;
    timeout(PATIENCE, state).await.ok()?.ok()
}
