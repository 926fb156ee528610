//! [`LiveSettings`]: the settings of the pools as they are now, and how an operator changes them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, timeout};

use crate::error::{Error, Result, corrupt};
use crate::redis::script;
use crate::settings::{Overrides, Pools};
use crate::store::{PoolStore, Stores};

/// The field of the version, a number that each change raises. 0: nobody has changed anything.
const VERSION: &str = "version";
/// How long a call waits for newer settings. After that it uses those that it has.
const WAIT_MAX: Duration = Duration::from_millis(50);

/// The pools' settings with the changes of operators, the overrides. Each process reads them at intervals, so a change
/// needs no restart.
#[derive(Clone)]
pub struct LiveSettings {
    stores: Stores,
    /// When they were last read; None: never.
    read_at: Arc<Mutex<Option<Instant>>>,
}

/// The answer to [`LiveSettings::change`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsChange {
    /// The pool has these overrides now.
    Done {
        /// The version now; the version that was read, if the pool had the same overrides.
        version: u64,
        /// The pool's overrides before.
        before: Overrides,
    },
    /// Nothing was changed: this is the version now, not the one that was read.
    Stale {
        /// The version now.
        version: u64,
    },
    /// Nothing was changed: the pool cannot have these settings. A sentence says why.
    Refused(String),
}

impl LiveSettings {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
            read_at: Arc::default(),
        }
    }

    /// The pools with the settings that apply now.
    pub fn pools(&self) -> Pools {
        let pools = self.stores.all().into_iter();
        let settings = pools.map(|pool| (pool.name().to_owned(), (*pool.settings()).clone()));
        Pools(settings.collect())
    }

    /// A pool's overrides, as last read. Errors: [`Error::UnknownPool`].
    pub fn overrides(&self, pool: &str) -> Result<Arc<Overrides>> {
        Ok(self.stores.pool(pool)?.overrides())
    }

    /// The version that was last read.
    pub fn version(&self) -> u64 {
        self.stores.configs.version()
    }

    /// Reads the overrides. Returns true if they are not those of the last time. A pool that cannot have its
    /// overrides (the configuration has changed since) has none.
    pub async fn refresh(&self) -> Result<bool> {
        let mut get = redis::cmd("HGETALL");
        get.arg(self.stores.fleet.settings());
        let found: BTreeMap<String, String> = self.stores.link.command(&get).await?;
        let version = found.get(VERSION).map_or(Ok(0), |text| text.parse());
        let version = version.map_err(|error| corrupt(&self.stores.fleet.settings(), error))?;
        if !self.stores.configs.set_version(version) {
            return Ok(false);
        }
        for pool in self.stores.all() {
            let text = found.get(&field(pool.name())).map_or("{}", String::as_str);
            put(&pool, text);
        }
        Ok(true)
    }

    /// Reads the overrides, if they were last read longer than `age_max` ago. Waits 50 ms at most: without an answer,
    /// the settings stay as they are.
    pub async fn refresh_after(&self, age_max: Duration) {
        let now = Instant::now();
        {
            let mut read_at = self.read_at.lock();
            if read_at.is_some_and(|at| now.duration_since(at) < age_max) {
                return;
            }
            // Only one of several callers at a time reads.
            *read_at = Some(now);
        }
        match timeout(WAIT_MAX, self.refresh()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the pools' settings are not read"),
            Err(_) => tracing::debug!("the pools' settings are not read in time"),
        }
    }

    /// Replaces the overrides of a pool; empty ones restore the configuration. `version` is the version that the
    /// operator saw. Errors: [`Error::UnknownPool`].
    pub async fn change(
        &self,
        pool: &str,
        version: u64,
        overrides: &Overrides,
    ) -> Result<SettingsChange> {
        let store = self.stores.pool(pool)?;
        if let Err(why) = store.with(overrides) {
            return Ok(SettingsChange::Refused(why));
        }
        if let Some(why) = self.refused_by_game(&store, overrides).await? {
            return Ok(SettingsChange::Refused(why));
        }
        let text = if overrides.0.is_empty() {
            String::new()
        } else {
            serde_json::to_string(overrides).map_err(|error| corrupt("settings", error))?
        };
        let (key, seen) = (self.stores.fleet.settings(), version.to_string());
        let args = [pool, &seen, &text];
        let script = &script::SETTINGS_CHANGE;
        let answer: Vec<String> = self.stores.run(script, &key, &args).await?;
        let number = |text: &String| text.parse().map_err(|error| corrupt(&key, error));
        let version = answer.first().map_or(Ok(0), number)?;
        let Some(before) = answer.get(1) else {
            return Ok(SettingsChange::Stale { version });
        };
        self.refresh().await?;
        let before = parse(before).map_err(|error| corrupt(&key, error))?;
        Ok(SettingsChange::Done { version, before })
    }

    /// Why the pool's game cannot be played with these settings. None if it can, or if no relay has reported the game
    /// yet.
    async fn refused_by_game(
        &self,
        pool: &PoolStore,
        overrides: &Overrides,
    ) -> Result<Option<String>> {
        let settings = pool.with(overrides).map_err(Error::Config)?;
        let reported = crate::relays::game_of(pool).await?;
        Ok(reported.and_then(|game| game.refuses(&settings)))
    }
}

fn field(pool: &str) -> String {
    format!("pool:{pool}")
}

fn parse(text: &str) -> serde_json::Result<Overrides> {
    serde_json::from_str(if text.is_empty() { "{}" } else { text })
}

fn put(pool: &PoolStore, text: &str) {
    let overrides = parse(text).map_err(|error| error.to_string());
    let put = overrides.and_then(|it| pool.put(it).map_err(|error| error.to_string()));
    if let Err(why) = put {
        tracing::error!(
            pool = pool.name(),
            why,
            "the overrides of the pool's settings do not apply"
        );
        // No overrides are always valid.
        let _ = pool.put(Overrides::default());
    }
}
