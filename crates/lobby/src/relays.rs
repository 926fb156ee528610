//! [`Relays`]: registration of relays, with their load and the lease that shows that they are alive.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;
use serde::Serialize;

use crate::error::{Result, corrupt};
use crate::game_settings::GameSettings;
use crate::keys;
use crate::redis::script;
use crate::regions::{REGIONS_MAX, ping_url};
use crate::store::{PoolStore, Stores};
use crate::timing::{self, ms};
use crate::types::WebTransport;

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
    /// Where players reach it over WebTransport; None if they cannot.
    pub webtransport: Option<WebTransport>,
    /// Rooms that it runs now, of all pools.
    pub rooms: u32,
    /// Rooms that it can run.
    pub capacity: u32,
    /// It takes no new rooms.
    pub draining: bool,
    /// Unique to this run of the process.
    pub boot: String,
    /// Its region, as [`crate::is_region`] allows.
    pub region: Option<String>,
    /// For a watch-only relay, which runs no rooms: how many more watchers it takes.
    pub watchers_free: Option<u32>,
    /// The game of each pool, by the pool's name. A pool that is missing keeps what an earlier run reported.
    pub games: Arc<BTreeMap<String, GameSettings>>,
}

/// What a pool's script needs to give a room to a relay.
#[derive(Debug, Serialize)]
struct Candidate<'a> {
    id: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    webtransport: Option<&'a WebTransport>,
    rooms: u32,
    capacity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
}

impl RelayInfo {
    /// How many more rooms it takes.
    pub fn rooms_free(&self) -> u32 {
        if self.draining || self.watchers_free.is_some() {
            return 0;
        }
        self.capacity.saturating_sub(self.rooms)
    }

    /// How many more watchers a watch-only relay takes.
    fn places_free(&self) -> Option<u32> {
        let free = self.watchers_free?;
        Some(if self.draining { 0 } else { free })
    }

    /// The region in which it runs rooms; a watch-only relay has none.
    fn region_of_rooms(&self) -> Option<&str> {
        let region = self.region.as_deref();
        region.filter(|_| self.watchers_free.is_none())
    }
}

impl Relays {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// Renews the lease, which is one for all pools, and the registration. Call it every [`timing::RELAY_RENEWAL`]. A
    /// run whose boot nonce differs from the registered one takes over the rooms of the earlier run (epoch + 1).
    /// While the earlier run lives, it gets an error here, so two runs with one id do not take rooms from each other
    /// in turn.
    pub async fn renew(&self, relay: &RelayInfo) -> Result<()> {
        if self.renew_lease(relay, false).await? {
            // Take over the rooms first: if the new run were registered earlier, a failure between the two steps
            // would lose the takeover.
            self.report_games(relay).await?;
            self.renew_lease(relay, true).await?;
        }
        self.publish(relay).await
    }

    /// Reports the games of its pools, and takes over the rooms of an earlier run. Again after the settings of the
    /// pools have changed.
    pub async fn report_games(&self, relay: &RelayInfo) -> Result<()> {
        let pools = self.stores.all();
        try_join_all(pools.iter().map(|pool| take_over(pool, relay))).await?;
        Ok(())
    }

    /// At exit: removes the relay and releases its lease, unless a newer run is registered.
    pub async fn remove(&self, relay: &str, boot: &str) -> Result<()> {
        let args = [relay, boot];
        let is_removed: bool = self.stores.run_fleet(&script::RELAY_REMOVE, &args).await?;
        if is_removed {
            let mut delete = redis::cmd("DEL");
            delete.arg(keys::relay_info(relay));
            let _: u64 = self.stores.link.command(&delete).await?;
        }
        Ok(())
    }

    /// How many relays have a lease; one that died recently counts.
    pub async fn count(&self) -> Result<usize> {
        let mut count = redis::cmd("ZCARD");
        count.arg(self.stores.fleet.leases());
        self.stores.link.command(&count).await
    }

    /// How many more rooms all relays take, by their last reports.
    pub async fn rooms_free(&self) -> Result<u64> {
        let (link, fleet) = (&self.stores.link, &self.stores.fleet);
        let mut names = redis::cmd("HKEYS");
        let regions: Vec<String> = link.command(names.arg(fleet.regions())).await?;
        let mut sum = 0;
        for region in std::iter::once(None).chain(regions.iter().map(|it| Some(it.as_str()))) {
            let mut range = redis::cmd("ZRANGE");
            range.arg(fleet.index_of(region)).arg(0).arg(-1);
            let all: Vec<(String, f64)> = link.command(range.arg("WITHSCORES")).await?;
            sum += all
                .iter()
                .map(|(_, free)| free.max(0.0) as u64)
                .sum::<u64>();
        }
        Ok(sum)
    }

    /// The URL at which a client measures its latency to each region that has a live relay: an absolute URL, or a
    /// path at the front door.
    pub async fn regions(&self) -> Result<BTreeMap<String, String>> {
        let relays: Vec<(String, String)> =
            self.stores.run_fleet(&script::REGION_LIST, &[]).await?;
        let urls = relays.into_iter();
        Ok(urls.map(|(region, url)| (region, ping_url(&url))).collect())
    }

    /// Returns whether this run must take over first; then nothing was changed.
    async fn renew_lease(&self, relay: &RelayInfo, has_taken_over: bool) -> Result<bool> {
        let candidate = Candidate {
            id: &relay.id,
            url: &relay.url,
            webtransport: relay.webtransport.as_ref(),
            rooms: relay.rooms,
            capacity: relay.capacity,
            region: relay.region.as_deref(),
        };
        let candidate =
            serde_json::to_string(&candidate).map_err(|error| corrupt("relays", error))?;
        let lease_ms = ms(timing::RELAY_LEASE).to_string();
        let free = relay.rooms_free().to_string();
        let taken_over = if has_taken_over { "1" } else { "0" };
        let (id, boot, runs) = (&relay.id, &relay.boot, RUNS_MAX.to_string());
        let dead_ms = (ms(timing::RELAY_INFO_TTL) - ms(timing::RELAY_LEASE)).to_string();
        let region = relay.region_of_rooms().unwrap_or_default();
        let watchers_free = relay
            .places_free()
            .map_or_else(String::new, |it| it.to_string());
        let regions_max = REGIONS_MAX.to_string();
        let args = [
            &lease_ms,
            id,
            boot,
            &free,
            &candidate,
            taken_over,
            &runs,
            &dead_ms,
            region,
            &regions_max,
            &watchers_free,
        ];
        let renewed: String = self.stores.run_fleet(&script::RELAY_RENEW, &args).await?;
        match renewed.as_str() {
            "renewed" => Ok(false),
            "new" => Ok(true),
            "regions" => Err(corrupt(
                &keys::relay_info(id),
                format!("the fleet has {REGIONS_MAX} regions without {region}"),
            )),
            _ => Err(corrupt(
                &keys::relay_info(id),
                "a newer run of this relay is registered",
            )),
        }
    }

    /// Publishes the relay's report for people and programs.
    async fn publish(&self, relay: &RelayInfo) -> Result<()> {
        let watchers_free = relay
            .places_free()
            .map_or_else(String::new, |it| it.to_string());
        let fields = [
            ("url", relay.url.clone()),
            ("rooms", relay.rooms.to_string()),
            ("capacity", relay.capacity.to_string()),
            ("draining", u8::from(relay.draining).to_string()),
            ("boot", relay.boot.clone()),
            ("region", relay.region.clone().unwrap_or_default()),
            ("watchers_free", watchers_free),
        ];
        let key = keys::relay_info(&relay.id);
        let ttl_ms = ms(timing::RELAY_INFO_TTL).cast_signed();
        let mut pipe = redis::pipe();
        pipe.hset_multiple(&key, &fields).ignore();
        pipe.pexpire(&key, ttl_ms).ignore();
        self.stores.link.pipeline(&pipe).await
    }
}

/// What relays have reported about a pool's game; None: nothing yet.
pub(crate) async fn game_of(pool: &PoolStore) -> Result<Option<GameSettings>> {
    let key = pool.keys.game();
    let mut get = redis::cmd("HMGET");
    get.arg(&key).arg("name").arg("settings").arg("seats");
    let found: [Option<String>; 3] = pool.stores.link.command(&get).await?;
    let [Some(name), Some(settings), Some(seats)] = found else {
        return Ok(None);
    };
    let settings = serde_json::from_str(&settings).map_err(|error| corrupt(&key, error))?;
    let seats = serde_json::from_str(&seats).map_err(|error| corrupt(&key, error))?;
    Ok(Some(GameSettings {
        name,
        seats,
        settings,
    }))
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| corrupt("relays", error))
}

async fn take_over(pool: &PoolStore, relay: &RelayInfo) -> Result<()> {
    let RelayInfo { id, url, boot, .. } = relay;
    let (name, settings, seats) = match relay.games.get(pool.name()) {
        Some(game) => (
            game.name.as_str(),
            to_json(&game.settings)?,
            to_json(&game.seats)?,
        ),
        None => ("", String::new(), String::new()),
    };
    let keys = [pool.keys.relay(id)];
    let region = relay.region.as_deref().unwrap_or_default();
    let webtransport = relay
        .webtransport
        .as_ref()
        .map(to_json)
        .transpose()?
        .unwrap_or_default();
    let args = [
        id,
        url,
        boot,
        name,
        &settings,
        region,
        &webtransport,
        &seats,
    ];
    let moved: u64 = pool.run(&script::RELAY_TAKEOVER, &keys, &args).await?;
    if moved > 0 {
        let (pool, relay) = (pool.name(), id);
        tracing::warn!(
            pool,
            relay,
            moved,
            "a new run took over the earlier run's rooms"
        );
    }
    Ok(())
}
