//! [`PoolConfig`]: a pool's settings as they are now, and the numbers that its scripts get.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;
use serde::Serialize;

use crate::error::{Error, Result, corrupt};
use crate::settings::{Overrides, PoolSettings, Pools};
use crate::timing::{self, ms};

/// A candidate who could not be seated this number of times is removed with a reason.
const ATTEMPTS_MAX: u32 = 8;

/// Every configured pool.
pub(crate) struct PoolConfigs {
    pools: BTreeMap<String, Arc<PoolConfig>>,
    /// The version of the overrides that apply.
    version: AtomicU64,
}

/// A pool: its configuration, and what operators have changed of it.
pub(crate) struct PoolConfig {
    pub(crate) name: String,
    configured: PoolSettings,
    now: RwLock<InForce>,
}

/// What applies now.
#[derive(Clone)]
pub(crate) struct InForce {
    pub(crate) settings: Arc<PoolSettings>,
    pub(crate) overrides: Arc<Overrides>,
    /// `ARGV[2]` of every script of the pool.
    pub(crate) numbers: Arc<str>,
}

impl PoolConfigs {
    pub(crate) fn new(pools: &Pools) -> Result<Self> {
        let configs = pools.0.iter().map(|(name, settings)| {
            let config = PoolConfig::new(name, settings)?;
            Ok((name.clone(), Arc::new(config)))
        });
        Ok(Self {
            pools: configs.collect::<Result<_>>()?,
            version: AtomicU64::new(0),
        })
    }

    pub(crate) fn of(&self, pool: &str) -> Option<&Arc<PoolConfig>> {
        self.pools.get(pool)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<PoolConfig>> {
        self.pools.values()
    }

    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Sets which version of the overrides applies. Returns true if it is another one.
    pub(crate) fn set_version(&self, version: u64) -> bool {
        self.version.swap(version, Ordering::Relaxed) != version
    }
}

impl PoolConfig {
    fn new(name: &str, configured: &PoolSettings) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            now: RwLock::new(InForce::new(configured.clone(), Overrides::default())?),
            configured: configured.clone(),
        })
    }

    pub(crate) fn now(&self) -> InForce {
        self.now.read().clone()
    }

    /// The configured settings with these overrides. Errors: the pool cannot have them.
    pub(crate) fn with(&self, overrides: &Overrides) -> Result<PoolSettings, String> {
        self.configured.overridden(overrides)
    }

    /// Puts these overrides in place of the earlier ones. Errors: the pool cannot have them; then nothing changes.
    pub(crate) fn put(&self, overrides: Overrides) -> Result<()> {
        let settings = self.with(&overrides).map_err(Error::Config)?;
        *self.now.write() = InForce::new(settings, overrides)?;
        Ok(())
    }
}

impl InForce {
    fn new(settings: PoolSettings, overrides: Overrides) -> Result<Self> {
        let numbers = serde_json::to_string(&ScriptNumbers::new(&settings));
        let numbers = numbers.map_err(|error| corrupt("settings", error))?;
        Ok(Self {
            settings: Arc::new(settings),
            overrides: Arc::new(overrides),
            numbers: numbers.into(),
        })
    }
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

impl<'a> ScriptNumbers<'a> {
    fn new(settings: &'a PoolSettings) -> Self {
        Self {
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
        }
    }
}

/// In ms. With planted mistakes, rooms that players make may end soon.
fn soon(duration: std::time::Duration) -> u64 {
    #[cfg(feature = "mutate")]
    if crate::mutate::has_few_codes() {
        return ms(duration).min(12_000);
    }
    ms(duration)
}
