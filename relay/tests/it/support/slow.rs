//! The arena, but a certain shot makes a step hang or all steps slow, and a certain setting makes
//! `new` hang.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use arena::Arena;
use game::{Game, Pad, Roster, SeatInput, Setting, Settings, Step};

#[derive(Clone)]
pub(crate) struct Slow {
    arena: Arena,
    /// Not saved: a resumed game is not slow.
    is_slow: bool,
}

/// The `match_seconds` with which every `new` but the first never returns.
pub(crate) const HANGING_SECONDS: i32 = 3600;
/// Up and down, in 1024ths of a turn.
const UP: u16 = 768;
const DOWN: u16 = 256;
/// More than a step may take, and less than what counts as hanging.
const LONG: Duration = Duration::from_millis(300);

/// Games made by this process.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Whether a player shoots in exactly this direction.
fn shoots(inputs: &[SeatInput], direction: u16) -> bool {
    inputs
        .iter()
        .map(|seat_input| Pad::from(seat_input.input))
        .any(|pad| pad.fire && pad.aim == direction)
}

/// Uses CPU, as an endless loop does.
fn spin(until: impl Fn() -> bool) {
    while !until() {
        std::hint::spin_loop();
    }
}

impl From<Arena> for Slow {
    fn from(arena: Arena) -> Self {
        Self {
            arena,
            is_slow: false,
        }
    }
}

impl Game for Slow {
    const NAME: &'static str = "slow";
    const SETTINGS: &'static [Setting] = Arena::SETTINGS;
    const CONSTANTS: &'static [(&'static str, u32)] = Arena::CONSTANTS;

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        let is_first = MADE.fetch_add(1, Ordering::Relaxed) == 0;
        spin(|| is_first || settings.0[0] != HANGING_SECONDS);
        Self::from(Arena::new(seed, settings, roster))
    }
    fn step(&mut self, step: Step<'_>) {
        spin(|| !shoots(step.inputs, UP));
        self.is_slow |= shoots(step.inputs, DOWN);
        if self.is_slow {
            let began = Instant::now();
            spin(|| began.elapsed() > LONG);
        }
        self.arena.step(step);
    }

    game::inner_game!(arena);
}

game::inner_state!(Slow, arena: Arena);
