//! A game that breaks when somebody shoots straight up, and is the arena otherwise.

use arena::Arena;
use game::{Game, Pad, Roster, SeatInput, Setting, Settings, Step};

#[derive(Clone)]
pub(crate) struct Fragile(Arena);

impl From<Arena> for Fragile {
    fn from(arena: Arena) -> Self {
        Self(arena)
    }
}

/// A quarter of a turn back: up.
const UP: u16 = 768;

fn breaks(inputs: &[SeatInput]) -> bool {
    inputs
        .iter()
        .map(|seat_input| Pad::from(seat_input.input))
        .any(|pad| pad.fire && pad.aim == UP)
}

impl Game for Fragile {
    const NAME: &'static str = "fragile";
    const SETTINGS: &'static [Setting] = Arena::SETTINGS;
    const CONSTANTS: &'static [(&'static str, u32)] = Arena::CONSTANTS;

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        Self(Arena::new(seed, settings, roster))
    }
    fn step(&mut self, step: Step<'_>) {
        assert!(!breaks(step.inputs), "broken on purpose");
        self.0.step(step);
    }

    game::inner_game!(0);
}

game::inner_state!(Fragile, 0: Arena);
