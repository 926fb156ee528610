//! The arena, but a certain shot makes a step hang or all steps slow, and a certain setting makes
//! `new` hang.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use arena::Arena;
use game::{
    BadState, Entity, Game, Member, Pad, Pose, Ranking, Reader, Roster, Schema, Seat, SeatInput,
    Setting, Settings, State, Step, Values, View,
};

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
    fn join(&mut self, member: &Member) {
        self.arena.join(member);
    }
    fn leave(&mut self, seat: Seat) {
        self.arena.leave(seat);
    }
    fn set_away(&mut self, seat: Seat, away: bool) {
        self.arena.set_away(seat, away);
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
    fn outcome(&self) -> Option<Ranking> {
        self.arena.outcome()
    }
    fn is_alive(&self, seat: Seat) -> bool {
        self.arena.is_alive(seat)
    }
    fn pose(&self, seat: Seat) -> Option<Pose> {
        self.arena.pose(seat)
    }
}

impl State for Slow {
    const SCHEMA: &'static Schema = Arena::SCHEMA;

    fn read(&self, view: &mut View) {
        self.arena.read(view);
    }
    fn load(&mut self, view: &View) -> Result<(), BadState> {
        self.arena.load(view)
    }
    fn evaluate(entity: &Entity<'_>, tick: u32) -> Values {
        Arena::evaluate(entity, tick)
    }
    fn save(&self, out: &mut Vec<u8>) {
        self.arena.save(out);
    }
    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Arena::restore(bytes).map(Self::from)
    }
}
