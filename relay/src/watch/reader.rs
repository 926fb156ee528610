//! Reads the replay file of a watched room, once for all of its watchers.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use lobby::{Lobby, RECORDING_BYTES_MAX, Recorded};
use protocol::CloseCode;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::games::Games;
use crate::metrics::Metrics;
use crate::watch::file::{File, FileError};
use crate::watch::recording::Recording;

const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of concurrent reads, of all rooms.
const CALLS_MAX: usize = 32;

/// Maximum number of matches that are stepped at the same time, so that the worker threads keep their processors.
const STEPPING_MAX: usize = 1;

/// Where the files come from.
pub(super) struct Source {
    lobby: Lobby,
    games: Arc<Games>,
    metrics: Arc<Metrics>,
    /// The interval between two reads. A match writes a checkpoint every two seconds.
    interval: Duration,
    calls: Semaphore,
    stepping: Arc<Semaphore>,
}

/// What to do after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Read again: the file goes on.
    ReadOn,
    Wait,
    End,
}

impl Source {
    pub(super) fn new(
        lobby: &Lobby,
        games: &Arc<Games>,
        metrics: &Arc<Metrics>,
        interval: Duration,
    ) -> Self {
        Self {
            lobby: lobby.clone(),
            games: games.clone(),
            metrics: metrics.clone(),
            interval,
            calls: Semaphore::new(CALLS_MAX),
            stepping: Arc::new(Semaphore::new(STEPPING_MAX)),
        }
    }

    /// Reads a room's file until its end, or until the task is aborted.
    pub(super) async fn read(&self, pool: &str, room: &str, recording: &watch::Sender<Recording>) {
        let mut file = None;
        let mut every = interval(self.interval);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut then = Then::Wait;
        while then != Then::End {
            if then == Then::Wait {
                every.tick().await;
            }
            let from = file.as_ref().map_or(0, |file: &File| file.read);
            then = match self.recorded(pool, room, from).await {
                Some(recorded) => self.take(room, &mut file, recorded, recording).await,
                None => Then::Wait,
            };
        }
    }

    /// Calls the lobby once. None: it does not answer.
    async fn recorded(&self, pool: &str, room: &str, from: u64) -> Option<Recorded> {
        let _permit = self.calls.acquire().await.ok()?;
        let call = async { self.lobby.pool(pool)?.matches.recording(room, from).await };
        let why = match timeout(CALL_TIMEOUT, call).await {
            Ok(Ok(recorded)) => return Some(recorded),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        self.metrics.redis_failed("recording");
        tracing::debug!(room, why, "a recording cannot be read");
        None
    }

    async fn take(
        &self,
        room: &str,
        file: &mut Option<File>,
        recorded: Recorded,
        recording: &watch::Sender<Recording>,
    ) -> Then {
        let (bytes, newest, is_over) = match recorded {
            Recorded::Running { bytes, tick } => (bytes, tick, false),
            Recorded::Over { bytes } => (bytes, 0, true),
            Recorded::Gone => {
                recording.send_modify(|recording| recording.end(CloseCode::RoomFailed));
                return Then::End;
            }
        };
        let is_full = bytes.len() >= RECORDING_BYTES_MAX;
        let has_more = match self.split(file, bytes.into(), newest, recording).await {
            Ok(has_read) => is_full && has_read,
            Err(error) => {
                tracing::error!(room, %error, "a recording cannot be watched");
                recording.send_modify(|recording| recording.end(CloseCode::RoomFailed));
                return Then::End;
            }
        };
        if has_more {
            return Then::ReadOn;
        }
        if is_over {
            recording.send_modify(|recording| recording.end(CloseCode::MatchOver));
            return Then::End;
        }
        Then::Wait
    }

    /// Adds the parts of the next bytes to the recording. Returns whether there was at least one complete record.
    async fn split(
        &self,
        file: &mut Option<File>,
        mut bytes: Bytes,
        newest: u32,
        recording: &watch::Sender<Recording>,
    ) -> Result<bool, FileError> {
        let read = Instant::now();
        let mut current = match file.take() {
            Some(current) => current,
            None if bytes.is_empty() => return Ok(false),
            None => {
                let (begun, head) = File::begin(&self.games, &bytes)?;
                bytes.advance(bytes.len().min(begun.read as usize));
                recording.send_modify(|recording| recording.extend(vec![head]));
                begun
            }
        };
        let before = current.read;
        let (current, parts) = if current.is_stepped() && !bytes.is_empty() {
            let turn = self.stepping.clone().acquire_owned().await;
            let stepping = spawn_blocking(move || {
                let parts = current.split(bytes, newest, read);
                // It runs on if this task is aborted.
                drop(turn);
                (current, parts)
            });
            stepping.await.map_err(|_| FileError::Panics)?
        } else {
            let parts = current.split(bytes, newest, read);
            (current, parts)
        };
        let has_read = current.read > before;
        *file = Some(current);
        let parts = parts?;
        if !parts.is_empty() {
            recording.send_modify(|recording| recording.extend(parts));
        }
        Ok(has_read)
    }
}
