//! Owns the order of things within a tick, and when the match begins, goes on and ends.

use game::{Command, Commands, Game, SEATS_MAX, Seat};
use protocol::journal::{HASH_TICKS, Presence, Record};

use crate::Outcome;
use crate::inputs::Used;
use crate::room::Room;

impl<G: Game> Room<G> {
    /// One sixtieth of a second has passed.
    pub fn handle_tick(&mut self) {
        if self.outcome.is_some() || self.fault.is_some() {
            return;
        }
        self.pass();
        self.pulses += 1;
        self.snapshots.set_stale();
        let (now, is_over) = (self.tick(), self.outcome.is_some());
        for chair in &mut self.chairs {
            chair.handle_tick(now);
            let interval = chair.snapshot_interval().max(self.snapshot_ticks);
            let is_due = self.pulses.is_multiple_of(interval.into()) || is_over;
            chair.snapshot_due |= chair.connection.is_some() && is_due;
        }
    }

    /// Plays the tick, unless the match waits.
    fn pass(&mut self) {
        let is_ready = self.is_ready();
        let Some(waiting) = &self.waiting else {
            return self.play(self.changes(self.course.presence()));
        };
        let changes = self.changes(waiting.course.presence());
        if !is_ready {
            if self.changes(self.course.presence()) != [None; SEATS_MAX] {
                self.course = waiting.course.clone();
                self.course.tell(changes);
            }
            if self.course.outcome().is_none() {
                return;
            }
        }
        if let Some(waiting) = self.waiting.take() {
            self.course = waiting.course;
        }
        self.play(changes);
    }

    /// Leaves and absences reach the game before the step, by seat, and may end the match.
    fn play(&mut self, presence: [Option<Presence>; SEATS_MAX]) {
        if self.course.outcome().is_none() {
            self.course.tell(presence);
            let commands = match self.course.outcome() {
                Some(_) => *self.journal.commands(),
                None => self.commands(),
            };
            let mut record = self.journal.next(presence, commands);
            self.events.clear();
            self.course.advance(&record, &mut self.events);
            if record.tick.is_multiple_of(HASH_TICKS) || self.course.outcome().is_some() {
                record.hash = Some(self.course.sim().hash(&mut self.scratch));
            }
            self.keep_record(&record);
            match G::SCHEMA.check_events(&self.events) {
                Ok(()) => self.tell_events(),
                Err(error) => self.fail(error),
            }
        }
        self.finish_if_over();
    }

    pub(crate) fn keep_record(&mut self, record: &Record) {
        let is_kept = self.journal.push(record);
        self.counters.replays_given_up += u64::from(!is_kept);
    }

    pub(crate) fn finish_if_over(&mut self) {
        if let Some(ranking) = self.course.outcome() {
            self.outcome = Some(Outcome::new(&ranking, &self.players));
            Seat::all().for_each(|seat| self.tell_outcome(seat));
        }
    }

    /// All who have not left and are waited for are in, or they were waited for long enough.
    fn is_ready(&self) -> bool {
        let Some(waiting) = &self.waiting else {
            return true;
        };
        let is_in = |seat: Seat| {
            let chair = self.chairs.get(seat.index());
            chair.is_none_or(|chair| chair.left || chair.connection.is_some())
        };
        self.pulses >= u64::from(waiting.grace_ticks) || waiting.wanted.iter().all(is_in)
    }

    /// Who came, went away or left since the game was told this.
    fn changes(&self, told: [Presence; SEATS_MAX]) -> [Option<Presence>; SEATS_MAX] {
        let mut changes = [None; SEATS_MAX];
        for ((change, chair), told) in changes.iter_mut().zip(&self.chairs).zip(told) {
            *change = Some(chair.presence()).filter(|&presence| presence != told);
        }
        changes
    }

    fn commands(&mut self) -> Commands {
        let tick = self.tick() + 1;
        let mut commands = [Command::default(); SEATS_MAX];
        for (command, chair) in commands.iter_mut().zip(&mut self.chairs) {
            *command = if chair.connection.is_none() {
                chair.inputs.neutral()
            } else {
                match chair.inputs.take(tick) {
                    Used::Given(command) => {
                        self.counters.inputs_applied += 1;
                        command
                    }
                    Used::Held(command) => {
                        self.counters.inputs_held += 1;
                        command
                    }
                    Used::Neutral(command) => command,
                }
            };
        }
        commands
    }
}
