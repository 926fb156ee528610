//! [`Pools`]: the configured pools and their settings, validated at start.

mod meta;
mod overrides;
mod teams;
mod watch;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use meta::MetaKeys;
pub(crate) use meta::{INT_MAX, META_KEYS_MAX};
pub use meta::{MetaKind, MetaValue};
pub use overrides::Overrides;
pub use teams::Teams;
pub use watch::WatchAccess;

/// The most seats that a room may have.
pub const SEATS_MAX: u32 = 64;
/// The most lanes that a pool's outbox may have.
pub const LANES_MAX: u32 = 64;
const NAME_MAX: usize = 32;

/// The pools by name, each with the settings that it overrides. Parsed from the environment variable `POOLS`, JSON:
/// `{"main": {}, "tag": {"game": "tag", "countdown_ms": 3000}}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Pools(pub BTreeMap<String, PoolSettings>);

impl Pools {
    /// Errors name what is wrong: invalid JSON, an unknown setting, a pool name that is not `[a-z0-9-]{1,32}`, an
    /// invalid name of a game, min > max, max > 64. The relay checks that the pool's game allows these numbers of
    /// players.
    pub fn parse(json: &str) -> Result<Self> {
        let pools: Self =
            serde_json::from_str(json).map_err(|error| Error::Config(format!("POOLS: {error}")))?;
        if pools.0.is_empty() {
            return Err(Error::Config(
                "POOLS: there must be at least one pool".to_owned(),
            ));
        }
        for (name, settings) in &pools.0 {
            if !is_pool_name(name) {
                return Err(Error::Config(format!(
                    "POOLS: {name:?} is not a pool name ([a-z0-9-], 1 to {NAME_MAX})"
                )));
            }
            settings
                .check()
                .map_err(|why| Error::Config(format!("POOLS: {name}: {why}")))?;
        }
        Ok(pools)
    }
}

fn is_pool_name(name: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(allowed)
}

/// Whether a text can be the name of a game, which is the name of its crate: `[a-z0-9_-]{1,32}`.
pub fn is_game_name(name: &str) -> bool {
    is_pool_name(&name.replace('_', "-"))
}

/// A pool's settings, with their defaults in parentheses.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolSettings {
    /// The game of its rooms, by name. None: the deployment's default (`GAME`).
    pub game: Option<String>,
    /// The game's settings in its rooms; a missing setting has the game's default. None: the deployment's
    /// (`SETTINGS`). Only the relay knows which settings a game has.
    pub settings: Option<BTreeMap<String, i64>>,
    /// Players that start a match (3).
    pub seats_min: u32,
    /// Players that fill a room, which then starts immediately (5).
    pub seats_max: u32,
    /// The countdown from `seats_min` players to the start (10 s).
    pub countdown_ms: u64,
    /// The time after which an open room starts, moves its players or closes (10 min).
    pub room_ttl_ms: u64,
    /// The time after which a player without a sign of life is removed (5 min).
    pub player_ttl_ms: u64,
    /// A started room ends if no relay claims it, or its relay writes no checkpoint, for this long (30 s).
    pub claim_room_ms: u64,
    /// How long the replay of a finished match is kept (1 hour); 0: no replays.
    pub replay_ttl_ms: u64,
    /// How many players a pool's leaderboard keeps, best first (10,000).
    pub leaderboard_max: u32,
    /// Whether players may join a running match, if its game accepts them (no).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<LateJoins>,
    /// What the hosts of its rooms may declare about them, by name: `{"mode":"text","level":"int"}`; at most 4
    /// (none).
    #[serde(skip_serializing_if = "MetaKeys::is_empty")]
    pub meta: MetaKeys,
    /// Bots that fill its matches (none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bots: Option<BotSettings>,
    /// Teams of its matches (none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams: Option<Teams>,
    /// How many lanes its outbox has, 1 to 64 (1). Each lane is delivered independently.
    pub lanes: u32,
    /// Who may watch its running matches (nobody).
    #[serde(skip_serializing_if = "WatchAccess::is_off")]
    pub watch: WatchAccess,
    /// The delay of watchers relative to the match, in ms, at most 10 minutes (0).
    #[serde(skip_serializing_if = "is_zero")]
    pub watch_delay_ms: u64,
}

/// Late joins of a pool: `{"until_s": 120}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LateJoins {
    /// How long after its start a match takes players, in seconds, 1 to 86,400.
    pub until_s: u32,
}

impl LateJoins {
    /// The limit of `until_s`: no match takes players longer than a day after its start.
    const UNTIL_S_MAX: u32 = 86_400;
}

/// The bots of a pool: `{"fill_to": 4}`. The match's relay plays them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BotSettings {
    /// A match starts with at least this number of players, bots included: `seats_min` to `seats_max`.
    pub fill_to: u32,
    /// An open room with a player starts after this time (3 s), at most 10 minutes.
    #[serde(default = "BotSettings::after_ms")]
    pub after_ms: u64,
    /// The time for which a player's connection must be lost before a bot plays for them (5 s), 1 s to an hour. The
    /// bot stops when they are back.
    #[serde(default = "BotSettings::replace_after_ms")]
    pub replace_after_ms: u64,
}

impl BotSettings {
    const AFTER_MS_MAX: u64 = 600_000;
    const REPLACE_AFTER_MS: RangeInclusive<u64> = 1_000..=3_600_000;

    const fn after_ms() -> u64 {
        3_000
    }

    const fn replace_after_ms() -> u64 {
        5_000
    }

    fn check(&self, seats: RangeInclusive<u32>) -> Result<(), String> {
        let Self {
            fill_to,
            after_ms,
            replace_after_ms,
        } = self;
        let (least, most) = (seats.start(), seats.end());
        if !seats.contains(fill_to) {
            return Err(format!(
                "bots.fill_to must be seats_min ({least}) to seats_max ({most}), it is {fill_to}"
            ));
        }
        if *after_ms > Self::AFTER_MS_MAX {
            let most = Self::AFTER_MS_MAX;
            return Err(format!(
                "bots.after_ms must be at most {most}, it is {after_ms}"
            ));
        }
        if !Self::REPLACE_AFTER_MS.contains(replace_after_ms) {
            let (least, most) = Self::REPLACE_AFTER_MS.into_inner();
            return Err(format!(
                "bots.replace_after_ms must be {least} to {most}, it is {replace_after_ms}"
            ));
        }
        Ok(())
    }
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            game: None,
            settings: None,
            seats_min: 3,
            seats_max: 5,
            countdown_ms: 10_000,
            room_ttl_ms: 600_000,
            player_ttl_ms: 300_000,
            claim_room_ms: 30_000,
            replay_ttl_ms: 3_600_000,
            leaderboard_max: 10_000,
            late: None,
            meta: MetaKeys::new(),
            bots: None,
            teams: None,
            lanes: 1,
            watch: WatchAccess::Off,
            watch_delay_ms: 0,
        }
    }
}

impl PoolSettings {
    /// Whether a room that a player makes may have this number of seats. Errors: why not.
    pub fn check_room_seats(&self, seats: u32) -> Result<(), String> {
        if (self.seats_min..=self.seats_max).contains(&seats) {
            return Ok(());
        }
        let (least, most) = (self.seats_min, self.seats_max);
        Err(format!("seats is {least} to {most} in this pool."))
    }

    /// Whether a room may have these values. Errors: name the first value that it may not have.
    pub fn check_meta(&self, values: &BTreeMap<String, MetaValue>) -> Result<(), String> {
        meta::check_values(&self.meta, values)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(game) = self.game.as_deref().filter(|game| !is_game_name(game)) {
            return Err(format!(
                "{game:?} is not the name of a game ([a-z0-9_-], 1 to {NAME_MAX})"
            ));
        }
        if self.seats_min == 0 || self.seats_min > self.seats_max {
            return Err(format!(
                "seats_min must be 1 to seats_max ({}), it is {}",
                self.seats_max, self.seats_min
            ));
        }
        if self.seats_max > SEATS_MAX {
            return Err(format!(
                "seats_max must be at most {SEATS_MAX}, it is {}",
                self.seats_max
            ));
        }
        if let Some(late) = self.late
            && !(1..=LateJoins::UNTIL_S_MAX).contains(&late.until_s)
        {
            return Err(format!(
                "late.until_s must be 1 to {}, it is {}",
                LateJoins::UNTIL_S_MAX,
                late.until_s
            ));
        }
        if !(1..=LANES_MAX).contains(&self.lanes) {
            return Err(format!(
                "lanes must be 1 to {LANES_MAX}, it is {}",
                self.lanes
            ));
        }
        meta::check_keys(&self.meta)?;
        if let Some(bots) = self.bots {
            bots.check(self.seats_min..=self.seats_max)?;
        }
        if let Some(teams) = self.teams {
            teams.check(self)?;
        }
        self.watch.check(self)?;
        let positive = [
            ("room_ttl_ms", self.room_ttl_ms),
            ("player_ttl_ms", self.player_ttl_ms),
            ("claim_room_ms", self.claim_room_ms),
            ("leaderboard_max", u64::from(self.leaderboard_max)),
        ];
        match positive.iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(format!("{name} must be more than 0")),
            None => Ok(()),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
