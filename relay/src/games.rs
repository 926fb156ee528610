//! The games that a relay can run, and which of them each pool plays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use game::{Game, Setting, Settings};
use lobby::{ClaimedPlayer, Pools};
use protocol::replay::{Replay, ReplayError, ReplayHeader};
use room::{Player, Resumed, Room, RoomConfig, RoomError};

use crate::rooms::resume::resume;
use crate::server::StartError;
use crate::worker::hosted::Hosted;
use crate::worker::hosted_room::HostedRoom;
use crate::worker::messages::RoomKey;

/// A game that a relay can run, without its type.
#[derive(Clone, Copy, Debug)]
pub struct GameEntry {
    pub(crate) name: &'static str,
    settings: &'static [Setting],
    /// Makes the room of a new match.
    pub(crate) start: Start,
    /// Continues the match of a checkpoint.
    pub(crate) resume: Resume,
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
}

impl GameEntry {
    /// The entry of this game.
    pub const fn of<G: Game + Send + 'static>() -> Self {
        Self {
            name: G::NAME,
            settings: G::SETTINGS,
            start: |key, config, players| {
                let room = Room::<G>::new(config, players)?;
                Ok(Box::new(HostedRoom::new(key, room)))
            },
            resume: |key, checkpoint| {
                let (room, resumed) = resume::<G>(key.epoch, checkpoint)?;
                Ok((Box::new(HostedRoom::new(key, room)), resumed))
            },
            verify: verify::<G>,
        }
    }
}

/// The games of a relay.
#[derive(Debug)]
pub(crate) struct Games {
    known: &'static [GameEntry],
    pools: BTreeMap<String, PoolGame>,
}

/// What the rooms of a pool play.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolGame {
    pub(crate) game: &'static GameEntry,
    pub(crate) settings: Settings,
}

impl Games {
    /// `default` is the game of each pool; without it, the first known one.
    pub(crate) fn new(
        known: &'static [GameEntry],
        pools: &Pools,
        default: Option<&str>,
        settings: &str,
    ) -> Result<Self, StartError> {
        let game = match default {
            Some(name) => find(known, name),
            None => known.first(),
        };
        let game = game.ok_or_else(|| unknown(known, default.unwrap_or_default()))?;
        let settings = protocol::parse_settings(game.settings, settings)?;
        let pools = pools.0.keys();
        let pools = pools.map(|pool| (pool.clone(), PoolGame { game, settings }));
        Ok(Self {
            known,
            pools: pools.collect(),
        })
    }

    /// The names of the games that its pools play.
    pub(crate) fn played(&self) -> String {
        let played: BTreeSet<_> = self.pools.values().map(|plays| plays.game.name).collect();
        Vec::from_iter(played).join(", ")
    }

    /// None for a pool that is not configured.
    pub(crate) fn of_pool(&self, pool: &str) -> Option<PoolGame> {
        self.pools.get(pool).copied()
    }

    /// None for a game that this relay does not have.
    pub(crate) fn find(&self, name: &str) -> Option<&'static GameEntry> {
        find(self.known, name)
    }

    /// Plays a replay of any known game. Returns the number of hashes that differ.
    pub(crate) fn verify(&self, replay: &[u8]) -> Result<u32, ReplayError> {
        let (header, _) = ReplayHeader::split(replay)?;
        let game = self.find(&header.game).ok_or(ReplayError::Game)?;
        (game.verify)(replay)
    }
}

fn find(known: &'static [GameEntry], name: &str) -> Option<&'static GameEntry> {
    known.iter().find(|game| game.name == name)
}

fn unknown(known: &'static [GameEntry], name: &str) -> StartError {
    let names: Vec<_> = known.iter().map(|game| game.name).collect();
    StartError::Game {
        name: name.to_owned(),
        known: names.join(", "),
    }
}

fn verify<G: Game>(replay: &[u8]) -> Result<u32, ReplayError> {
    let mut replay = Replay::<G>::open(replay)?;
    while replay.step()? {}
    Ok(replay.mismatches())
}
