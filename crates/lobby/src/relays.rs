//! Relays as the lobby knows them: registered with their load, alive while their lease is renewed.

use std::collections::HashMap;

use futures_util::future::{join_all, try_join_all};
use serde::Serialize;

use crate::error::{Result, corrupt};
use crate::keys;
use crate::link::Link;
use crate::lobby::Lobby;
use crate::pool::Pool;
use crate::script;

const INFO_TTL_MS: i64 = 5000;
const LEASE_MS: &str = "1500";
/// The half marks a lease that a pause does not spare (`lua/shared/watch.lua`): it was given up.
const LEASE_GIVEN_UP: &str = "-0.5";

/// So many earlier runs of a relay are remembered.
const RUNS_MAX: usize = 8;

/// The runs of a relay that are known, by boot nonce; earlier ones oldest first.
struct Runs {
    current: Option<String>,
    before: Vec<String>,
}

/// What a relay says of itself, every 300 ms.
#[derive(Clone, Debug)]
pub struct RelayInfo {
    /// Its id, as in `/game/<id>`.
    pub id: String,
    /// Where players reach it: `wss://eu.example.org/game/relay-1`, or `/game/relay-1` at the front door.
    pub url: String,
    /// Rooms it runs now, of all pools.
    pub rooms: u32,
    /// Rooms it can run.
    pub capacity: u32,
    /// It takes no new rooms.
    pub draining: bool,
    /// Unique to this run of the process.
    pub boot: String,
}

/// A relay that takes rooms, as the scripts want it.
#[derive(Debug, Serialize)]
pub(crate) struct LiveRelay {
    id: String,
    url: String,
    rooms: u32,
    capacity: u32,
}

impl Lobby {
    /// Every 300 ms: `relay:<id>` (TTL 5 s), `relays`, and the lease in every pool's deadlines (now + 1.5 s).
    /// A run with another boot nonce than the registered one takes over the rooms of the run before it (epoch + 1), which
    /// from then on gets an error here: two runs of one id never take the rooms from each other in turns.
    pub async fn relay_renew(&self, relay: &RelayInfo) -> Result<()> {
        let key = keys::relay_info(&relay.id);
        let runs = self.runs(&key).await?;
        if runs.before.contains(&relay.boot) {
            return Err(corrupt(&key, "a newer run of this relay is registered"));
        }
        let is_new = if runs.current.as_ref() == Some(&relay.boot) {
            "0"
        } else {
            "1"
        };
        // The leases first: were the new boot nonce written before them, a failure between would lose the take-over.
        let pools = self.all_pools();
        try_join_all(
            pools
                .iter()
                .map(|pool| pool.lease(&relay.id, &relay.url, &relay.boot, is_new, LEASE_MS)),
        )
        .await?;

        self.register(&key, relay, runs).await?;
        let mut list = redis::cmd("ZADD");
        list.arg(keys::RELAYS).arg(relay.rooms).arg(&relay.id);
        self.link.command(&list).await
    }

    /// At exit: takes the relay out of `relays`, and its lease due at once; unless a newer run is registered by now.
    pub async fn relay_remove(&self, relay: &str, boot: &str) -> Result<()> {
        let key = keys::relay_info(relay);
        if self.runs(&key).await?.before.iter().any(|old| old == boot) {
            return Ok(());
        }
        let _: u64 = self
            .link
            .command(redis::cmd("ZREM").arg(keys::RELAYS).arg(relay))
            .await?;
        let _: u64 = self.link.command(redis::cmd("DEL").arg(&key)).await?;
        let pools = self.all_pools();
        try_join_all(
            pools
                .iter()
                .map(|pool| pool.lease(relay, "", "", "0", LEASE_GIVEN_UP)),
        )
        .await?;
        Ok(())
    }

    async fn runs(&self, key: &str) -> Result<Runs> {
        let mut get = redis::cmd("HMGET");
        get.arg(key).arg("boot").arg("before");
        let (current, before): (Option<String>, Option<String>) = self.link.command(&get).await?;
        let before = before.unwrap_or_default();
        Ok(Runs {
            current,
            before: before.split_whitespace().map(str::to_owned).collect(),
        })
    }

    async fn register(&self, key: &str, relay: &RelayInfo, runs: Runs) -> Result<()> {
        let mut before = runs.before;
        before.extend(runs.current.filter(|current| *current != relay.boot));
        let forgotten = before.len().saturating_sub(RUNS_MAX);
        let fields = [
            ("before", before[forgotten..].join(" ")),
            ("url", relay.url.clone()),
            ("rooms", relay.rooms.to_string()),
            ("capacity", relay.capacity.to_string()),
            ("draining", u8::from(relay.draining).to_string()),
            ("boot", relay.boot.clone()),
        ];
        let mut pipe = redis::pipe();
        pipe.atomic().hset_multiple(key, &fields).ignore();
        pipe.pexpire(key, INFO_TTL_MS).ignore();
        self.link.pipeline(&pipe).await
    }
}

impl Pool {
    async fn lease(
        &self,
        relay: &str,
        url: &str,
        boot: &str,
        is_new: &str,
        lease_ms: &str,
    ) -> Result<()> {
        let args = [relay, url, boot, is_new, lease_ms];
        let moved: u64 = self
            .run(&script::RELAY_LEASE, &[self.keys.relay(relay)], &args)
            .await?;
        if moved > 0 {
            tracing::warn!(
                pool = self.name(),
                relay,
                moved,
                "a new run takes over rooms of the one before"
            );
        }
        Ok(())
    }
}

/// Relays that are registered, not draining and below capacity. Forgets those whose registration ran out.
pub(crate) async fn live(link: &Link) -> Result<Vec<LiveRelay>> {
    let ids: Vec<String> = link
        .command(redis::cmd("ZRANGE").arg(keys::RELAYS).arg(0).arg(-1))
        .await?;
    let infos = join_all(ids.iter().map(|id| async move {
        link.command::<HashMap<String, String>>(redis::cmd("HGETALL").arg(keys::relay_info(id)))
            .await
    }))
    .await;
    let mut live = Vec::new();
    for (id, info) in ids.into_iter().zip(infos) {
        let info = info?;
        if info.is_empty() {
            let _: u64 = link
                .command(redis::cmd("ZREM").arg(keys::RELAYS).arg(&id))
                .await?;
            continue;
        }
        let number = |name: &str| {
            info.get(name)
                .and_then(|text| text.parse::<u32>().ok())
                .unwrap_or(0)
        };
        let (rooms, capacity) = (number("rooms"), number("capacity"));
        if number("draining") == 0 && rooms < capacity {
            live.push(LiveRelay {
                url: info.get("url").cloned().unwrap_or_default(),
                id,
                rooms,
                capacity,
            });
        }
    }
    Ok(live)
}
