//! The order of operations within a tick, and how a match starts, continues and ends.

use game::{Game, Seat};
use protocol::record::{Join, Presence, PresenceChanges, Presences, Record, hash_ticks};

use crate::Outcome;
use crate::inputs::Used;
use crate::room::Room;

impl<G: Game> Room<G> {
    /// Advances the room by one tick of the game.
    pub fn handle_tick(&mut self) {
        if G::RATE.is_on_command() {
            self.handle_frames(1);
            return self.handle_wake();
        }
        if self.outcome.is_some() || self.fault.is_some() {
            return;
        }
        let frames = G::RATE.frames_per_tick();
        if self.bots.is_some() {
            self.run_bots(frames);
        }
        self.advance_unless_waiting();
        self.frames += u64::from(frames);
        self.chat_limiter.handle_frames(frames);
        self.set_stale();
        let (now, is_over) = (self.tick(), self.outcome.is_some());
        for seat_state in &mut self.seat_states {
            seat_state.handle_tick(frames, now);
            let interval = seat_state.snapshot_interval().max(self.snapshot_frames);
            let interval = interval.next_multiple_of(frames);
            let is_due = self.frames.is_multiple_of(interval.into()) || is_over;
            seat_state.snapshot_due |= seat_state.connection.is_some() && is_due;
        }
    }

    /// Plays the tick, unless the match waits.
    pub(crate) fn advance_unless_waiting(&mut self) {
        let is_ready = self.is_ready();
        let Some(waiting) = &self.waiting else {
            return self.play(0, self.changes(self.shown.presence()));
        };
        let changes = self.changes(waiting.recorded.presence());
        if !is_ready {
            if !self.changes(self.shown.presence()).is_empty() || self.lacks_joins() {
                self.shown = waiting.recorded.clone();
                let joins: Vec<Join> = self.joins.iter().map(|it| it.join.clone()).collect();
                self.shown.apply_joins(&joins);
                self.shown.apply_presence(changes);
            }
            if self.shown.outcome().is_none() {
                return;
            }
        }
        if let Some(waiting) = self.waiting.take() {
            self.shown = waiting.recorded;
        }
        self.play(0, changes);
    }

    /// Passes `idle` ticks without a step, admits players, applies presence changes in seat order, then steps the game.
    /// A presence change can end the match.
    pub(crate) fn play(&mut self, idle: u32, presence: PresenceChanges) {
        if self.shown.outcome().is_none() {
            if idle > 0 {
                self.shown.pass(idle);
            }
            let joins = if self.joins.is_empty() {
                Vec::new()
            } else {
                self.take_joins(self.recorder.tick() + 1 + idle)
            };
            self.shown.apply_joins(&joins);
            self.shown.apply_presence(presence);
            let mut record = core::mem::replace(&mut self.record, Record::new(0));
            self.recorder.begin(idle, presence, &mut record);
            if self.shown.outcome().is_none() {
                self.apply_inputs(&mut record);
                if !self.actions.is_empty() {
                    record.actions = self.take_actions();
                }
            }
            self.events.clear();
            self.shown.advance(&record, &mut self.events);
            record.idle = idle;
            record.joins = joins;
            let is_hashed = record.tick.is_multiple_of(hash_ticks(G::RATE))
                || G::RATE.is_on_command()
                || self.shown.outcome().is_some();
            if is_hashed {
                record.hash = Some(self.shown.sim().hash(&mut self.scratch));
            }
            self.keep_record(&record);
            if !record.actions.is_empty() {
                self.finish_actions(&record);
            }
            match G::SCHEMA.check_events(&self.events) {
                Ok(()) => self.send_events(),
                Err(error) => self.fail(error),
            }
            self.record = record;
        }
        self.finish_if_over();
    }

    pub(crate) fn keep_record(&mut self, record: &Record) {
        let is_kept = self.recorder.push(G::INPUT, record);
        self.counters.replays_given_up += u64::from(!is_kept);
    }

    pub(crate) fn finish_if_over(&mut self) {
        if let Some(ranking) = self.shown.outcome().cloned() {
            self.refuse_actions();
            self.outcome = Some(Outcome::new(
                self.shown.sim().game(),
                &ranking,
                &self.players,
            ));
            let seats = self.seats();
            seats.iter().for_each(|seat| self.send_outcome(seat));
        }
    }

    /// Whether every awaited player has connected or left, or the grace period is over.
    fn is_ready(&self) -> bool {
        let Some(waiting) = &self.waiting else {
            return true;
        };
        let is_in = |seat: Seat| {
            let seat_state = self.seat_states.get(seat.index());
            seat_state.is_none_or(|seat_state| seat_state.presence() != Presence::Away)
        };
        self.frames >= u64::from(waiting.grace_frames) || waiting.wanted.iter().all(is_in)
    }

    /// The presence changes since `before`, by seat.
    pub(crate) fn changes(&self, before: Presences) -> PresenceChanges {
        let now = Seat::all().zip(&self.seat_states);
        now.map(|(seat, seat_state)| (seat, seat_state.presence()))
            .filter(|&(seat, presence)| presence != before.get(seat))
            .collect()
    }

    /// Sets the inputs of the next tick.
    fn apply_inputs(&mut self, record: &mut Record) {
        let tick = self.tick() + 1;
        if G::RATE.is_on_command() {
            return;
        }
        for (seat_input, seat_state) in record.inputs.iter_mut().zip(&mut self.seat_states) {
            *seat_input = if seat_state.connection.is_none() {
                seat_state.absent_input()
            } else {
                match seat_state.inputs.take(tick) {
                    Used::Given(seat_input) => {
                        self.counters.inputs_applied += 1;
                        seat_input
                    }
                    Used::Held(seat_input) => {
                        self.counters.inputs_held += 1;
                        seat_input
                    }
                    Used::Neutral(seat_input) => seat_input,
                }
            };
        }
    }
}
