//! The games that this page can play: every game of the registry.

use game::{Game, Schema, Setting};
use netclient::{NetClient, Welcome};
use protocol::replay::ReplayError;

use crate::play::Play;
use crate::prove::prove;
use crate::watch::{Recorded, Watch, open};

macro_rules! entries {
    ($($game:ty, $bot:ty;)*) => { &[$(Entry::of::<$game>()),*] };
}

const GAMES: &[Entry] = registry::each_game!(entries);

/// A game, without its type.
#[derive(Clone, Copy)]
pub struct Entry {
    /// As a welcome names it.
    pub name: &'static str,
    /// What its numbers mean.
    pub schema: &'static Schema,
    /// What may be chosen about it.
    pub settings: &'static [Setting],
    /// What never changes and is needed to draw it.
    pub constants: &'static [(&'static str, u32)],
    /// Plays so many ticks at random from this seed, and gives the hash of everything that was.
    pub prove: fn(u64, u32) -> u64,
    pub(crate) begin: fn(u64, &Welcome) -> Box<dyn Play>,
    /// Opens a replay of the game.
    pub watch: fn(&Recorded<'_>) -> Result<Box<dyn Watch>, ReplayError>,
}

impl Entry {
    const fn of<G: Game + 'static>() -> Self {
        Self {
            name: G::NAME,
            schema: G::SCHEMA,
            settings: G::SETTINGS,
            constants: G::CONSTANTS,
            prove: prove::<G>,
            begin: |now_us, welcome| Box::new(NetClient::<G>::new(now_us, welcome)),
            watch: open::<G>,
        }
    }
}

/// The game of this name.
pub fn find(name: &[u8]) -> Option<&'static Entry> {
    GAMES.iter().find(|entry| entry.name.as_bytes() == name)
}
