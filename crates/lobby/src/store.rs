//! The pools' keys, settings and clock over one Redis: how this crate runs its scripts.

use std::collections::BTreeMap;
use std::sync::Arc;

use redis::{FromRedisValue, Script};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result, corrupt};
use crate::keys::{FleetKeys, PoolKeys, pool_of};
use crate::redis::link::Link;
use crate::settings::{PoolSettings, Pools};
use crate::timing::{self, ms};

/// A candidate who could not be seated this number of times is removed with a reason.
const ATTEMPTS_MAX: u32 = 8;
/// The name of the fleet, which is also the key of its index of relays by free rooms.
const FLEET: &str = "relays";

/// All pools over one Redis. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) link: Link,
    pub(crate) fleet: Arc<FleetKeys>,
    pools: Arc<BTreeMap<String, Arc<PoolConfig>>>,
    clock_ms: Option<u64>,
}

/// One pool: its keys and settings, and how scripts run on them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PoolStore {
    pub(crate) stores: Stores,
    pub(crate) keys: PoolKeys,
    config: Arc<PoolConfig>,
}

struct PoolConfig {
    name: String,
    settings: PoolSettings,
    /// `ARGV[2]` of every script of the pool.
    numbers: String,
}

/// The numbers that the scripts read from `ARGV[2]` by name. The lanes and the settings come first, because most
/// scripts need no others.
#[derive(Serialize)]
struct ScriptNumbers<'a> {
    /// `lanes`, under a name that no setting of a game has: almost every script needs it.
    outbox_lanes: u32,
    #[serde(flatten)]
    settings: &'a PoolSettings,
    attempts_max: u32,
    room_leaderboard_ttl_ms: u64,
    answer_ttl_ms: u64,
    ticket_ttl_ms: u64,
    away_ms: u64,
    host_silent_ms: u64,
    room_empty_ms: u64,
    rematch_ttl_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_size: Option<u32>,
    outbox_lease_ms: u64,
    group_first_ms: u64,
    group_silent_ms: u64,
    claim_fresh_ms: u64,
    relay_lease_ms: u64,
    poll_gap_max_ms: u64,
    pause_grace_ms: u64,
}

impl Stores {
    pub(crate) fn new(link: Link, pools: &Pools) -> Result<Self> {
        let configs = pools.0.iter().map(|(name, settings)| {
            let config = PoolConfig::new(name, settings)?;
            Ok((name.clone(), Arc::new(config)))
        });
        Ok(Self {
            link,
            fleet: Arc::new(FleetKeys::new(FLEET)),
            pools: Arc::new(configs.collect::<Result<_>>()?),
            clock_ms: None,
        })
    }

    pub(crate) fn at(&self, clock_ms: u64) -> Self {
        Self {
            clock_ms: Some(clock_ms),
            ..self.clone()
        }
    }

    pub(crate) fn waiting_for(&self, replicas: u32) -> Self {
        Self {
            link: self.link.waiting_for(replicas),
            ..self.clone()
        }
    }

    pub(crate) fn with_fleet(&self, name: &str) -> Self {
        Self {
            fleet: Arc::new(FleetKeys::new(name)),
            ..self.clone()
        }
    }

    /// Errors: [`Error::UnknownPool`].
    pub(crate) fn pool(&self, name: &str) -> Result<PoolStore> {
        let config = self.pools.get(name);
        config
            .map(|config| PoolStore::new(self, config))
            .ok_or_else(|| Error::UnknownPool(name.to_owned()))
    }

    pub(crate) fn all(&self) -> Vec<PoolStore> {
        self.pools
            .values()
            .map(|config| PoolStore::new(self, config))
            .collect()
    }

    /// `ARGV[1]` of every script: empty for the server's clock.
    pub(crate) fn clock(&self) -> String {
        self.clock_ms.map(|ms| ms.to_string()).unwrap_or_default()
    }

    /// Runs a script on a key outside every pool.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        args: &[&str],
    ) -> Result<T> {
        let mut call = script.prepare_invoke();
        call.key(key);
        for arg in args {
            call.arg(*arg);
        }
        self.link.script(&call).await
    }

    /// Runs a script with the fleet's fixed keys, and with the clock before `args`.
    pub(crate) async fn run_fleet<T: FromRedisValue>(
        &self,
        script: &Script,
        args: &[&str],
    ) -> Result<T> {
        let mut call = script.prepare_invoke();
        for key in self.fleet.fixed() {
            call.key(key);
        }
        call.arg(self.clock());
        for arg in args {
            call.arg(*arg);
        }
        self.link.script(&call).await
    }
}

impl PoolStore {
    fn new(stores: &Stores, config: &Arc<PoolConfig>) -> Self {
        Self {
            stores: stores.clone(),
            keys: PoolKeys::new(&config.name),
            config: config.clone(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.config.name
    }

    pub(crate) fn settings(&self) -> &PoolSettings {
        &self.config.settings
    }

    /// Whether the room belongs to this pool, by its id.
    pub(crate) fn has(&self, room: &str) -> bool {
        pool_of(room) == self.name()
    }

    pub(crate) fn player_keys(&self, player: &str) -> [String; 2] {
        [
            self.keys.player(player),
            self.keys.shadow(&format!("player:{player}")),
        ]
    }

    pub(crate) fn room_keys(&self, room: &str, third: String) -> [String; 3] {
        [
            self.keys.room(room),
            self.keys.shadow(&format!("room:{room}")),
            third,
        ]
    }

    /// Runs a script with the pool's fixed keys, the clock and the numbers before `keys` and
    /// `args`.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[&str],
    ) -> Result<T> {
        let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
        self.run_bytes(script, keys, &args).await
    }

    /// Like `run`, for arguments that need not be text.
    pub(crate) async fn run_bytes<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[&[u8]],
    ) -> Result<T> {
        let mut call = script.prepare_invoke();
        for key in self.keys.fixed().iter().chain(keys) {
            call.key(key);
        }
        call.arg(self.stores.clock()).arg(&self.config.numbers);
        for arg in args {
            call.arg(*arg);
        }
        self.stores.link.script(&call).await
    }

    /// Like `run`, for a script that answers with JSON.
    pub(crate) async fn run_json<T: DeserializeOwned>(
        &self,
        name: &str,
        script: &Script,
        keys: &[String],
        args: &[&str],
    ) -> Result<T> {
        let text: String = self.run(script, keys, args).await?;
        serde_json::from_str(&text).map_err(|error| corrupt(name, error))
    }
}

impl PoolConfig {
    fn new(name: &str, settings: &PoolSettings) -> Result<Self> {
        let numbers = ScriptNumbers {
            outbox_lanes: settings.lanes,
            settings,
            attempts_max: ATTEMPTS_MAX,
            room_leaderboard_ttl_ms: ms(timing::ROOM_LEADERBOARD_TTL),
            answer_ttl_ms: ms(timing::ANSWER_TTL),
            ticket_ttl_ms: ms(timing::TICKET_TTL),
            away_ms: ms(timing::AWAY),
            host_silent_ms: ms(timing::HOST_SILENT),
            room_empty_ms: soon(timing::ROOM_EMPTY),
            rematch_ttl_ms: soon(timing::REMATCH_TTL),
            team_count: settings.teams.map(|teams| teams.count),
            team_size: settings.teams.map(|teams| teams.size),
            outbox_lease_ms: ms(timing::OUTBOX_LEASE),
            group_first_ms: ms(timing::GROUP_FIRST),
            group_silent_ms: ms(timing::GROUP_SILENT),
            claim_fresh_ms: ms(timing::CLAIM_FRESH),
            relay_lease_ms: ms(timing::RELAY_LEASE),
            poll_gap_max_ms: ms(timing::POLL_GAP_MAX),
            pause_grace_ms: ms(timing::PAUSE_GRACE),
        };
        Ok(Self {
            name: name.to_owned(),
            settings: settings.clone(),
            numbers: serde_json::to_string(&numbers).map_err(|error| corrupt("settings", error))?,
        })
    }
}

/// New random text, for ticket ids, lease holders' tokens, room ids and seeds.
pub(crate) fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// In ms. With planted mistakes, rooms that players make may end soon.
fn soon(duration: std::time::Duration) -> u64 {
    #[cfg(feature = "mutate")]
    if crate::mutate::has_few_codes() {
        return ms(duration).min(12_000);
    }
    ms(duration)
}
