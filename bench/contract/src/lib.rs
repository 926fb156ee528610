//! The arena for sixteen players, which shows how the cost of a player grows with the number of seats.

use std::ops::RangeInclusive;

use arena::Arena;
use game::{Constants, Game, Roster, Setting, Settings, Step};

/// The rules of the arena, with more seats.
#[derive(Clone, Debug)]
pub struct Sixteen(Arena);

impl From<Arena> for Sixteen {
    fn from(arena: Arena) -> Self {
        Self(arena)
    }
}

impl Game for Sixteen {
    const NAME: &'static str = "sixteen";
    const SEATS: RangeInclusive<u8> = 1..=16;
    const SETTINGS: &'static [Setting] = Arena::SETTINGS;
    const CONSTANTS: Constants = Arena::CONSTANTS;

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        Self(Arena::new(seed, settings, roster))
    }

    fn step(&mut self, step: Step<'_>) {
        self.0.step(step);
    }

    game::inner_game!(0);
}

game::inner_state!(Sixteen, 0: Arena);
