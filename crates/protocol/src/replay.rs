//! Playback of a finished match from its recorded inputs. docs/replay.md specifies the file.
//!
//! A replay is a header line of JSON ([`ReplayHeader`]) and the match's records, each behind its length in two bytes.

mod header;
mod machine;
mod tape;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;

use game::{Event, Game, Pose, Ranking, Seat, Seats, Settings, SettingsError, View};

use crate::DecodeError;
use crate::journal::Course;
pub use header::ReplayHeader;
use machine::Machine;
use tape::{Position, Tape};

/// From one state that is kept to the next, ticks; in a long match more, so that there are at most
/// [`KEYFRAMES_MAX`]. Going back begins at one of them.
pub const KEYFRAME_TICKS: u32 = 120;
/// States that are kept, beside the first.
pub const KEYFRAMES_MAX: u32 = 128;

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
pub struct Replay<G> {
    game: PhantomData<fn() -> G>,
    tape: Tape,
    course: Box<dyn Machine>,
    /// The states of tick 0, of the interval, of twice the interval, …
    keyframes: Vec<(Position, Box<dyn Machine>)>,
    events: Vec<Event>,
    scratch: Vec<u8>,
}

impl<G: Game> Replay<G> {
    /// Opens a replay as [`ReplayHeader`] and records make it up. It stands before the first tick.
    pub fn open(bytes: &[u8]) -> Result<Self, ReplayError> {
        let (header, records) = ReplayHeader::split(bytes)?;
        if header.game != G::NAME {
            return Err(ReplayError::Game);
        }
        let named = header.settings.iter();
        let settings = named.map(|(name, &value)| (name.as_str(), value));
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
        let course = Course::<G>::new(seed, settings, Seats::first(players));
        Self::around(Box::new(course), records)
    }

    /// The last tick there is.
    pub fn ticks(&self) -> u32 {
        self.tape.ticks()
    }

    /// Where it stands; 0 before the first step.
    pub fn tick(&self) -> u32 {
        self.tape.at.tick
    }

    /// Plays the next tick, and compares its hash; false at the end.
    ///
    /// # Errors
    /// When a record does not decode or comes after the end of the match; then the replay stays where it is.
    pub fn step(&mut self) -> Result<bool, ReplayError> {
        self.events.clear();
        let Some(record) = self.tape.next()? else {
            return Ok(false);
        };
        if self.course.outcome().is_some() {
            return Err(ReplayError::Over(record.tick));
        }
        self.course.advance(&record, &mut self.events);
        self.tape.pass(&record);
        let hash = || self.course.hash(&mut self.scratch);
        self.tape.compare(&record, hash);
        if record.tick == self.keyframes.len() as u32 * self.keyframe_ticks() {
            self.keyframes.push((self.tape.at, self.course.copy()));
        }
        Ok(true)
    }

    /// Goes to a tick, or to the end if that comes before.
    ///
    /// # Errors
    /// As [`Replay::step`]: then it stands before what cannot be played.
    pub fn seek(&mut self, tick: u32) -> Result<(), ReplayError> {
        self.events.clear();
        let newest = self.keyframes.len() - 1;
        let nearest = ((tick / self.keyframe_ticks()) as usize).min(newest);
        let (position, course) = &self.keyframes[nearest];
        if tick < self.tick() || position.tick > self.tick() {
            self.tape.at = *position;
            self.course = course.copy();
        }
        while self.tick() < tick && self.step()? {}
        Ok(())
    }

    /// Whether the player is in the world here.
    pub fn is_alive(&self, seat: Seat) -> bool {
        self.course.is_alive(seat)
    }

    /// Where the player is here, and in which life, if the game says so.
    pub fn pose(&self, seat: Seat) -> Option<Pose> {
        self.course.pose(seat)
    }

    /// Fills the view with what the state shows.
    pub fn view(&self, view: &mut View) {
        self.course.view(view);
    }

    /// What happened in the newest step.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The result, once the match is over here.
    pub fn outcome(&self) -> Option<Ranking> {
        self.course.outcome()
    }

    /// State hashes that were compared so far.
    pub fn hashes(&self) -> u32 {
        self.tape.hashes
    }

    /// Those of them that differ: the code that plays is not the code that recorded, or the file was changed.
    pub fn mismatches(&self) -> u32 {
        self.tape.mismatches
    }

    /// The first tick whose hash differs.
    pub fn first_mismatch(&self) -> Option<u32> {
        self.tape.first_mismatch
    }

    #[inline(never)]
    fn around(course: Box<dyn Machine>, records: &[u8]) -> Result<Self, ReplayError> {
        let tape = Tape::new(records)?;
        Ok(Self {
            game: PhantomData,
            keyframes: alloc::vec![(tape.at, course.copy())],
            tape,
            course,
            events: Vec::new(),
            scratch: Vec::new(),
        })
    }

    fn keyframe_ticks(&self) -> u32 {
        KEYFRAME_TICKS.max(self.ticks().div_ceil(KEYFRAMES_MAX))
    }
}
