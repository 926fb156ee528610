//! Plays a filtered recording: the state that it shows, at any tick.

use alloc::vec::Vec;
use core::ops::Range;

use game::{Event, Game, Ranking, Roster, Settings, Sim, View, slots};

use super::entry::{self, EntryKind, malformed, read_join, read_result};
use crate::DecodeError;
use crate::binary::{Layout, SnapshotHeader, decode_events, decode_header, decode_snapshot};
use crate::record::Join;
use crate::replay::{ReplayError, check_players};

/// Playback of a filtered recording, which may grow. Private fields are 0, and hidden fields have their defaults.
#[derive(Debug)]
pub struct Filtered<G> {
    bytes: Vec<u8>,
    /// The snapshots, in order; the first one is of tick 0.
    snapshots: Vec<Indexed>,
    /// The number of snapshots up to the current tick.
    played: usize,
    sim: Sim<G>,
    /// The views of the last two snapshots that were played, the newest one last.
    views: [View; 2],
    /// The events since the snapshot before.
    events: Vec<(u32, Event)>,
    scratch: Vec<Event>,
    outcome: Option<Ranking>,
    /// The players who joined the running match, with their first ticks.
    joins: Vec<(u32, Join)>,
}

/// A snapshot, and the entries between the one before and it.
#[derive(Clone, Copy, Debug)]
struct Indexed {
    tick: u32,
    /// Where its bytes end.
    end: usize,
    is_full: bool,
}

impl<G: Game> Filtered<G> {
    /// Opens entries: what follows the header line. The settings must be in range.
    ///
    /// # Errors
    /// If the players do not fit a match of the game, or if the entries do not begin with a full snapshot of tick 0.
    pub fn new(settings: &Settings, roster: &Roster, entries: &[u8]) -> Result<Self, ReplayError> {
        check_players::<G>(roster)?;
        let mut filtered = Self {
            bytes: Vec::new(),
            snapshots: Vec::new(),
            played: 0,
            sim: Sim::new(0, settings, roster),
            views: Default::default(),
            events: Vec::new(),
            scratch: Vec::new(),
            outcome: None,
            joins: Vec::new(),
        };
        filtered.append(entries)?;
        filtered.play()?;
        Ok(filtered)
    }

    /// Appends the next entries of a match that is still running. The position does not change.
    ///
    /// # Errors
    /// If the entries do not follow the last one. Nothing is appended then.
    pub fn append(&mut self, entries: &[u8]) -> Result<(), ReplayError> {
        let (snapshots, joins) = (self.snapshots.len(), self.joins.len());
        let indexed = self.index(entries);
        if indexed.is_ok() {
            self.bytes.extend_from_slice(entries);
        } else {
            self.snapshots.truncate(snapshots);
            self.joins.truncate(joins);
        }
        indexed
    }

    /// The tick of the last snapshot.
    pub fn ticks(&self) -> u32 {
        self.snapshots.last().map_or(0, |last| last.tick)
    }

    /// The current tick.
    pub fn tick(&self) -> u32 {
        self.sim.tick()
    }

    /// Plays to the next snapshot; in a game that steps on commands, to the next tick. False at the end.
    ///
    /// # Errors
    /// If a frame does not decode.
    pub fn step(&mut self) -> Result<bool, ReplayError> {
        let Some(next) = self.snapshots.get(self.played) else {
            return Ok(false);
        };
        if G::RATE.is_on_command() && self.tick() + 1 < next.tick {
            self.events.clear();
            self.sim.pass(1);
        } else {
            self.play()?;
        }
        Ok(true)
    }

    /// Goes to the last snapshot at or before a tick; in a game that steps on commands, to the tick, or to the end.
    ///
    /// # Errors
    /// As for [`Filtered::step`].
    pub fn seek(&mut self, tick: u32) -> Result<(), ReplayError> {
        let tick = tick.min(self.ticks());
        let to = self.snapshots.partition_point(|known| known.tick <= tick);
        let full = self.snapshots[..to].iter().rposition(|known| known.is_full);
        let full = full.unwrap_or(0);
        if tick < self.tick() || self.played < full {
            self.played = full;
        }
        while self.played < to {
            self.play()?;
        }
        if G::RATE.is_on_command() {
            self.sim.pass(tick.saturating_sub(self.tick()));
        }
        self.events.clear();
        Ok(())
    }

    /// All players who joined the running match, with their first ticks.
    pub fn joins(&self) -> &[(u32, Join)] {
        &self.joins
    }

    /// The game at the current tick, as far as it is public.
    pub fn game(&self) -> &G {
        self.sim.game()
    }

    /// Fills the view from the state.
    pub fn view(&self, view: &mut View) {
        self.sim.read(view);
    }

    /// The events of the newest step, with their ticks.
    pub fn events(&self) -> &[(u32, Event)] {
        &self.events
    }

    /// The result, if the match is over at the current tick.
    pub fn outcome(&self) -> Option<&Ranking> {
        self.outcome.as_ref()
    }

    /// Indexes entries that follow those in `bytes`.
    fn index(&mut self, entries: &[u8]) -> Result<(), ReplayError> {
        let mut rest = entries;
        while !rest.is_empty() {
            let (entry, after) = entry::split(rest).ok_or(ReplayError::Broken(self.ticks()))?;
            rest = after;
            let end = self.bytes.len() + entries.len() - rest.len();
            let is_next = match EntryKind::of(entry) {
                Some(EntryKind::Snapshot) => self.index_snapshot(entry, end),
                Some(EntryKind::Join) => self.index_join(entry),
                Some(EntryKind::Events | EntryKind::Result) => true,
                None => false,
            };
            if !is_next {
                return Err(ReplayError::Broken(self.ticks()));
            }
        }
        Ok(())
    }

    /// Adds a snapshot whose bytes end there. False: it does not follow the last one.
    fn index_snapshot(&mut self, frame: &[u8], end: usize) -> bool {
        let Ok(SnapshotHeader { tick, baseline, .. }) = decode_header(frame) else {
            return false;
        };
        let last = self.snapshots.last().map(|last| last.tick);
        let follows = last.map_or(tick == 0, |last| last < tick);
        if !follows || (baseline.is_some() && baseline != last) {
            return false;
        }
        self.snapshots.push(Indexed {
            tick,
            end,
            is_full: baseline.is_none(),
        });
        true
    }

    /// Adds a player who joined. False: it is not one of this game.
    fn index_join(&mut self, entry: &[u8]) -> bool {
        match read_join(entry) {
            Ok((tick, join)) if join.seat.index() < slots(&G::SEATS) => {
                self.joins.push((tick, join));
                true
            }
            _ => false,
        }
    }

    /// Plays the entries up to the next snapshot.
    fn play(&mut self) -> Result<(), ReplayError> {
        let next = self.snapshots.get(self.played);
        let Indexed { tick, end, .. } = *next.ok_or(ReplayError::Broken(self.ticks()))?;
        let before = self.snapshots[..self.played].last();
        let start = before.map_or(0, |before| before.end);
        self.events.clear();
        self.outcome = None;
        self.take(start..end)
            .map_err(|why| ReplayError::Record { tick, why })?;
        self.played += 1;
        Ok(())
    }

    fn take(&mut self, entries: Range<usize>) -> Result<(), DecodeError> {
        let layout = Layout::of::<G>();
        let mut view = View::default();
        let mut rest = &self.bytes[entries];
        while let Some((entry, after)) = entry::split(rest) {
            rest = after;
            match EntryKind::of(entry) {
                Some(EntryKind::Snapshot) => {
                    let known = |tick| self.views.iter().rfind(|view| view.tick == tick);
                    decode_snapshot(layout, entry, known, &mut view)?;
                }
                Some(EntryKind::Events) => {
                    self.scratch.clear();
                    let tick = decode_events(layout, entry, &mut self.scratch)?;
                    let events = self.scratch.iter().map(|&event| (tick, event));
                    self.events.extend(events);
                }
                Some(EntryKind::Result) => self.outcome = Some(read_result(entry)),
                Some(EntryKind::Join) | None => {}
            }
        }
        self.sim.load(&view).map_err(malformed)?;
        self.views.rotate_left(1);
        self.views[1] = view;
        Ok(())
    }
}
