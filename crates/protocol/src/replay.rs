//! Owns playing a finished match again from what its journal kept. docs/replay.md has the file's layout.
//!
//! A replay is a header line of JSON ([`ReplayHeader`]) and the match's records, each behind its length in two bytes.

mod header;
mod keyframes;

use alloc::vec::Vec;
use core::ops::Range;

use game::{Commands, Event, Game, Ranking, Seats, Settings, SettingsError, View};

use crate::DecodeError;
use crate::journal::{Course, Record, decode_record, peek_tick, prefixed};
pub use header::ReplayHeader;
use keyframes::Keyframes;
pub use keyframes::{KEYFRAME_TICKS, KEYFRAMES_MAX};

/// Why bytes are no replay of a game.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The first line is not a replay's.
    #[error("the first line is not the header of a replay")]
    Header,
    /// It is another game's.
    #[error("a replay of another game")]
    Game,
    /// The game refuses its settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A match has at least one player and at most five.
    #[error("{0} players do not fit a match")]
    Players(usize),
    /// Behind the record of this tick (0: behind the header) does not follow the next one.
    #[error("no record follows that of tick {0}")]
    Broken(u32),
    /// The record of this tick does not decode.
    #[error("the record of tick {tick}: {why}")]
    Record {
        /// Which.
        tick: u32,
        /// Why.
        why: DecodeError,
    },
    /// The match was over before the record of this tick.
    #[error("the match was over before tick {0}")]
    Over(u32),
}

/// A match that is played again, forwards and to any tick.
#[derive(Clone, Debug)]
pub struct Replay<G> {
    bytes: Vec<u8>,
    /// Where each record is; the first one is that of tick 1.
    records: Vec<Range<u32>>,
    now: Moment<G>,
    keyframes: Keyframes<G>,
    events: Vec<Event>,
    scratch: Vec<u8>,
    /// Hashes are compared once: up to this tick.
    compared: u32,
    hashes: u32,
    mismatches: u32,
    first_mismatch: Option<u32>,
}

/// Where a replay is.
#[derive(Clone, Debug)]
struct Moment<G> {
    tick: u32,
    course: Course<G>,
    commands: Commands,
}

impl<G: Game> Replay<G> {
    /// Opens a replay as [`ReplayHeader`] and records make it up. It stands before the first tick.
    pub fn open(bytes: &[u8]) -> Result<Self, ReplayError> {
        let (header, records) = ReplayHeader::split(bytes)?;
        if header.game != G::NAME {
            return Err(ReplayError::Game);
        }
        let settings = header
            .settings
            .iter()
            .map(|(name, &value)| (name.as_str(), value));
        let settings = Settings::parse(G::SETTINGS, settings)?;
        Self::new(header.seed, &settings, header.players.len(), records)
    }

    /// A replay whose header was read elsewhere. The settings are in range.
    pub fn new(
        seed: u64,
        settings: &Settings,
        players: usize,
        records: &[u8],
    ) -> Result<Self, ReplayError> {
        if !(1..=game::SEATS_MAX).contains(&players) {
            return Err(ReplayError::Players(players));
        }
        let now = Moment {
            tick: 0,
            course: Course::new(seed, settings, Seats::first(players)),
            commands: Commands::default(),
        };
        Ok(Self {
            records: index(records)?,
            bytes: records.to_vec(),
            keyframes: Keyframes::new(now.clone()),
            now,
            events: Vec::new(),
            scratch: Vec::new(),
            compared: 0,
            hashes: 0,
            mismatches: 0,
            first_mismatch: None,
        })
    }

    /// The last tick there is.
    pub fn ticks(&self) -> u32 {
        self.records.len() as u32
    }

    /// Where it stands; 0 before the first step.
    pub fn tick(&self) -> u32 {
        self.now.tick
    }

    /// Plays the next tick, and compares its hash; false at the end.
    ///
    /// # Errors
    /// When a record does not decode or comes after the end of the match; then the replay stays where it is.
    pub fn step(&mut self) -> Result<bool, ReplayError> {
        self.events.clear();
        let Some(at) = self.records.get(self.now.tick as usize) else {
            return Ok(false);
        };
        let tick = self.now.tick + 1;
        let bytes = &self.bytes[at.start as usize..at.end as usize];
        let record = decode_record(bytes, &self.now.commands)
            .map_err(|why| ReplayError::Record { tick, why })?;
        if self.now.course.outcome().is_some() {
            return Err(ReplayError::Over(tick));
        }
        self.now.course.advance(&record, &mut self.events);
        self.now.commands = record.commands;
        self.now.tick = tick;
        self.compare(&record);
        self.keyframes.keep(&self.now);
        Ok(true)
    }

    /// Goes to a tick, or to the end if that comes before.
    ///
    /// # Errors
    /// As [`Replay::step`]: then it stands before what cannot be played.
    pub fn seek(&mut self, tick: u32) -> Result<(), ReplayError> {
        let keyframe = self.keyframes.before(tick);
        if tick < self.now.tick || keyframe.tick > self.now.tick {
            self.now = keyframe.clone();
        }
        self.events.clear();
        while self.now.tick < tick && self.step()? {}
        Ok(())
    }

    /// The state.
    pub fn game(&self) -> &G {
        self.now.course.sim().game()
    }

    /// Fills the view with what the state shows.
    pub fn view(&self, view: &mut View) {
        self.now.course.sim().read(view);
    }

    /// What happened in the newest step.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The result, once the match is over here.
    pub fn outcome(&self) -> Option<Ranking> {
        self.now.course.outcome()
    }

    /// State hashes that were compared so far.
    pub fn hashes(&self) -> u32 {
        self.hashes
    }

    /// Those of them that differ: the code that plays is not the code that recorded, or the file was changed.
    pub fn mismatches(&self) -> u32 {
        self.mismatches
    }

    /// The first tick whose hash differs.
    pub fn first_mismatch(&self) -> Option<u32> {
        self.first_mismatch
    }

    fn compare(&mut self, record: &Record) {
        if record.tick <= self.compared {
            return;
        }
        self.compared = record.tick;
        if let Some(expected) = record.hash {
            self.hashes += 1;
            if self.now.course.sim().hash(&mut self.scratch) != expected {
                self.mismatches += 1;
                self.first_mismatch.get_or_insert(record.tick);
            }
        }
    }
}

/// Where the records are, which must follow each other from tick 1 on and fill the bytes.
fn index(bytes: &[u8]) -> Result<Vec<Range<u32>>, ReplayError> {
    let mut records = Vec::new();
    let mut end = 0;
    for record in prefixed(bytes) {
        let last = records.len() as u32;
        if peek_tick(record) != Ok(last + 1) {
            return Err(ReplayError::Broken(last));
        }
        let start = end + 2;
        end = start + record.len() as u32;
        records.push(start..end);
    }
    if end as usize == bytes.len() {
        Ok(records)
    } else {
        Err(ReplayError::Broken(records.len() as u32))
    }
}
