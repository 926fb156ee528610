//! Reads the replay file of a watched room, once for all of its watchers.

use std::sync::Arc;
use std::time::Duration;

use lobby::{Lobby, RECORDING_BYTES_MAX, Recorded};
use protocol::CloseCode;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::games::Games;
use crate::metrics::Metrics;
use crate::watch::file::File;
use crate::watch::recording::Recording;

const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of concurrent reads, of all rooms.
const CALLS_MAX: usize = 32;

/// Where the files come from.
pub(super) struct Source {
    lobby: Lobby,
    games: Arc<Games>,
    metrics: Arc<Metrics>,
    /// The interval between two reads. A match writes a checkpoint every two seconds.
    interval: Duration,
    calls: Semaphore,
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
        }
    }

    /// Reads a room's file until its end, or until the task is aborted.
    pub(super) async fn read(&self, pool: &str, room: &str, recording: &watch::Sender<Recording>) {
        let mut file = File::default();
        let mut every = interval(self.interval);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut then = Then::Wait;
        while then != Then::End {
            if then == Then::Wait {
                every.tick().await;
            }
            then = match self.recorded(pool, room, file.length).await {
                Some(recorded) => self.take(room, &mut file, recorded, recording),
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

    fn take(
        &self,
        room: &str,
        file: &mut File,
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
        let (is_full, before) = (bytes.len() >= RECORDING_BYTES_MAX, file.length);
        if !bytes.is_empty() {
            match file.split(&self.games, bytes, newest, Instant::now()) {
                Ok(parts) => recording.send_modify(|recording| recording.extend(parts)),
                Err(error) => {
                    tracing::error!(room, %error, "a recording cannot be watched");
                    recording.send_modify(|recording| recording.end(CloseCode::RoomFailed));
                    return Then::End;
                }
            }
        }
        if is_full && file.length > before {
            return Then::ReadOn;
        }
        if is_over {
            recording.send_modify(|recording| recording.end(CloseCode::MatchOver));
            return Then::End;
        }
        Then::Wait
    }
}
