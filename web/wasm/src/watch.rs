//! Owns a replay of any game: what [`netclient::Spectator`] does, without the game's type.

use game::{Game, Ranking, Settings};
use netclient::{Happened, Scene, Spectator};
use protocol::replay::{Replay, ReplayError};

pub(crate) trait Watch {
    fn ticks(&self) -> u32;
    fn scene(&mut self, tick: f64) -> Result<&Scene, ReplayError>;
    fn next_event(&mut self) -> Option<Happened>;
    fn outcome(&self) -> Option<Ranking>;
    fn hashes(&self) -> (u32, u32);
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

    fn hashes(&self) -> (u32, u32) {
        self.hashes()
    }
}

/// What a replay's header says, and its records.
#[derive(Clone, Copy)]
pub(crate) struct Recorded<'a> {
    pub(crate) seed: u64,
    pub(crate) settings: Settings,
    pub(crate) players: usize,
    pub(crate) records: &'a [u8],
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
