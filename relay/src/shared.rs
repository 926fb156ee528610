//! State that the parts of a server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// Where players reach this server; a path without a host: wherever they reach the front door.
    pub(crate) url: String,
    /// None: WebTransport is off.
    pub(crate) webtransport: Option<WebTransportEndpoint>,
    pub(crate) boot: String,
    /// Room for connections of players and watchers, of which each takes a file descriptor.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) draining: AtomicBool,
    /// An operator asks this run to drain and to end.
    pub(crate) drain: Notify,
    /// Room for answers to operators who want to see a match.
    pub(crate) answers: Arc<Semaphore>,
    pub(crate) registered: AtomicBool,
    /// The checkpointer's last call to the lobby failed.
    pub(crate) fails: AtomicBool,
    /// A thread does not return from a game's code.
    pub(crate) hung: Arc<Hung>,
}

impl Shared {
    /// Not waited for: with too many of them, this one is left out.
    pub(crate) fn to_verify(&self, played: Played) {
        let _ = self.to_verify.try_send(played);
    }
    /// Sets whether the checkpointer's calls fail; true if this changed.
    pub(crate) fn set_fails(&self, fails: bool) -> bool {
        self.fails.swap(fails, Ordering::Relaxed) != fails
    }
    /// How many more watchers it takes, if it is for watchers only.
    pub(crate) fn watchers_free(&self) -> Option<u32> {
        let free = self.watched.free().min(self.places.available_permits());
        let free = u32::try_from(free).unwrap_or(u32::MAX);
        self.config.watch_only.then_some(free)
    }
    /// It takes no more rooms.
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
