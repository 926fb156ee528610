//! Opens a replay or a filtered recording of any game.

use game::{Game, Roster, Settings, hides};
use netclient::Spectator;
use protocol::filtered::Filtered;
use protocol::replay::{Replay, ReplayError};

/// The parts of a file.
#[derive(Clone, Copy)]
pub struct Recorded<'a> {
    /// Seed of the match's random numbers. None: it is a filtered recording, of a game that hides something.
    pub seed: Option<u64>,
    /// Settings of the game, in range.
    pub settings: Settings,
    /// The players.
    pub roster: &'a Roster,
    /// The records or entries after the header.
    pub records: &'a [u8],
}

pub(crate) fn open<G: Game + 'static>(recorded: &Recorded<'_>) -> Result<Spectator, ReplayError> {
    let Recorded {
        seed,
        settings,
        roster,
        records,
    } = recorded;
    if let Some(seed) = seed {
        let replay = Replay::<G>::new(*seed, settings, roster, records)?;
        return Ok(Spectator::new(replay));
    }
    // The engine of another game does not contain the code.
    if const { hides::<G>() } {
        let filtered = Filtered::<G>::new(settings, roster, records)?;
        return Ok(Spectator::of_filtered(filtered));
    }
    Err(ReplayError::Game)
}
