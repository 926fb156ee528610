//! A replay of any game: [`netclient::Spectator`] without the game's type.

use game::{Game, Ranking, Settings};
pub use netclient::Hashes;
use netclient::{Happened, Scene, Spectator};
use protocol::replay::{Replay, ReplayError};

/// A replay that is watched.
pub trait Watch {
    /// The last tick there is.
    fn ticks(&self) -> u32;

    /// What to draw at this tick and fraction of a tick.
    fn scene(&mut self, tick: f64) -> Result<&Scene, ReplayError>;

    /// The oldest event that was not taken yet.
    fn next_event(&mut self) -> Option<Happened>;

    /// The result, once the match is over here.
    fn outcome(&self) -> Option<Ranking>;

    /// How the state hashes compare so far.
    fn hashes(&self) -> Hashes;
}

impl<G: Game> Watch for Spectator<G> {
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
}

/// What a replay's header says, and its records.
#[derive(Clone, Copy)]
pub struct Recorded<'a> {
    /// Of the match's random numbers.
    pub seed: u64,
    /// Of the game, in range.
    pub settings: Settings,
    /// How many play.
    pub players: usize,
    /// All that follows the header.
    pub records: &'a [u8],
}

pub(crate) fn open<G: Game + 'static>(
    recorded: &Recorded<'_>,
) -> Result<Box<dyn Watch>, ReplayError> {
    let Recorded {
        seed,
        settings,
        players,
        records,
    } = recorded;
    let replay = Replay::<G>::new(*seed, settings, *players, records)?;
    Ok(Box::new(Spectator::new(replay)))
}
