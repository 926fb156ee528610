//! [`Relays`]: the registered relays with their load, and the leases that show that they are alive.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};
use serde::Serialize;

use crate::error::{Result, corrupt};
use crate::game_settings::GameSettings;
use crate::keys;
use crate::redis::link::Link;
use crate::redis::script;
use crate::store::{PoolStore, Stores};
use crate::timing::{self, ms};

/// `relay_lease.lua` takes this as a lease that is given up.
const GIVEN_UP_MS: &str = "0";
/// How many earlier runs of a relay are remembered.
const RUNS_MAX: usize = 8;

/// The relays of all pools.
#[derive(Clone)]
pub struct Relays {
    stores: Stores,
}

/// The load that a relay reports with each renewal.
#[derive(Clone, Debug)]
pub struct RelayInfo {
    /// Its id, as in `/game/<id>`.
    pub id: String,
    /// Where players reach it: `wss://eu.example.org/game/relay-1`, or `/game/relay-1` at the front
    /// door.
    pub url: String,
    /// Rooms it runs now, of all pools.
    pub rooms: u32,
    /// Rooms it can run.
    pub capacity: u32,
    /// It takes no new rooms.
    pub draining: bool,
    /// Unique to this run of the process.
    pub boot: String,
    /// The games of the pools by the pool's name. A pool that is left out stays as an earlier run stated it.
    pub games: Arc<BTreeMap<String, GameSettings>>,
}

/// The known runs of a relay by boot nonce; earlier ones oldest first.
struct Runs {
    current: Option<String>,
    before: Vec<String>,
}

/// A relay that takes rooms, in the form that the scripts read.
#[derive(Debug, Serialize)]
struct LiveRelay {
    id: String,
    url: String,
    rooms: u32,
    capacity: u32,
}

impl Relays {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// Every [`timing::RELAY_RENEWAL`]: renews the registration, and the lease in every pool. A run
    /// with another boot nonce than the registered one takes over the rooms of the run before it
    /// (epoch + 1). From then on the earlier run gets an error here, so two runs of one id never
    /// take rooms from each other in turns.
    pub async fn renew(&self, relay: &RelayInfo) -> Result<()> {
        let key = keys::relay_info(&relay.id);
        let runs = self.runs(&key).await?;
        if runs.before.contains(&relay.boot) {
            return Err(corrupt(&key, "a newer run of this relay is registered"));
        }
        let is_new = runs.current.as_ref() != Some(&relay.boot);
        // The leases first: if the new boot nonce were written before them, a failure between the
        // two would lose the take-over.
        let pools = self.stores.all();
        try_join_all(pools.iter().map(|pool| renew_lease(pool, relay, is_new))).await?;

        self.register(&key, relay, runs).await?;
        let mut list = redis::cmd("ZADD");
        list.arg(keys::RELAYS).arg(relay.rooms).arg(&relay.id);
        self.stores.link.command(&list).await
    }

    /// At exit: removes the relay and gives its leases up, unless a newer run is registered by now.
    pub async fn remove(&self, relay: &str, boot: &str) -> Result<()> {
        let key = keys::relay_info(relay);
        if self.runs(&key).await?.before.iter().any(|old| old == boot) {
            return Ok(());
        }
        let link = &self.stores.link;
        let _: u64 = link
            .command(redis::cmd("ZREM").arg(keys::RELAYS).arg(relay))
            .await?;
        let _: u64 = link.command(redis::cmd("DEL").arg(&key)).await?;
        let pools = self.stores.all();
        try_join_all(
            pools
                .iter()
                .map(|pool| lease(pool, relay, &["", "", "0", GIVEN_UP_MS, "", ""])),
        )
        .await?;
        Ok(())
    }

    async fn runs(&self, key: &str) -> Result<Runs> {
        let mut get = redis::cmd("HMGET");
        get.arg(key).arg("boot").arg("before");
        let (current, before): (Option<String>, Option<String>) =
            self.stores.link.command(&get).await?;
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
        let ttl_ms = ms(timing::RELAY_INFO_TTL).cast_signed();
        let mut pipe = redis::pipe();
        pipe.atomic().hset_multiple(key, &fields).ignore();
        pipe.pexpire(key, ttl_ms).ignore();
        self.stores.link.pipeline(&pipe).await
    }
}

async fn renew_lease(pool: &PoolStore, relay: &RelayInfo, is_new: bool) -> Result<()> {
    let lease_ms = ms(timing::RELAY_LEASE).to_string();
    let RelayInfo { id, url, boot, .. } = relay;
    let game = relay.games.get(pool.name()).filter(|_| is_new);
    let Some(GameSettings { name, settings }) = game else {
        let is_new = if is_new { "1" } else { "0" };
        return lease(pool, id, &[url, boot, is_new, &lease_ms, "", ""]).await;
    };
    let settings = serde_json::to_string(settings).map_err(|error| corrupt("settings", error))?;
    lease(pool, id, &[url, boot, "1", &lease_ms, name, &settings]).await
}

/// `args`: those of `relay_lease.lua` after the relay.
async fn lease(pool: &PoolStore, relay: &str, args: &[&str; 6]) -> Result<()> {
    let (keys, args) = ([pool.keys.relay(relay)], [&[relay], &args[..]].concat());
    let moved: u64 = pool.run(&script::RELAY_LEASE, &keys, &args).await?;
    if moved > 0 {
        let pool = pool.name();
        tracing::warn!(
            pool,
            relay,
            moved,
            "a new run took over the earlier run's rooms"
        );
    }
    Ok(())
}

/// Relays that are registered, not draining and below capacity, as the scripts read them:
/// `[{"id", "url", "rooms", "capacity"}]`. Removes those whose registration expired from the list.
pub(crate) async fn live_json(link: &Link) -> Result<String> {
    let live = live(link).await?;
    serde_json::to_string(&live).map_err(|error| corrupt("relays", error))
}

async fn live(link: &Link) -> Result<Vec<LiveRelay>> {
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
