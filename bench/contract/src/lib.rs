//! The arena for sixteen players: how the cost of a player grows with the number of seats.

use std::ops::RangeInclusive;

use arena::Arena;
use game::{
    BadState, Constants, Entity, Game, Member, Pose, Ranking, Reader, Roster, Schema, Seat,
    Setting, Settings, State, Step, Values, View,
};

/// The rules of the arena, with more seats.
#[derive(Clone, Debug)]
pub struct Sixteen(Arena);

impl Game for Sixteen {
    const NAME: &'static str = "sixteen";
    const SEATS: RangeInclusive<u8> = 1..=16;
    const SETTINGS: &'static [Setting] = Arena::SETTINGS;
    const CONSTANTS: Constants = Arena::CONSTANTS;

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

impl State for Sixteen {
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
