//! What a [`Spectator`](crate::Spectator) plays: a replay, or a filtered recording.

use game::{Game, Ranking, slots};
use protocol::filtered::{Filtered, snapshot_ticks};
use protocol::record::Join;
use protocol::replay::{Replay, ReplayError};

use crate::client::Happened;
use crate::snapshots::Snapshot;

/// Whether a replay reproduces the recorded state hashes. A filtered recording has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hashes {
    /// State hashes that were compared.
    pub compared: u32,
    /// Compared hashes that differ.
    pub different: u32,
    /// The tick of the first different hash.
    pub first_different: Option<u32>,
}

/// A played file without the game's type, so that the spectator is compiled once.
pub(crate) trait Playback {
    /// The greatest distance between two ticks with a state.
    fn interval(&self) -> u32;
    /// Appends what follows in the file.
    fn append(&mut self, bytes: &[u8]) -> Result<(), ReplayError>;
    /// The last tick.
    fn ticks(&self) -> u32;
    /// The current tick.
    fn tick(&self) -> u32;
    /// Plays to the next tick with a state; false at the end.
    fn step(&mut self) -> Result<bool, ReplayError>;
    /// Goes to the last tick with a state that is not after this one.
    fn seek(&mut self, tick: u32) -> Result<(), ReplayError>;
    /// An event of the newest step.
    fn event(&self, at: usize) -> Option<Happened>;
    /// Fills the snapshot from the state.
    fn describe(&self, snapshot: &mut Snapshot);
    /// The result, if the match is over at the current tick.
    fn outcome(&self) -> Option<&Ranking>;
    /// The players who joined the running match so far, with their first ticks.
    fn joins(&self) -> &[(u32, Join)];
    /// The comparison of the state hashes so far.
    fn hashes(&self) -> Hashes;
}

impl<G: Game> Playback for Replay<G> {
    fn interval(&self) -> u32 {
        1
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), ReplayError> {
        self.append(bytes)
    }

    fn ticks(&self) -> u32 {
        self.ticks()
    }

    fn tick(&self) -> u32 {
        self.tick()
    }

    fn step(&mut self) -> Result<bool, ReplayError> {
        self.step()
    }

    fn seek(&mut self, tick: u32) -> Result<(), ReplayError> {
        self.seek(tick)
    }

    fn event(&self, at: usize) -> Option<Happened> {
        let (tick, event) = (self.tick(), *self.events().get(at)?);
        Some(Happened { tick, event })
    }

    fn describe(&self, snapshot: &mut Snapshot) {
        self.view(&mut snapshot.view);
        let life = |seat| self.pose(seat).map(|pose| pose.life);
        snapshot.describe_by(slots(&G::SEATS), |seat| self.is_alive(seat), life);
    }

    fn outcome(&self) -> Option<&Ranking> {
        self.outcome()
    }

    fn joins(&self) -> &[(u32, Join)] {
        self.joins()
    }

    fn hashes(&self) -> Hashes {
        Hashes {
            compared: self.hashes(),
            different: self.mismatches(),
            first_different: self.first_mismatch(),
        }
    }
}

impl<G: Game> Playback for Filtered<G> {
    fn interval(&self) -> u32 {
        snapshot_ticks(G::RATE)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), ReplayError> {
        self.append(bytes)
    }

    fn ticks(&self) -> u32 {
        self.ticks()
    }

    fn tick(&self) -> u32 {
        self.tick()
    }

    fn step(&mut self) -> Result<bool, ReplayError> {
        self.step()
    }

    fn seek(&mut self, tick: u32) -> Result<(), ReplayError> {
        self.seek(tick)
    }

    fn event(&self, at: usize) -> Option<Happened> {
        let &(tick, event) = self.events().get(at)?;
        Some(Happened { tick, event })
    }

    fn describe(&self, snapshot: &mut Snapshot) {
        self.view(&mut snapshot.view);
        snapshot.describe(self.game());
    }

    fn outcome(&self) -> Option<&Ranking> {
        self.outcome()
    }

    fn joins(&self) -> &[(u32, Join)] {
        self.joins()
    }

    fn hashes(&self) -> Hashes {
        Hashes::default()
    }
}
