//! The watched rooms of this server, and how many watchers they have.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use lobby::Lobby;
use parking_lot::Mutex;
use protocol::CloseCode;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::config::Config;
use crate::games::Games;
use crate::metrics::Metrics;
use crate::watch::reader::Source;
use crate::watch::recording::Recording;

/// The most watchers of a watch-only server, which has no limit for a room.
const WATCH_ONLY_MAX: usize = 10_000;
/// The most times that one player watches a match at one server: in a few tabs, without taking the places of others.
const OF_PLAYER_MAX: usize = 4;
/// Interval between checks for watchers who are still there.
const PAUSE: Duration = Duration::from_millis(10);

/// The watched rooms of this server. A room's file is read while the room has a watcher.
pub(crate) struct WatchedRooms {
    source: Arc<Source>,
    metrics: Arc<Metrics>,
    limits: WatchLimits,
    state: Mutex<State>,
}

/// Limits of watchers: of this server and of a room.
#[derive(Clone, Copy, Debug)]
struct WatchLimits {
    all: usize,
    room: usize,
}

#[derive(Default)]
struct State {
    rooms: HashMap<String, Room>,
    watchers: usize,
    /// This server is about to end.
    is_closed: bool,
}

/// A room with watchers.
struct Room {
    recording: Arc<watch::Sender<Recording>>,
    watchers: usize,
    /// How many of the watchers are the same player.
    players: HashMap<String, usize>,
    reading: AbortHandle,
}

impl Room {
    /// Whether it takes no more watchers, or this player not once more.
    fn is_full(&self, player: &str, most: usize) -> bool {
        self.watchers >= most
            || self
                .players
                .get(player)
                .is_some_and(|it| *it >= OF_PLAYER_MAX)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// A watcher of a room, who is counted until this is dropped.
pub(crate) struct Watcher {
    pub(super) recording: watch::Receiver<Recording>,
    room: String,
    player: String,
    rooms: Arc<WatchedRooms>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.rooms.leave(&self.room, &self.player);
    }
}

impl WatchedRooms {
    pub(crate) fn new(
        config: &Config,
        lobby: &Lobby,
        games: &Arc<Games>,
        metrics: &Arc<Metrics>,
    ) -> Self {
        let limits = &config.limits;
        let source = Source::new(lobby, games, metrics, limits.watch_interval);
        let limits = if config.watch_only {
            WatchLimits {
                all: WATCH_ONLY_MAX,
                room: WATCH_ONLY_MAX,
            }
        } else {
            WatchLimits {
                all: limits.watchers,
                room: limits.watchers_of_room,
            }
        };
        Self {
            source: Arc::new(source),
            metrics: metrics.clone(),
            limits,
            state: Mutex::default(),
        }
    }

    /// Adds a player as a watcher of a room. Returns None if there are too many, or if this server is about to end.
    pub(crate) fn join(self: &Arc<Self>, pool: &str, room: &str, player: &str) -> Option<Watcher> {
        let mut state = self.state.lock();
        let watched = state.rooms.get(room);
        let is_full = watched.is_some_and(|watched| watched.is_full(player, self.limits.room));
        if state.is_closed || state.watchers >= self.limits.all || is_full {
            return None;
        }
        state.watchers += 1;
        self.metrics.watchers.inc();
        let watched = state.rooms.entry(room.to_owned());
        let watched = watched.or_insert_with(|| self.watch(pool, room));
        watched.watchers += 1;
        *watched.players.entry(player.to_owned()).or_default() += 1;
        Some(Watcher {
            recording: watched.recording.subscribe(),
            room: room.to_owned(),
            player: player.to_owned(),
            rooms: self.clone(),
        })
    }

    /// How many more watchers this server takes.
    pub(crate) fn free(&self) -> usize {
        let state = self.state.lock();
        if state.is_closed {
            return 0;
        }
        self.limits.all.saturating_sub(state.watchers)
    }

    /// Sends all watchers to another server and takes no more.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        for room in state.rooms.values() {
            let moved = |recording: &mut Recording| recording.end(CloseCode::Moved);
            room.recording.send_modify(moved);
        }
    }

    /// Returns when there are no watchers.
    pub(crate) async fn closed(&self) {
        while self.state.lock().watchers > 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Starts reading a room that has no watchers yet.
    fn watch(&self, pool: &str, room: &str) -> Room {
        let recording = Arc::new(watch::Sender::new(Recording::default()));
        let (source, to) = (self.source.clone(), recording.clone());
        let (pool, room) = (pool.to_owned(), room.to_owned());
        let reading = tokio::spawn(async move { source.read(&pool, &room, &to).await });
        Room {
            recording,
            watchers: 0,
            players: HashMap::new(),
            reading: reading.abort_handle(),
        }
    }

    fn leave(&self, room: &str, player: &str) {
        let mut state = self.state.lock();
        state.watchers -= 1;
        self.metrics.watchers.dec();
        if let Some(watched) = state.rooms.get_mut(room) {
            watched.watchers -= 1;
            if let Some(count) = watched.players.get_mut(player) {
                *count -= 1;
                if *count == 0 {
                    watched.players.remove(player);
                }
            }
            if watched.watchers == 0 {
                state.rooms.remove(room);
            }
        }
    }
}
