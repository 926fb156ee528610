//! The games that a relay can run, and which of them each pool plays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use game::{Bot, FRAMES_PER_SECOND, Game, Seats, Setting, Settings, SettingsError};
use lobby::{ClaimedPlayer, GameSettings, PoolSettings, Pools, SettingRange};
use parking_lot::RwLock;
use protocol::SettingsTextError;
use protocol::replay::{Replay, ReplayError, ReplayHeader};
use room::{NewBot, Player, Resumed, Room, RoomConfig, RoomError};

use crate::rooms::resume::resume;
use crate::server::StartError;
use crate::watch::filter::{NewFilter, filter_of};
use crate::worker::hosted::Hosted;
use crate::worker::hosted_room::HostedRoom;
use crate::worker::late::LateTerms;
use crate::worker::messages::RoomKey;

/// A game that a relay can run, without its type.
#[derive(Clone, Copy, Debug)]
pub struct GameEntry {
    pub(crate) name: &'static str,
    settings: &'static [Setting],
    /// The minimum and maximum number of players in a match.
    seats: (u8, u8),
    pub(crate) ticks_per_second: u32,
    /// Filters what watchers get; None if the game hides nothing from its players.
    pub(crate) filter: Option<NewFilter>,
    /// Makes the room of a new match.
    pub(crate) start: Start,
    /// Continues the match of a checkpoint.
    pub(crate) resume: Resume,
    /// Makes a bot.
    pub(crate) new_bot: NewBot,
    verify: fn(&[u8]) -> Result<u32, ReplayError>,
}

type Start = fn(Arc<RoomKey>, RoomConfig, Vec<Player>) -> Result<Box<dyn Hosted>, RoomError>;
type Resume = fn(Arc<RoomKey>, &Checkpoint<'_>) -> Result<(Box<dyn Hosted>, Resumed), RoomError>;

/// What a match is resumed from.
pub(crate) struct Checkpoint<'a> {
    pub(crate) state: &'a [u8],
    /// The journal's records after the state.
    pub(crate) records: &'a [Bytes],
    /// The players who have not left.
    pub(crate) players: &'a [ClaimedPlayer],
    /// Whether the room has bots. A bot that a late player replaces is not among the players, and stays until the
    /// player has the seat.
    pub(crate) has_bots: bool,
}

impl GameEntry {
    /// The entry for this game and its bot.
    pub const fn of<G: Game + Send + 'static, B: Bot + Send + 'static>() -> Self {
        Self {
            name: G::NAME,
            settings: G::SETTINGS,
            seats: (*G::SEATS.start(), *G::SEATS.end()),
            ticks_per_second: G::RATE.ticks_per_second(),
            filter: filter_of::<G>(),
            start: |key, config, players| {
                let room = Room::<G>::new(config, players)?;
                Ok(Box::new(HostedRoom::new(key, room)))
            },
            resume: |key, checkpoint| {
                let (room, resumed) = resume::<G>(key.epoch, checkpoint)?;
                Ok((Box::new(HostedRoom::new(key, room)), resumed))
            },
            new_bot: |seed| Box::new(B::new(seed)),
            verify: verify::<G>,
        }
    }

    fn has(&self, setting: &str) -> bool {
        self.settings.iter().any(|known| known.name == setting)
    }

    /// Errors: the game does not allow every number of players that the pool allows.
    fn check_seats(&self, pool: &PoolSettings) -> Result<(), String> {
        let (least, most) = (u32::from(self.seats.0), u32::from(self.seats.1));
        if least <= pool.seats_min && pool.seats_max <= most {
            return Ok(());
        }
        let PoolSettings {
            seats_min,
            seats_max,
            ..
        } = pool;
        Err(format!(
            "a match of {} has {least} to {most} players, and the pool has seats_min {seats_min} and seats_max {seats_max}",
            self.name
        ))
    }

    /// The game's default settings, overridden by these.
    fn parse<'a>(
        &self,
        named: impl IntoIterator<Item = (&'a String, &'a i64)>,
    ) -> Result<Settings, SettingsError> {
        let named = named.into_iter();
        Settings::parse(
            self.settings,
            named.map(|(name, &value)| (name.as_str(), value)),
        )
    }
}

/// The games of a relay.
#[derive(Debug)]
pub(crate) struct Games {
    known: &'static [GameEntry],
    /// The game of the pools that name none.
    default: &'static GameEntry,
    /// For pools without settings.
    common: BTreeMap<String, i64>,
    /// Replaced when operators change the settings of the pools.
    played: RwLock<Played>,
}

#[derive(Debug, Default)]
struct Played {
    pools: BTreeMap<String, PoolGame>,
    reported: Arc<BTreeMap<String, GameSettings>>,
}

/// The game of a pool, with its settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolGame {
    pub(crate) game: &'static GameEntry,
    pub(crate) settings: Settings,
    /// Without the grace period, which the server sets. None: no late joins.
    pub(crate) late: Option<LateTerms>,
    /// A bot plays for a player who is away for this many frames (1/60 s). None: no bots.
    pub(crate) replace_frames: Option<u32>,
}

impl PoolGame {
    /// The pool's settings, overridden by those that a room's host chose.
    pub(crate) fn settings_of(
        &self,
        chosen: &BTreeMap<String, i64>,
    ) -> Result<Settings, SettingsError> {
        let chosen = chosen.iter().map(|(name, &value)| (name.as_str(), value));
        self.settings.overridden(self.game.settings, chosen)
    }

    fn reported(&self) -> GameSettings {
        let known = self.game.settings.iter().zip(self.settings.0);
        let settings = known.map(|(&Setting { name, min, max, .. }, default)| {
            (name.to_owned(), SettingRange { min, max, default })
        });
        GameSettings {
            name: self.game.name.to_owned(),
            seats: (self.game.seats.0.into(), self.game.seats.1.into()),
            settings: settings.collect(),
        }
    }
}

impl Games {
    /// `default` is the game of the pools that name none; without it, the first known game. `common` are the
    /// settings, as JSON, for pools without settings: each game takes those that it has.
    pub(crate) fn new(
        known: &'static [GameEntry],
        pools: &Pools,
        default: Option<&str>,
        common: &str,
    ) -> Result<Self, StartError> {
        let default = match default {
            Some(name) => find(known, name),
            None => known.first(),
        }
        .ok_or_else(|| StartError::Game(unknown(known, default.unwrap_or_default())))?;
        let games = Self {
            known,
            default,
            common: protocol::read_settings(common)?,
            played: RwLock::default(),
        };
        games.set(pools)?;
        match games.unused() {
            Some(name) => Err(SettingsTextError::from(SettingsError::Unknown(name)).into()),
            None => Ok(games),
        }
    }

    /// New rooms have these settings from now on. After an error, nothing has changed.
    pub(crate) fn set(&self, pools: &Pools) -> Result<(), StartError> {
        let plays = pools.0.iter().map(|(pool, chosen)| {
            let plays = self.plays(pool, chosen)?;
            Ok((pool.clone(), plays))
        });
        let pools: BTreeMap<_, _> = plays.collect::<Result<_, StartError>>()?;
        let reported = pools
            .iter()
            .map(|(pool, plays)| (pool.clone(), plays.reported()));
        let reported = Arc::new(reported.collect());
        *self.played.write() = Played { pools, reported };
        Ok(())
    }

    /// A common setting that no game of the pools has.
    fn unused(&self) -> Option<String> {
        let played = self.played.read();
        let is_used = |name: &&String| played.pools.values().any(|plays| plays.game.has(name));
        self.common.keys().find(|name| !is_used(name)).cloned()
    }

    /// Errors: the pool's game cannot be played with these settings.
    fn plays(&self, pool: &str, chosen: &PoolSettings) -> Result<PoolGame, StartError> {
        let in_pool = |why| StartError::Pool {
            pool: pool.to_owned(),
            why,
        };
        let game = match &chosen.game {
            Some(name) => self
                .find(name)
                .ok_or_else(|| in_pool(unknown(self.known, name)))?,
            None => self.default,
        };
        game.check_seats(chosen).map_err(in_pool)?;
        let settings = match &chosen.settings {
            Some(own) => game
                .parse(own)
                .map_err(|error| in_pool(error.to_string()))?,
            None => game
                .parse(self.common.iter().filter(|(name, _)| game.has(name)))
                .map_err(SettingsTextError::from)?,
        };
        let late = chosen.late.map(|late| LateTerms {
            seats: Seats::first(chosen.seats_max as usize),
            until_frames: u64::from(late.until_s) * u64::from(FRAMES_PER_SECOND),
            grace_frames: 0,
        });
        Ok(PoolGame {
            game,
            settings,
            late,
            replace_frames: chosen.bots.map(|bots| frames(bots.replace_after_ms)),
        })
    }

    /// What the relay reports to the lobby about the games of the pools.
    pub(crate) fn reported(&self) -> Arc<BTreeMap<String, GameSettings>> {
        self.played.read().reported.clone()
    }

    /// The names of the games of its pools.
    pub(crate) fn played(&self) -> String {
        let played = self.played.read();
        let names: BTreeSet<_> = played.pools.values().map(|it| it.game.name).collect();
        Vec::from_iter(names).join(", ")
    }

    /// None for a pool that is not configured.
    pub(crate) fn of_pool(&self, pool: &str) -> Option<PoolGame> {
        self.played.read().pools.get(pool).copied()
    }

    /// None for a game that this relay does not have.
    pub(crate) fn find(&self, name: &str) -> Option<&'static GameEntry> {
        find(self.known, name)
    }

    /// Plays a replay of any known game. Returns the number of differing hashes.
    pub(crate) fn verify(&self, replay: &[u8]) -> Result<u32, ReplayError> {
        let (header, _) = ReplayHeader::split(replay)?;
        let game = self.find(&header.game).ok_or(ReplayError::Game)?;
        (game.verify)(replay)
    }
}

fn frames(ms: u64) -> u32 {
    u32::try_from(ms * u64::from(FRAMES_PER_SECOND) / 1_000).unwrap_or(u32::MAX)
}

fn find(known: &'static [GameEntry], name: &str) -> Option<&'static GameEntry> {
    known.iter().find(|game| game.name == name)
}

fn unknown(known: &'static [GameEntry], name: &str) -> String {
    let names: Vec<_> = known.iter().map(|game| game.name).collect();
    format!("no game {name:?}; the games are {}", names.join(", "))
}

fn verify<G: Game>(replay: &[u8]) -> Result<u32, ReplayError> {
    let mut replay = Replay::<G>::open(replay)?;
    while replay.step()? {}
    Ok(replay.mismatches())
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! entries {
        ($($game:ty, $bot:ty;)*) => { &[$(GameEntry::of::<$game, $bot>()),*] };
    }

    const KNOWN: &[GameEntry] = registry::each_game!(entries);

    /// The first two settings of each pool: `match_seconds` and `lives` for the arena; tag has only the first one.
    /// `{games}` in `expected` stands for the names of all games.
    fn check(pools: &str, default: Option<&str>, common: &str, expected: &str) {
        let pools = Pools::parse(pools).expect("pools");
        let shown = match Games::new(KNOWN, &pools, default, common) {
            Ok(games) => {
                let played = games.played.read();
                let pools = played
                    .pools
                    .iter()
                    .map(|(pool, PoolGame { game, settings, .. })| {
                        format!("{pool}={}{:?}", game.name, &settings.0[..2])
                    });
                pools.collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        };
        let games = registry::NAMES.join(", ");
        assert_eq!(shown, expected.replace("{games}", &games));
    }

    #[test]
    fn a_pool_without_a_game_plays_the_default() {
        check(r#"{"main":{}}"#, None, "", "main=arena[180, 3]");
        check(r#"{"main":{}}"#, Some("tag"), "", "main=tag[90, 0]");
        check(
            r#"{"main":{}}"#,
            Some("chess"),
            "",
            r#"GAME: no game "chess"; the games are {games}"#,
        );
    }

    #[test]
    fn a_game_takes_the_common_settings_that_it_has() {
        let pools = r#"{"a":{},"b":{"game":"tag"},"c":{"settings":{"lives":2}}}"#;
        let common = r#"{"match_seconds":20,"lives":1}"#;
        check(
            pools,
            None,
            common,
            "a=arena[20, 1] b=tag[20, 0] c=arena[180, 2]",
        );
        check(
            r#"{"main":{}}"#,
            Some("tag"),
            common,
            "SETTINGS: unknown setting `lives`",
        );
        check(
            pools,
            None,
            r#"{"livse":1}"#,
            "SETTINGS: unknown setting `livse`",
        );
    }

    #[test]
    fn an_error_names_the_pool_that_does_not_fit_its_game() {
        check(
            r#"{"a":{},"b":{"game":"chess"}}"#,
            None,
            "",
            r#"POOLS: b: no game "chess"; the games are {games}"#,
        );
        check(
            r#"{"a":{},"b":{"game":"tag","settings":{"lives":1}}}"#,
            None,
            "",
            "POOLS: b: unknown setting `lives`",
        );
        check(
            r#"{"a":{"settings":{"lives":9}}}"#,
            None,
            "",
            "POOLS: a: setting `lives` is 1 to 3, not 9",
        );
        check(
            r#"{"a":{"seats_max":6}}"#,
            None,
            "",
            "POOLS: a: a match of arena has 1 to 5 players, and the pool has seats_min 3 and seats_max 6",
        );
        check(
            r#"{"a":{"game":"cards","seats_min":1,"seats_max":4}}"#,
            None,
            "",
            "POOLS: a: a match of cards has 2 to 4 players, and the pool has seats_min 1 and seats_max 4",
        );
    }
}
