//! The pools' keys, settings and clock over one Redis: how this crate runs its scripts.

mod config;

use std::sync::Arc;

use redis::{FromRedisValue, Script};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result, corrupt};
use crate::keys::{FleetKeys, PoolKeys, pool_of};
use crate::redis::link::Link;
use crate::settings::{Overrides, PoolSettings, Pools};
use config::PoolConfig;
pub(crate) use config::PoolConfigs;

/// The name of the fleet, which is also the key of its index of relays by free rooms.
const FLEET: &str = "relays";

/// All pools over one Redis. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) link: Link,
    pub(crate) fleet: Arc<FleetKeys>,
    pub(crate) configs: Arc<PoolConfigs>,
    clock_ms: Option<u64>,
}

/// One pool: its keys and settings, and how scripts run on them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PoolStore {
    pub(crate) stores: Stores,
    pub(crate) keys: PoolKeys,
    config: Arc<PoolConfig>,
}

impl Stores {
    pub(crate) fn new(link: Link, pools: &Pools) -> Result<Self> {
        Ok(Self {
            link,
            fleet: Arc::new(FleetKeys::new(FLEET)),
            configs: Arc::new(PoolConfigs::new(pools)?),
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
        let config = self.configs.of(name);
        config
            .map(|config| PoolStore::new(self, config))
            .ok_or_else(|| Error::UnknownPool(name.to_owned()))
    }

    pub(crate) fn all(&self) -> Vec<PoolStore> {
        self.configs
            .all()
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

    /// As they are now: an operator may change them.
    pub(crate) fn settings(&self) -> Arc<PoolSettings> {
        self.config.now().settings
    }

    /// What operators have changed of its settings.
    pub(crate) fn overrides(&self) -> Arc<Overrides> {
        self.config.now().overrides
    }

    /// Its settings with these overrides. Errors: why it cannot have them.
    pub(crate) fn with(&self, overrides: &Overrides) -> Result<PoolSettings, String> {
        self.config.with(overrides)
    }

    /// Puts overrides in place of the earlier ones.
    pub(crate) fn put(&self, overrides: Overrides) -> Result<()> {
        self.config.put(overrides)
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
        call.arg(self.stores.clock())
            .arg(&*self.config.now().numbers);
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

/// New random text, for ticket ids, lease holders' tokens, room ids and seeds.
pub(crate) fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
