//! The trait that every game implements. It contains nothing about networks.

use alloc::vec::Vec;

use crate::{
    BadState, Commands, Entity, Event, Past, Pose, Ranking, Reader, Schema, Seat, Seats, Setting,
    Settings, Values, View,
};

/// A game: a state of integers that one deterministic [`Game::step`] moves on by a sixtieth of a second.
///
/// The same code runs in the relay, in a browser and in bots, bit for bit. So: no floats, no clock and no hashed
/// containers in the state, and every random number from a [`crate::Random`] inside it.
pub trait Game: Clone + Send + 'static {
    /// For urls, logs and the pool's settings: `arena`.
    const NAME: &'static str;
    /// The numbers the game shows, and what can happen in it.
    const SCHEMA: &'static Schema;
    /// What may be chosen about it, at most [`crate::SETTINGS_MAX`].
    const SETTINGS: &'static [Setting];
    /// What never changes and a client needs to draw it: name and value, lengths in px, speeds in px/s.
    const CONSTANTS: &'static [(&'static str, u32)];

    /// A fresh match of these seats. The settings are in range.
    fn new(seed: u64, settings: &Settings, seats: Seats) -> Self;

    /// A seat becomes part of the match.
    fn join(&mut self, seat: Seat);

    /// A seat is given up for good: it is out, but keeps its score.
    fn leave(&mut self, seat: Seat);

    /// A player's connection is lost, or back. His commands are neutral meanwhile.
    fn set_away(&mut self, seat: Seat, away: bool);

    /// Moves on by one tick.
    fn step(&mut self, step: Step<'_>);

    /// The result once the match is over; it must be once every seat has left.
    fn outcome(&self) -> Option<Ranking>;

    /// Whether the player is in the world now.
    fn is_alive(&self, seat: Seat) -> bool;

    /// Where a player is, for [`Past`]; None when he is not in the world, or the game never rewinds. Sides below 2^20.
    fn pose(&self, seat: Seat) -> Option<Pose>;

    /// Fills `view.seats` and `view.entities`; both are empty before.
    fn read(&self, view: &mut View);

    /// Takes over what a view shows, in a client; the rest stays. Values fit their bits, but may still be out of range.
    fn load(&mut self, view: &View) -> Result<(), BadState>;

    /// An entity's fields at a tick not before its own; a game whose entities stand still keeps this.
    fn evaluate(entity: &Entity, _tick: u32) -> Values {
        entity.values
    }

    /// Appends the whole state, settings and random generator included.
    fn save(&self, out: &mut Vec<u8>);

    /// Reads what [`Game::save`] wrote. Bytes from elsewhere are an error, never a panic.
    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState>;
}

/// Who steps, and so what may be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The room: everything is decided.
    Authority,
    /// A client predicting its own seat: only that seat moves and shoots, and no hit, score or respawn is decided.
    Predict(Seat),
}

impl Mode {
    /// Whether this step moves this seat.
    pub fn moves(self, seat: Seat) -> bool {
        match self {
            Self::Authority => true,
            Self::Predict(own) => own == seat,
        }
    }
}

/// What a step gets beside the state.
#[derive(Debug)]
pub struct Step<'a> {
    /// The tick the state shows after the step; a fresh match shows 0.
    pub tick: u32,
    /// What every seat asks for.
    pub commands: &'a Commands,
    /// Who steps.
    pub mode: Mode,
    /// Where everyone was after the steps before.
    pub past: &'a Past,
    /// What happens is appended here.
    pub events: &'a mut Vec<Event>,
}
