//! A replay of any game: [`netclient::Spectator`] without the game's type.

use game::{Game, Ranking, Roster, Settings};
pub use netclient::Hashes;
use netclient::{Happened, Scene, Spectator};
use protocol::replay::{Replay, ReplayError};

/// A replay, at any tick.
pub trait Watch {
    /// Appends the next records of a match that is still running. False if they do not follow the last one; the replay
    /// is then unchanged.
    fn append(&mut self, records: &[u8]) -> bool;

    /// The last tick.
    fn ticks(&self) -> u32;

    /// The scene at a tick, with a fraction.
    fn scene(&mut self, tick: f64) -> Result<&Scene, ReplayError>;

    /// Removes and returns the oldest event.
    fn next_event(&mut self) -> Option<Happened>;

    /// The result, once the match is over at the playhead.
    fn outcome(&self) -> Option<Ranking>;

    /// The comparison of the state hashes so far.
    fn hashes(&self) -> Hashes;

    /// Appends the players who joined the running match so far:
    /// [`Replay::write_joins`](protocol::replay::Replay::write_joins).
    fn write_joins(&self, out: &mut Vec<u8>);
}

impl<G: Game> Watch for Spectator<G> {
    fn append(&mut self, records: &[u8]) -> bool {
        self.append(records).is_ok()
    }

    fn ticks(&self) -> u32 {
        self.ticks()
    }

    fn scene(&mut self, tick: f64) -> Result<&Scene, ReplayError> {
        self.scene(tick)
    }

    fn next_event(&mut self) -> Option<Happened> {
        self.poll_event()
    }

    fn outcome(&self) -> Option<Ranking> {
        self.outcome()
    }

    fn hashes(&self) -> Hashes {
        self.hashes()
    }

    fn write_joins(&self, out: &mut Vec<u8>) {
        self.replay().write_joins(out);
    }
}

/// The parts of a replay file.
#[derive(Clone, Copy)]
pub struct Recorded<'a> {
    /// Seed of the match's random numbers.
    pub seed: u64,
    /// Settings of the game, in range.
    pub settings: Settings,
    /// The players.
    pub roster: &'a Roster,
    /// The records after the header.
    pub records: &'a [u8],
}

pub(crate) fn open<G: Game + 'static>(
    recorded: &Recorded<'_>,
) -> Result<Box<dyn Watch>, ReplayError> {
    let Recorded {
        seed,
        settings,
        roster,
        records,
    } = recorded;
    let replay = Replay::<G>::new(*seed, settings, roster, records)?;
    Ok(Box::new(Spectator::new(replay)))
}
