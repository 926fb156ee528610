//! [`Bridge`]: the lease of the relay that acts for a pool, and the poll that shows which functions
//! have work.

use serde::Deserialize;

use crate::error::Result;
use crate::fleet::Fleet;
use crate::redis::script;
use crate::store::PoolStore;
use crate::timing::{self, ms};

/// One relay at a time is a pool's bridge: it polls the pool and invokes the functions that have
/// work.
#[derive(Clone)]
pub struct Bridge {
    store: PoolStore,
}

/// What [`Bridge::poll`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Work {
    /// `assign` has work.
    pub assign: bool,
    /// `expire` has work.
    pub expire: bool,
    /// The lanes of the outbox in which `deliver` has work.
    #[serde(default)]
    pub deliver: Vec<u32>,
    /// Queue entries: players and groups.
    pub queued: u64,
    /// Rooms in the index of open rooms.
    pub rooms_open: u64,
    /// How long the first entry of the queue has waited, in ms.
    pub oldest_ms: u64,
}

#[derive(Deserialize)]
struct Polled {
    #[serde(flatten)]
    work: Work,
    /// Relays whose lease ran out and that own no rooms of the pool.
    #[serde(default)]
    without: Vec<String>,
}

impl Bridge {
    pub(crate) fn new(store: &PoolStore) -> Self {
        Self {
            store: store.clone(),
        }
    }

    /// Takes or renews the lease ([`timing::BRIDGE_LEASE`]). Returns whether this relay is now the pool's bridge.
    pub async fn hold(&self, relay: &str) -> Result<bool> {
        self.lease(relay, ms(timing::BRIDGE_LEASE)).await
    }

    /// Releases the lease if this relay holds it, so that another relay can take it immediately.
    pub async fn release(&self, relay: &str) -> Result<()> {
        self.lease(relay, 0).await.map(|_| ())
    }

    async fn lease(&self, relay: &str, lease_ms: u64) -> Result<bool> {
        let keys = [self.store.keys.bridge()];
        let args = [relay, &lease_ms.to_string()];
        self.store.run(&script::BRIDGE, &keys, &args).await
    }

    /// Returns which functions have work now. Records that the deadlines and the relays' leases were polled.
    pub async fn poll(&self) -> Result<Work> {
        let fleet = Fleet::new(&self.store.stores);
        let overdue = fleet.overdue(&self.store).await;
        let args: Vec<&str> = overdue.relays.iter().map(String::as_str).collect();
        let polled: Polled = self
            .store
            .run_json("poll", &script::POLL, &[], &args)
            .await?;
        let mut done = overdue.old;
        done.retain(|relay| polled.without.contains(relay));
        if !done.is_empty() {
            fleet.forget(&self.store, &done).await?;
        }
        Ok(polled.work)
    }
}
