//! Owns how a record moves a match on: the one way that a room, its successor and a replay go alike.

use alloc::vec::Vec;

use game::{Event, Game, Mode, Ranking, SEATS_MAX, Seat, Seats, Settings, Sim, Standing};

use super::{Presence, Record};
use crate::binary::TICK_MAX;

/// A match on its way: the state, and who is there as far as it knows.
#[derive(Clone, Debug)]
pub struct Course<G> {
    sim: Sim<G>,
    seats: Seats,
    presence: [Presence; SEATS_MAX],
    /// As of now: it is asked for more often than it can change.
    outcome: Option<Ranking>,
}

impl<G: Game> Course<G> {
    /// A match that has not begun, of these seats; everyone counts as being there.
    pub fn new(seed: u64, settings: &Settings, seats: Seats) -> Self {
        Self::from_state(
            Sim::new(seed, settings, seats),
            seats,
            [Presence::Here; SEATS_MAX],
        )
    }

    /// Goes on from a state.
    pub fn from_state(sim: Sim<G>, seats: Seats, presence: [Presence; SEATS_MAX]) -> Self {
        let mut course = Self {
            sim,
            seats,
            presence,
            outcome: None,
        };
        course.outcome = course.decide();
        course
    }

    /// The state.
    pub const fn sim(&self) -> &Sim<G> {
        &self.sim
    }

    /// What the game was told last, by seat.
    pub const fn presence(&self) -> [Presence; SEATS_MAX] {
        self.presence
    }

    /// Tells the game who came, went away or left, by seat. Who has left stays so.
    pub fn tell(&mut self, changes: [Option<Presence>; SEATS_MAX]) {
        if changes == [None; SEATS_MAX] {
            return;
        }
        for seat in self.seats.iter() {
            let told = &mut self.presence[seat.index()];
            match changes[seat.index()] {
                Some(presence) if *told != Presence::Left && *told != presence => {
                    *told = presence;
                    match presence {
                        Presence::Here => self.sim.set_away(seat, false),
                        Presence::Away => self.sim.set_away(seat, true),
                        Presence::Left => self.sim.leave(seat),
                    }
                }
                _ => {}
            }
        }
        self.outcome = self.decide();
    }

    /// Moves on by a record: who is there, then a step, unless the match is over by then. What happened is appended to
    /// `events`.
    pub fn advance(&mut self, record: &Record, events: &mut Vec<Event>) {
        self.tell(record.presence);
        if self.outcome.is_none() {
            self.sim
                .step_unchecked(&record.commands, Mode::Authority, events);
            self.outcome = self.decide();
        }
    }

    /// The result once the match is over: as the game says, or because everyone has left, or because no snapshot can
    /// name a later tick; then nobody has won.
    pub const fn outcome(&self) -> Option<Ranking> {
        self.outcome
    }

    fn decide(&self) -> Option<Ranking> {
        let has_left = |seat: Seat| self.presence[seat.index()] == Presence::Left;
        let must_end = || self.seats.iter().all(has_left) || self.sim.tick() >= TICK_MAX;
        let nobody_won = || must_end().then(|| Ranking::of(self.seats, |_| Standing::default()));
        self.sim.outcome().or_else(nobody_won)
    }
}
