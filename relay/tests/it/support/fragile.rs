//! A game that breaks when somebody shoots straight up, and is the arena otherwise.

use arena::Arena;
use game::{
    BadState, Entity, Game, Member, Pad, Pose, Ranking, Reader, Roster, Schema, Seat, SeatInput,
    Setting, Settings, State, Step, Values, View,
};

#[derive(Clone)]
pub(crate) struct Fragile(Arena);

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
    fn join(&mut self, member: &Member) {
        self.0.join(member);
    }
    fn leave(&mut self, seat: Seat) {
        self.0.leave(seat);
    }
    fn set_away(&mut self, seat: Seat, away: bool) {
        self.0.set_away(seat, away);
    }
    fn step(&mut self, step: Step<'_>) {
        assert!(!breaks(step.inputs), "broken on purpose");
        self.0.step(step);
    }
    fn outcome(&self) -> Option<Ranking> {
        self.0.outcome()
    }
    fn is_alive(&self, seat: Seat) -> bool {
        self.0.is_alive(seat)
    }
    fn pose(&self, seat: Seat) -> Option<Pose> {
        self.0.pose(seat)
    }
}

impl State for Fragile {
    const SCHEMA: &'static Schema = Arena::SCHEMA;

    fn read(&self, view: &mut View) {
        self.0.read(view);
    }
    fn load(&mut self, view: &View) -> Result<(), BadState> {
        self.0.load(view)
    }
    fn evaluate(entity: &Entity<'_>, tick: u32) -> Values {
        Arena::evaluate(entity, tick)
    }
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }
    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Arena::restore(bytes).map(Self)
    }
}
