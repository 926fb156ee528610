//! The trait of a headless player, and a player that presses anything.

use core::marker::PhantomData;

use crate::command::Command;
use crate::{Input, InputFields, Pad, Random, Seat, View};

/// A player without a person: views in, inputs and commands out. No clock and no I/O; the same seed and views
/// give the same inputs. A bot is not part of the game's state, so it may use floats.
pub trait Bot {
    /// A new bot. Its inputs follow from `seed` and the views.
    fn new(seed: u64) -> Self
    where
        Self: Sized;

    /// The input after this view. Called at most once for each tick; ticks may be skipped.
    /// A bot of a game without inputs keeps this.
    fn decide(&mut self, _view: &View, _own: Seat) -> Input {
        Input::default()
    }

    /// A command after this view. Called at most once for each tick, and not while an earlier
    /// command of this bot has no result.
    fn command(&mut self, _view: &View, _own: Seat) -> Option<Command> {
        None
    }
}

/// Another bot that decides once in this many ticks only, and holds its input meanwhile: so that
/// people are faster.
#[derive(Clone, Debug)]
pub struct Every<const TICKS: u32, B> {
    bot: B,
    held: Input,
    decides_at: u32,
}

impl<const TICKS: u32, B: Bot> Bot for Every<TICKS, B> {
    fn new(seed: u64) -> Self {
        Self {
            bot: B::new(seed),
            held: Input::default(),
            decides_at: 0,
        }
    }

    fn decide(&mut self, view: &View, own: Seat) -> Input {
        if view.tick >= self.decides_at {
            self.held = self.bot.decide(view, own);
            self.decides_at = view.tick + TICKS;
        }
        self.held
    }

    fn command(&mut self, view: &View, own: Seat) -> Option<Command> {
        self.bot.command(view, own)
    }
}

/// A bot that holds a random input for a while and presses each button now and then: enough to try
/// a new game. A game that declares its input has `RandomBot<Controls>`.
#[derive(Clone, Debug)]
pub struct RandomBot<I = Pad> {
    random: Random,
    held: Input,
    turns_at: u32,
    input: PhantomData<fn() -> I>,
}

impl<I: InputFields> Bot for RandomBot<I> {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            held: Input::default(),
            turns_at: 0,
            input: PhantomData,
        }
    }

    fn decide(&mut self, view: &View, _own: Seat) -> Input {
        let random = &mut self.random;
        if view.tick >= self.turns_at {
            self.held = I::SCHEMA.random(random);
            self.turns_at = view.tick + 20 + random.below(60);
        }
        // Each button is pressed in every sixteenth tick.
        let mut pressed = Input(u64::MAX);
        for _ in 0..4 {
            pressed.0 &= u64::from(random.bits()) << 32 | u64::from(random.bits());
        }
        I::SCHEMA.with_buttons(I::SCHEMA.held(self.held), pressed)
    }
}
