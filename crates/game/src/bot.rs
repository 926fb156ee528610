//! The trait of a headless player, and a bot with random inputs.

use core::marker::PhantomData;

use crate::command::Command;
use crate::{Input, InputFields, Pad, Random, Seat, View};

/// A headless player: views in, inputs and commands out. No clock and no I/O; the same seed and views
/// give the same inputs. A bot is not part of the game's state, so it may use floats.
pub trait Bot {
    /// Creates a bot. Its inputs depend only on `seed` and the views.
    fn new(seed: u64) -> Self
    where
        Self: Sized;

    /// The input for this view. Called at most once per tick; ticks may be skipped.
    /// A bot of a game without inputs keeps the default.
    fn decide(&mut self, _view: &View, _own: Seat) -> Input {
        Input::default()
    }

    /// A command for this view. Called at most once per tick, and not while an earlier
    /// command of this bot has no result.
    fn command(&mut self, _view: &View, _own: Seat) -> Option<Command> {
        None
    }
}

/// Wraps a bot so that it decides only once in this many ticks and holds its input in between,
/// which makes it slower than people.
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

/// A bot that holds a random input for a while and presses each button from time to time, which is enough to try
/// out a new game. For a game that declares its input, use `RandomBot<Controls>`.
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
