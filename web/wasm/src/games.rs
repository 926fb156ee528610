//! Entries for games without their types, and the list of all registered games.

use game::command::CommandKind;
use game::{Game, InputSchema, Rate, Schema, Setting, slots};
use netclient::{NetClient, Spectator, Welcome};
use protocol::replay::ReplayError;

use crate::determinism_check::determinism_check;
use crate::play::Play;
use crate::watch::{Recorded, open};

#[cfg(not(target_arch = "wasm32"))]
macro_rules! entries {
    ($($game:ty, $bot:ty;)*) => { &[$(Entry::of::<$game>()),*] };
}

#[cfg(not(target_arch = "wasm32"))]
const GAMES: &[Entry] = registry::each_game!(entries);

/// A game, without its type.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name in the message `welcome`.
    pub name: &'static str,
    /// Its rate.
    pub rate: Rate,
    /// The schema of its numbers.
    pub schema: &'static Schema,
    /// The number of seats in a scene.
    pub slots: usize,
    /// The schema of its input.
    pub input: &'static InputSchema,
    /// Its settings.
    pub settings: &'static [Setting],
    /// Its constants, which renderers need.
    pub constants: &'static [(&'static str, u32)],
    /// The determinism check: plays random inputs from a seed, and returns a hash over all states.
    pub determinism_check: fn(u64, u32) -> u64,
    /// The kinds of its commands.
    pub commands: &'static [CommandKind],
    pub(crate) begin: fn(u64, &Welcome) -> Box<dyn Play>,
    /// Opens a replay or a filtered recording of the game.
    pub watch: fn(&Recorded<'_>) -> Result<Spectator, ReplayError>,
}

impl Entry {
    /// The game `G`.
    #[must_use]
    pub const fn of<G: Game + 'static>() -> Self {
        Self {
            name: G::NAME,
            rate: G::RATE,
            schema: G::SCHEMA,
            slots: slots(&G::SEATS),
            input: G::INPUT,
            settings: G::SETTINGS,
            constants: G::CONSTANTS,
            determinism_check: determinism_check::<G>,
            commands: G::COMMANDS,
            begin: |now_us, welcome| Box::new(NetClient::<G>::new(now_us, welcome)),
            watch: open::<G>,
        }
    }
}

/// Finds a game of the registry by its name. A browser has a module for each game instead.
#[cfg(not(target_arch = "wasm32"))]
pub fn find(name: &[u8]) -> Option<&'static Entry> {
    GAMES.iter().find(|entry| entry.name.as_bytes() == name)
}
