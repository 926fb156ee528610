//! Playback of a match from its recorded inputs. docs/replay.md specifies the file.
//!
//! A replay is a header line of JSON ([`ReplayHeader`]) and the records of the match, each after
//! its length in two bytes.

mod dyn_match;
mod header;
mod recording;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;

use game::{Event, Game, Pose, Ranking, Roster, Seat, Seats, Settings, SettingsError, View, slots};

use crate::json::write::Writer;
use crate::record::{Join, MatchState};
use crate::{DecodeError, roster};
use dyn_match::DynMatch;
pub use header::ReplayHeader;
pub(crate) use header::put_player;
use recording::{Position, Recording};

/// The minimum ticks between two keyframes, from which seeking starts. In a long match the distance is
/// the length of the match divided by [`KEYFRAMES_MAX`].
pub const KEYFRAME_TICKS: u32 = 120;
/// The maximum number of keyframes, not counting the first. A replay that grows has more, because its first
/// ones are closer together: 3.3 times as many after it has grown tenfold from 256 seconds.
pub const KEYFRAMES_MAX: u32 = 128;

/// Why bytes are not a replay of a game.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The first line is not the header of a replay.
    #[error("the first line is not the header of a replay")]
    Header,
    /// It is a replay of another game.
    #[error("a replay of another game")]
    Game,
    /// The game refuses its settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A match has at least one player, and at most as many as its game allows.
    #[error("{0} players do not fit a match")]
    Players(usize),
    /// [`game::Member::game`] of a player is too long.
    #[error("the text for the game of a player has more than 256 bytes")]
    GameText,
    /// The record after this tick is missing or truncated.
    #[error("no record follows that of tick {0}")]
    Broken(u32),
    /// The record of this tick does not decode.
    #[error("the record of tick {tick}: {why}")]
    Record {
        /// The tick of the record.
        tick: u32,
        /// Why it does not decode.
        why: DecodeError,
    },
    /// The match was over before the record of this tick.
    #[error("the match was over before tick {0}")]
    Over(u32),
}

/// Playback of a match, tick by tick or to any tick.
pub struct Replay<G> {
    game: PhantomData<fn() -> G>,
    recording: Recording,
    state: Box<dyn DynMatch>,
    /// The states of tick 0 and of later ticks, in order.
    keyframes: Vec<(Position, Box<dyn DynMatch>)>,
    /// The players who joined the running match up to the newest played tick, with their first ticks.
    joins: Vec<(u32, Join)>,
    events: Vec<Event>,
    scratch: Vec<u8>,
}

impl<G: Game> Replay<G> {
    /// Opens a replay: a [`ReplayHeader`] and records. The position is before the first tick.
    pub fn open(bytes: &[u8]) -> Result<Self, ReplayError> {
        let (header, records) = ReplayHeader::split(bytes)?;
        let settings = header.settings_of::<G>()?;
        Self::new(header.seed, &settings, &roster(&header.players), records)
    }

    /// Opens a replay whose header has been read. The settings must be in range.
    pub fn new(
        seed: u64,
        settings: &Settings,
        roster: &Roster,
        records: &[u8],
    ) -> Result<Self, ReplayError> {
        check_players::<G>(roster)?;
        let state = MatchState::<G>::new(seed, settings, roster);
        Self::around(Box::new(state), slots(&G::SEATS), records)
    }

    /// Appends the next records of a match that is still running. The position does not change.
    ///
    /// # Errors
    /// If the records do not follow the last one. The replay is then unchanged.
    pub fn append(&mut self, records: &[u8]) -> Result<(), ReplayError> {
        self.recording.append(records).map_err(ReplayError::Broken)
    }

    /// The last tick.
    pub fn ticks(&self) -> u32 {
        self.recording.ticks()
    }

    /// The current tick; 0 before the first step.
    pub fn tick(&self) -> u32 {
        self.recording.at.tick
    }

    /// Plays the next tick, and compares its hash; false at the end.
    ///
    /// # Errors
    /// If a record does not decode, or follows the end of the match. The position is then
    /// unchanged.
    pub fn step(&mut self) -> Result<bool, ReplayError> {
        self.events.clear();
        if self.recording.is_idle() {
            return self.pass().map(|()| true);
        }
        let Some(record) = self.recording.next(G::INPUT)? else {
            return Ok(false);
        };
        if self.state.outcome().is_some() {
            return Err(ReplayError::Over(record.tick));
        }
        self.state.advance(&record, &mut self.events);
        let hash = || self.state.hash(&mut self.scratch);
        self.recording.compare(&record, hash);
        if self
            .joins
            .last()
            .is_none_or(|(last, _)| *last < record.tick)
        {
            let joins = record.joins.iter().cloned();
            self.joins.extend(joins.map(|join| (record.tick, join)));
        }
        self.recording.advance(record);
        self.keep();
        Ok(true)
    }

    /// Goes to a tick, or to the end if the match ends before it.
    ///
    /// # Errors
    /// As for [`Replay::step`]. The position is then before the record that cannot be played.
    pub fn seek(&mut self, tick: u32) -> Result<(), ReplayError> {
        self.events.clear();
        let mut keyframes = self.keyframes.iter().rev();
        let nearest = keyframes.find(|(position, _)| position.tick <= tick);
        if let Some((position, state)) = nearest
            && (tick < self.tick() || position.tick > self.tick())
        {
            self.recording.at = position.clone();
            self.state = state.copy();
        }
        while self.tick() < tick && self.step()? {}
        Ok(())
    }

    /// The players who joined the running match up to the newest tick that was played so far, with
    /// their first ticks.
    pub fn joins(&self) -> &[(u32, Join)] {
        &self.joins
    }

    /// Whether the player is in the world at the current tick.
    pub fn is_alive(&self, seat: Seat) -> bool {
        self.state.is_alive(seat)
    }

    /// The player's position and life at the current tick, if the game has them.
    pub fn pose(&self, seat: Seat) -> Option<Pose> {
        self.state.pose(seat)
    }

    /// Fills the view from the state.
    pub fn view(&self, view: &mut View) {
        self.state.view(view);
    }

    /// Events of the newest step.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The result, if the match is over at the current tick.
    pub fn outcome(&self) -> Option<&Ranking> {
        self.state.outcome()
    }

    /// State hashes that were compared so far.
    pub fn hashes(&self) -> u32 {
        self.recording.hashes
    }

    /// Hashes that differ: the rules are not those that recorded the match, or the file was
    /// changed.
    pub fn mismatches(&self) -> u32 {
        self.recording.mismatches
    }

    /// The first tick whose hash differs.
    pub fn first_mismatch(&self) -> Option<u32> {
        self.recording.first_mismatch
    }

    #[inline(never)]
    fn around(state: Box<dyn DynMatch>, slots: usize, records: &[u8]) -> Result<Self, ReplayError> {
        let mut replay = Self {
            game: PhantomData,
            keyframes: Vec::new(),
            recording: Recording::new(slots, records)?,
            state,
            joins: Vec::new(),
            events: Vec::new(),
            scratch: Vec::new(),
        };
        replay.keep();
        Ok(replay)
    }

    /// Passes a tick without a step.
    fn pass(&mut self) -> Result<(), ReplayError> {
        if !G::RATE.is_on_command() {
            return Err(ReplayError::Broken(self.tick()));
        }
        self.state.pass();
        self.recording.pass();
        self.keep();
        Ok(())
    }

    /// Stores a keyframe, if it is the first one or far enough after the last one.
    #[inline(never)]
    fn keep(&mut self) {
        let ticks = KEYFRAME_TICKS.max(self.ticks().div_ceil(KEYFRAMES_MAX));
        let due = self
            .keyframes
            .last()
            .map_or(0, |(last, _)| last.tick + ticks);
        if self.tick() >= due {
            let at = self.recording.at.clone();
            self.keyframes.push((at, self.state.copy()));
        }
    }
}

/// Appends the players who joined a running match, with their first ticks, as JSON: `[{"tick", "seat", "player"}]`, a
/// player as in the header.
pub fn write_joins(joins: &[(u32, Join)], out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'[');
    for (tick, Join { seat, player }) in joins {
        json.open(b'{').key("tick").number((*tick).into());
        json.key("seat").number(seat.index() as i64).key("player");
        put_player(&mut json, player);
        json.close(b'}');
    }
    json.close(b']');
}

/// Refuses players who do not fit a match of the game. Their seats must be the first ones.
pub(crate) fn check_players<G: Game>(roster: &Roster) -> Result<(), ReplayError> {
    let (seats, players) = (roster.seats(), roster.seats().len());
    let fits = (1..=usize::from(*G::SEATS.end())).contains(&players);
    if fits && seats == Seats::first(players) {
        Ok(())
    } else {
        Err(ReplayError::Players(players))
    }
}
