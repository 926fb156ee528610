//! The relays as operators see them.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use serde::Serialize;

use super::Admin;
use crate::error::Result;
use crate::keys;
use crate::redis::script;

/// How many relays are read concurrently.
const AT_ONCE: usize = 64;

/// A relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelayState {
    /// Its id.
    pub relay: String,
    /// Whether it has a live lease. A relay that died is known for two minutes.
    pub live: bool,
    /// The remaining time of its lease, in ms; negative: how long ago the lease ran out.
    pub lease_ms: i64,
    /// Where players reach it.
    pub url: String,
    /// Rooms that it runs.
    pub rooms: u64,
    /// Rooms that it can run.
    pub capacity: u64,
    /// It takes no new rooms.
    pub draining: bool,
    /// Its region.
    pub region: Option<String>,
    /// Unique to this run of its process.
    pub boot: String,
}

impl Admin {
    /// Up to `limit` relays, sorted by name.
    pub async fn relays(&self, limit: u32) -> Result<Vec<RelayState>> {
        let leases = self.leases(limit).await?;
        let mut relays = Vec::with_capacity(leases.len());
        for part in leases.chunks(AT_ONCE) {
            let part = part
                .iter()
                .map(|(relay, lease_ms)| self.relay(relay, *lease_ms));
            relays.extend(try_join_all(part).await?);
        }
        relays.sort_by(|a, b| a.relay.cmp(&b.relay));
        Ok(relays)
    }

    /// How many of up to `limit` relays have a live lease.
    pub async fn relays_live(&self, limit: u32) -> Result<usize> {
        let leases = self.leases(limit).await?;
        Ok(leases.iter().filter(|(_, lease_ms)| *lease_ms > 0).count())
    }

    /// Each relay with the remaining time of its lease.
    async fn leases(&self, limit: u32) -> Result<Vec<(String, i64)>> {
        let limit = limit.to_string();
        let args = [limit.as_str()];
        self.stores.run_fleet(&script::RELAY_LIST, &args).await
    }

    async fn relay(&self, relay: &str, lease_ms: i64) -> Result<RelayState> {
        let fields = self.reported(relay).await?;
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let number = |name: &str| text(name).parse().unwrap_or(0);
        Ok(RelayState {
            relay: relay.to_owned(),
            live: lease_ms > 0,
            lease_ms,
            url: text("url"),
            rooms: number("rooms"),
            capacity: number("capacity"),
            draining: text("draining") == "1",
            region: Some(text("region")).filter(|region| !region.is_empty()),
            boot: text("boot"),
        })
    }

    /// What the relay last reported; empty for an unknown relay.
    pub(super) async fn reported(&self, relay: &str) -> Result<HashMap<String, String>> {
        let mut get = redis::cmd("HGETALL");
        get.arg(keys::relay_info(relay));
        self.stores.link.command(&get).await
    }
}
