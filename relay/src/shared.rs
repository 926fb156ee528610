//! State that the parts of a server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use edge::traces::Traces;
use lobby::Lobby;
use tokio::sync::{Notify, Semaphore, mpsc};

use crate::config::Config;
use crate::games::Games;
use crate::metrics::Metrics;
use crate::net::webtransport::endpoint::WebTransportEndpoint;
use crate::rooms::directory::Directory;
use crate::watch::rooms::WatchedRooms;
use crate::worker::messages::Played;
use crate::worker::watch::Hung;

/// What the parts of a server share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) lobby: Lobby,
    pub(crate) games: Arc<Games>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) watched: Arc<WatchedRooms>,
    pub(crate) to_verify: mpsc::Sender<Played>,
    /// Where players reach this server. A path without a host is relative to their origin at the front door.
    pub(crate) url: String,
    /// None: WebTransport is off.
    pub(crate) webtransport: Option<WebTransportEndpoint>,
    pub(crate) traces: Traces,
    pub(crate) boot: String,
    /// Permits for connections of players and watchers, each of which takes a file descriptor.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) draining: AtomicBool,
    /// Notified when an operator drains this run.
    pub(crate) drain: Notify,
    /// Room for answers to operators who want to see a match.
    pub(crate) answers: Arc<Semaphore>,
    pub(crate) registered: AtomicBool,
    /// Whether the checkpointer's last call to the lobby failed.
    pub(crate) fails: AtomicBool,
    /// Set when a thread does not return from a game's code.
    pub(crate) hung: Arc<Hung>,
}

impl Shared {
    /// Queues a match for verification. Does not wait: if the queue is full, the match is not verified.
    pub(crate) fn to_verify(&self, played: Played) {
        let _ = self.to_verify.try_send(played);
    }
    /// Sets whether the checkpointer's calls fail. Returns true if this changed.
    pub(crate) fn set_fails(&self, fails: bool) -> bool {
        self.fails.swap(fails, Ordering::Relaxed) != fails
    }
    /// How many more watchers it takes; None unless it is a watch-only relay.
    pub(crate) fn watchers_free(&self) -> Option<u32> {
        let free = self.watched.free().min(self.places.available_permits());
        let free = u32::try_from(free).unwrap_or(u32::MAX);
        self.config.watch_only.then_some(free)
    }
    /// Whether it takes no more rooms.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed) || self.hung.is_set()
    }
    pub(crate) fn is_registered(&self) -> bool {
        self.registered.load(Ordering::Relaxed)
    }
    pub(crate) fn set_registered(&self, registered: bool) {
        self.registered.store(registered, Ordering::Relaxed);
    }
}
