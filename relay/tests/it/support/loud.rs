//! A game in which much happens in each tick, and that is the arena otherwise.

use arena::{Arena, EVENT_HIT};
use game::{Event, Game, Roster, Setting, Settings, Step};

/// The events of one tick: 5 KB.
const EVENTS: usize = 640;

#[derive(Clone)]
pub(crate) struct Loud(Arena);

impl From<Arena> for Loud {
    fn from(arena: Arena) -> Self {
        Self(arena)
    }
}

impl Game for Loud {
    const NAME: &'static str = "loud";
    const SETTINGS: &'static [Setting] = Arena::SETTINGS;
    const CONSTANTS: &'static [(&'static str, u32)] = Arena::CONSTANTS;

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        Self(Arena::new(seed, settings, roster))
    }
    fn step(&mut self, step: Step<'_>) {
        let hit = Event::new(EVENT_HIT, &[0, 1, 0, 0, 0]);
        step.events.extend(std::iter::repeat_n(hit, EVENTS));
        self.0.step(step);
    }

    game::inner_game!(0);
}

game::inner_state!(Loud, 0: Arena);
