//! The state of a match, advanced by records. A room, its successor and a replay all use it.

use alloc::vec::Vec;

use game::command::{Command, Refusal};
use game::{Event, Game, Mode, Ranking, Roster, Seat, Seats, Settings, Sim, Standing, slots};

use super::{Action, Join, Presence, PresenceChanges, Presences, Record};
use crate::binary::TICK_MAX;
use crate::player::member;

/// A running match: its simulation, and the presence of its players.
#[derive(Clone, Debug)]
pub struct MatchState<G> {
    sim: Sim<G>,
    seats: Seats,
    presence: Presences,
    /// Cached, because it is read more often than it changes.
    outcome: Option<Ranking>,
    /// The refusals of the newest record's actions.
    refusals: Vec<Option<Refusal>>,
}

impl<G: Game> MatchState<G> {
    /// A match that has not begun. All players count as present.
    pub fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        let sim = Sim::new(seed, settings, roster);
        Self::from_state(sim, roster.seats(), Presences::default())
    }

    /// Continues from a saved state.
    pub fn from_state(sim: Sim<G>, seats: Seats, presence: Presences) -> Self {
        let mut state = Self {
            sim,
            seats,
            presence,
            outcome: None,
            refusals: Vec::new(),
        };
        state.outcome = state.compute_outcome();
        state
    }

    /// The simulation.
    pub const fn sim(&self) -> &Sim<G> {
        &self.sim
    }

    /// The seats that have or had a player.
    pub const fn seats(&self) -> Seats {
        self.seats
    }

    /// Adds players who join. A bot that has the seat leaves first.
    pub fn apply_joins(&mut self, joins: &[Join]) {
        for Join { seat, player } in joins {
            let is_taken = self.seats.contains(*seat) && self.presence.get(*seat) != Presence::Left;
            if seat.index() < slots(&G::SEATS) {
                if is_taken {
                    self.sim.leave(*seat);
                }
                self.seats.set(*seat, true);
                self.presence.set(*seat, Presence::Here);
                self.sim.join(&member(*seat, player));
            }
        }
    }

    /// Presence by seat, as passed to the game.
    pub const fn presence(&self) -> Presences {
        self.presence
    }

    /// Applies presence changes, by seat. A player who has left cannot return.
    pub fn apply_presence(&mut self, changes: PresenceChanges) {
        if changes.is_empty() {
            return;
        }
        for (seat, presence) in changes.iter() {
            let current = self.presence.get(seat);
            if !self.seats.contains(seat) || current == Presence::Left || current == presence {
                continue;
            }
            self.presence.set(seat, presence);
            match presence {
                Presence::Here => self.sim.set_away(seat, false),
                Presence::Away => self.sim.set_away(seat, true),
                Presence::Left => self.sim.leave(seat),
            }
        }
        self.outcome = self.compute_outcome();
    }

    /// For each action of the newest record, why the game refused it; None if it was applied.
    pub fn refusals(&self) -> &[Option<Refusal>] {
        &self.refusals
    }

    /// Lets ticks pass without a step, in a game of [`game::Rate::OnCommand`].
    pub fn pass(&mut self, ticks: u32) {
        self.sim.pass(ticks);
    }

    /// Applies a record: the ticks without a step, joins, presence changes, then actions and a step, unless the match is
    /// over by then. Appends events to `events`.
    pub fn advance(&mut self, record: &Record, events: &mut Vec<Event>) {
        if record.idle > 0 {
            self.pass(record.idle);
        }
        self.apply_joins(&record.joins);
        self.apply_presence(record.presence);
        self.refusals.clear();
        if self.outcome.is_none() {
            for Action { seat, command, .. } in &record.actions {
                let refusal = self.act(*seat, command).err();
                self.refusals.push(refusal);
            }
            self.sim
                .step_unchecked(&record.inputs, Mode::Authority, events);
            self.outcome = self.compute_outcome();
        }
    }

    /// The result once the match is over: by the game's rules, or without a winner if all players
    /// have left or the tick limit of snapshots is reached.
    pub const fn outcome(&self) -> Option<&Ranking> {
        self.outcome.as_ref()
    }

    fn act(&mut self, seat: Seat, command: &Command) -> Result<(), Refusal> {
        if usize::from(command.kind) < G::COMMANDS.len() && self.seats.contains(seat) {
            self.sim.command(seat, command)
        } else {
            Err(Refusal("unknown_command"))
        }
    }

    fn compute_outcome(&self) -> Option<Ranking> {
        let has_left = |seat: Seat| self.presence.get(seat) == Presence::Left;
        let must_end = || self.seats.iter().all(has_left) || self.sim.tick() >= TICK_MAX;
        let nobody_won = || must_end().then(|| Ranking::of(self.seats, |_| Standing::default()));
        self.sim.outcome().or_else(nobody_won)
    }
}
