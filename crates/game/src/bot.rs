//! The trait of a headless player, and a player that presses anything.

use crate::command::Command;
use crate::{Input, Random, Seat, TURN, View};

/// A player without a person: views in, inputs and commands out. No clock and no I/O; the same seed and views
/// give the same inputs. A bot is not part of the game's state, so it may use floats.
pub trait Bot {
    /// A new bot. Its inputs follow from `seed` and the views.
    fn new(seed: u64) -> Self;

    /// The input after this view. Called at most once for each tick; ticks may be skipped.
    fn decide(&mut self, view: &View, own: Seat) -> Input;

    /// A command after this view. Called at most once for each tick, and not while an earlier
    /// command of this bot has no result.
    fn command(&mut self, _view: &View, _own: Seat) -> Option<Command> {
        None
    }
}

/// A bot that runs in random directions and fires now and then: enough to try a new game.
#[derive(Clone, Debug)]
pub struct RandomBot {
    random: Random,
    held: Input,
    turns_at: u32,
}

impl Bot for RandomBot {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            held: Input::default(),
            turns_at: 0,
        }
    }

    fn decide(&mut self, view: &View, _own: Seat) -> Input {
        let random = &mut self.random;
        if view.tick >= self.turns_at {
            let mut side = || random.below(255) as i32 - 127;
            self.held = Input::toward(side(), side());
            self.held.aim = random.below(TURN.into()) as u16;
            self.turns_at = view.tick + 20 + random.below(60);
        }
        Input {
            fire: random.below(16) == 0,
            ..self.held
        }
    }
}
