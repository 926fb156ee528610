//! [`Lobby`]: the entry point: a connection to Redis, the pools, and the objects for everything that spans pools.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::admin::Admin;
use crate::audit::Audit;
use crate::bans::Bans;
use crate::error::{Error, Result};
use crate::hints::Hints;
use crate::inbox::Inbox;
use crate::journal::Journals;
use crate::leaderboard::Leaderboard;
use crate::live_settings::LiveSettings;
use crate::outbox::{DeliveryReport, Push};
use crate::players::Players;
use crate::pool::Pool;
use crate::redis::link::Link;
use crate::relays::Relays;
use crate::reports::Reports;
use crate::requests::Requests;
use crate::rooms::Rooms;
use crate::sessions::Sessions;
use crate::settings::Pools;
use crate::store::Stores;
use crate::sweep::unowned;
use crate::tickets::Tickets;

/// The timeout of connecting, and of each answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The lobby over one Redis. Cheap to clone. Reconnects automatically. Never retries a command: an error means *maybe
/// applied*.
#[derive(Clone)]
pub struct Lobby {
    /// What operators see and do.
    pub admin: Admin,
    /// The log of operators' actions.
    pub audit: Audit,
    /// The bans of players.
    pub bans: Bans,
    /// The settings of the pools as they are now.
    pub settings: LiveSettings,
    /// The journals of relays' workers.
    pub journals: Journals,
    /// The best players and the scores of finished matches.
    pub leaderboard: Leaderboard,
    /// A player's calls other than joining a queue.
    pub players: Players,
    /// The registered relays.
    pub relays: Relays,
    /// Players' reports about others.
    pub reports: Reports,
    /// Requests with an `Idempotency-Key`, and feedback.
    pub requests: Requests,
    /// Rooms as their members see them.
    pub rooms: Rooms,
    /// Lobby sockets.
    pub sessions: Sessions,
    /// Seat tickets.
    pub tickets: Tickets,
    pub(crate) stores: Stores,
    pools: Arc<Pools>,
}

impl Lobby {
    /// Connects to `redis://host:port`, or to the Redis Cluster with the nodes `redis://a:1,redis://b:2`. An
    /// unreachable Redis is not an error here: the first call that needs it fails. Errors: [`Error::Config`] for an
    /// invalid URL, and for a Redis that is too old.
    pub async fn connect(url: &str, pools: Pools) -> Result<Self> {
        Self::connect_within(url, pools, TIMEOUT).await
    }

    /// Like [`Lobby::connect`], with a timeout for connecting and for each answer.
    pub async fn connect_within(url: &str, pools: Pools, timeout: Duration) -> Result<Self> {
        let stores = Stores::new(Link::new(url, timeout)?, &pools)?;
        let lobby = Self::new(stores, Arc::new(pools));
        match lobby.ping().await {
            Ok(()) => {}
            Err(error @ Error::Config(_)) => return Err(error),
            Err(error) => tracing::warn!(%error, "redis does not answer yet"),
        }
        Ok(lobby)
    }

    fn new(stores: Stores, pools: Arc<Pools>) -> Self {
        Self {
            admin: Admin::new(&stores),
            audit: Audit::new(&stores),
            bans: Bans::new(&stores),
            journals: Journals::new(&stores),
            leaderboard: Leaderboard::new(&stores),
            players: Players::new(&stores),
            relays: Relays::new(&stores),
            reports: Reports::new(&stores),
            requests: Requests::new(&stores),
            rooms: Rooms::new(&stores),
            sessions: Sessions::new(&stores),
            settings: LiveSettings::new(&stores),
            tickets: Tickets::new(&stores),
            stores,
            pools,
        }
    }

    /// The same lobby on the caller's clock, in ms since 1970, instead of the server's. For tests that control time.
    #[must_use]
    pub fn at(&self, clock_ms: u64) -> Self {
        Self::new(self.stores.at(clock_ms), self.pools.clone())
    }

    /// The same lobby with a separate fleet: its relays are in the key `name` instead of `relays`. For tests that
    /// share a Redis.
    #[must_use]
    pub fn with_fleet(&self, name: &str) -> Self {
        Self::new(self.stores.with_fleet(name), self.pools.clone())
    }

    /// The same lobby, except that a transition is only acknowledged after this number of replicas have it (`WAIT`),
    /// so that it survives the loss of the primary. If too few replicas confirm within 250 ms, the call fails: the
    /// transition was made, but a failover may undo it.
    #[must_use]
    pub fn waiting_for(&self, replicas: u32) -> Self {
        Self::new(self.stores.waiting_for(replicas), self.pools.clone())
    }

    /// The configuration this lobby was made with. [`Lobby::settings`] has what operators have changed since.
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// A pool of this lobby. Errors: [`crate::Error::UnknownPool`].
    pub fn pool(&self, name: &str) -> Result<Pool> {
        self.stores.pool(name).map(Pool::new)
    }

    /// The inbox of a relay, from its oldest message.
    pub fn inbox(&self, relay: &str) -> Inbox {
        Inbox::new(&self.stores.link, relay)
    }

    /// Hints that pools have work.
    pub fn hints(&self) -> Hints {
        Hints::new(&self.stores)
    }

    /// Delivers what is new in the outbox of every pool ([`crate::Outbox::deliver_new`]), one pool after the other.
    pub async fn deliver_new(&self, push: &impl Push) -> Result<DeliveryReport> {
        let mut all = DeliveryReport::default();
        for pool in self.stores.all() {
            all += Pool::new(pool).outbox.deliver_new(push).await?;
        }
        Ok(all)
    }

    /// Releases claims without a membership and codes without a room in these pools. Returns how many, by pool and
    /// kind. Part of each sweep; it runs after [`crate::Sweep::repair`] of the same pools, because that makes the
    /// code of a rematch name the new room.
    pub async fn release_unowned(
        &self,
        pools: &[&str],
    ) -> Result<BTreeMap<String, BTreeMap<String, u64>>> {
        unowned::release(&self.stores, pools).await
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<()> {
        self.stores.link.command(&redis::cmd("PING")).await
    }
}
