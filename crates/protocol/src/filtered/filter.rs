//! Makes a filtered recording: steps the match from its recording, and writes what the game shows to everybody.

use alloc::vec::Vec;

use game::{Event, Game, SeatInputs, ShownError, View, slots};

use super::{FULL_SNAPSHOTS, entry, snapshot_ticks};
use crate::binary::{
    BASELINE_TICKS_MAX, EVENTS_MAX, Layout, SnapshotHeader, encode_delta, encode_events,
    encode_full, encode_header,
};
use crate::record::{MatchState, Record, decode_record, peek_ticks};
use crate::replay::{ReplayError, ReplayHeader, check_players};
use crate::roster;

/// Why a recording cannot be filtered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It cannot be played.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The game shows a state that breaks its schema.
    #[error(transparent)]
    Shown(#[from] ShownError),
    /// The rules of this game are not those that recorded the match.
    #[error("the hash of tick {0} differs")]
    Hash(u32),
}

/// A match that is stepped from its recording, record by record.
#[derive(Debug)]
pub struct Filter<G> {
    state: MatchState<G>,
    /// The tick of the newest record.
    tick: u32,
    /// The inputs of the newest record.
    inputs: SeatInputs,
    snapshots: Snapshots,
    events: Vec<Event>,
    scratch: Vec<u8>,
}

/// What everybody may see at the ticks of the last two snapshots.
#[derive(Debug, Default)]
struct Snapshots {
    last: Option<View>,
    /// None after a full snapshot, because playback may begin there.
    before_last: Option<View>,
    /// The snapshots since the last full one.
    since_full: u32,
}

impl<G: Game> Filter<G> {
    /// Begins a match. Appends the header line and the first snapshot, of tick 0.
    ///
    /// # Errors
    /// If the header is not one of this game.
    pub fn begin(header: &ReplayHeader, out: &mut Vec<u8>) -> Result<Self, FilterError> {
        let settings = header.settings_of::<G>()?;
        let roster = roster(&header.players);
        check_players::<G>(&roster)?;
        let mut filter = Self {
            state: MatchState::new(header.seed, &settings, &roster),
            tick: 0,
            inputs: SeatInputs::neutral(slots(&G::SEATS)),
            snapshots: Snapshots::default(),
            events: Vec::new(),
            scratch: Vec::new(),
        };
        out.extend_from_slice(header.to_filtered_line().as_bytes());
        filter.put_snapshot(out)?;
        Ok(filter)
    }

    /// Plays the next record, without its length, and appends entries: none, or those of its tick. Returns the tick.
    ///
    /// # Errors
    /// If the record cannot be played. The filter must not be used any more.
    pub fn push(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<u32, FilterError> {
        let record = self.decode(record)?;
        self.events.clear();
        self.state.advance(&record, &mut self.events);
        let mut differs = |expected| self.state.sim().hash(&mut self.scratch) != expected;
        if record.hash.is_some_and(&mut differs) {
            return Err(FilterError::Hash(record.tick));
        }
        self.tick = record.tick;
        self.inputs.copy_from_slice(&record.inputs);
        for join in &record.joins {
            entry::put_join(out, self.tick, join);
        }
        G::SCHEMA.check_events(&self.events)?;
        for events in self.events.chunks(EVENTS_MAX) {
            let layout = Layout::of::<G>();
            entry::put(out, |out| encode_events(layout, self.tick, events, out));
        }
        let outcome = self.state.outcome();
        if let Some(ranking) = outcome {
            entry::put_result(out, ranking);
        }
        if outcome.is_some() || self.tick.is_multiple_of(snapshot_ticks(G::RATE)) {
            self.put_snapshot(out)?;
        }
        Ok(self.tick)
    }

    /// The record, if it follows the newest one.
    fn decode(&self, bytes: &[u8]) -> Result<Record, ReplayError> {
        let follows = self.tick + 1;
        if peek_ticks(self.inputs.len(), bytes).map(|ticks| *ticks.start()) != Ok(follows) {
            return Err(ReplayError::Broken(self.tick));
        }
        let record = decode_record(G::INPUT, bytes, &self.inputs);
        let record = record.map_err(|why| ReplayError::Record { tick: follows, why })?;
        if record.idle > 0 && !G::RATE.is_on_command() {
            return Err(ReplayError::Broken(self.tick));
        }
        if self.state.outcome().is_some() {
            return Err(ReplayError::Over(record.tick));
        }
        Ok(record)
    }

    fn put_snapshot(&mut self, out: &mut Vec<u8>) -> Result<(), ShownError> {
        let (sim, mut view) = (self.state.sim(), View::default());
        sim.read(&mut view);
        G::SCHEMA.check(&view)?;
        sim.hide(&mut view, None);
        // A match that ends because all players have left has one more record than steps.
        view.tick = self.tick;
        self.snapshots.put(Layout::of::<G>(), view, out);
        Ok(())
    }
}

impl Snapshots {
    fn put(&mut self, layout: Layout<'_>, view: View, out: &mut Vec<u8>) {
        let is_near = |last: &View| view.tick - last.tick <= BASELINE_TICKS_MAX;
        let has_baseline = self.since_full < FULL_SNAPSHOTS - 1;
        let baseline = self
            .last
            .take()
            .filter(|last| has_baseline && is_near(last));
        let header = SnapshotHeader {
            tick: view.tick,
            baseline: baseline.as_ref().map(|last| last.tick),
            ack: None,
            margin: 0,
        };
        entry::put(out, |out| {
            encode_header(&header, out);
            match &baseline {
                Some(last) => encode_delta(layout, last, self.before_last.as_ref(), &view, out),
                None => encode_full(layout, &view, out),
            }
        });
        self.since_full = baseline.as_ref().map_or(0, |_| self.since_full + 1);
        self.before_last = baseline;
        self.last = Some(view);
    }
}
