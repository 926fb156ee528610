//! Reliable messages to players, encoded for each client.

use game::{Game, Seat};
use protocol::binary::{EVENTS_MAX, Layout, encode_events};
use protocol::{
    CloseCode, Encoding, Form, GameMessage, Greeting, MessageRefusal, Moved, encode_command_result,
    encode_event, encode_joined, encode_message, encode_message_result, encode_moved, encode_over,
    encode_welcome,
};

use crate::Refused;
use crate::actions::CommandOutcome;
use crate::reliable_queue::Priority;
use crate::room::Room;
use crate::seat_state::SeatState;

impl<G: Game> Room<G> {
    /// Passes a game message on to every player, or refuses it. A message with an id gets a result.
    pub(crate) fn pass_on(&mut self, seat: Seat, message: &GameMessage) -> Result<(), Refused> {
        let allowed = self.may_talk(seat);
        match allowed {
            Ok(()) => {
                self.counters.messages += 1;
                self.send_message(seat, message);
            }
            Err(_) => self.counters.messages_refused += 1,
        }
        if let Some(id) = message.id {
            self.send_message_result(seat, id, allowed);
        }
        allowed
    }

    fn may_talk(&mut self, seat: Seat) -> Result<(), Refused> {
        let is_over = self.outcome.is_some();
        match self.seat_states.get_mut(seat.index()) {
            Some(seat_state) if seat_state.connection.is_some() && !is_over => {
                let is_within_rate = seat_state.chat_limiter.take() && self.chat_limiter.take();
                is_within_rate.then_some(()).ok_or(Refused::Flood)
            }
            _ => Err(Refused::NotRunning),
        }
    }

    pub(crate) fn send_welcome(&mut self, seat: Seat, encoding: Encoding) {
        let greeting = Greeting {
            seat,
            tick: self.tick(),
            joined_at: self.joined_at.get(seat.index()).copied().unwrap_or(0),
            room_id: &self.config.room_id,
            epoch: self.config.epoch,
            settings: &self.config.settings,
            players: &self.players,
        };
        self.scratch.clear();
        encode_welcome::<G>(encoding, &greeting, &mut self.scratch);
        self.send(seat, Form::Text, Priority::AtOnce);
    }

    /// Notifies the other players of the player on this seat.
    pub(crate) fn send_joined(&mut self, joined: Seat) {
        let Some(player) = self.players.get(joined.index()) else {
            return;
        };
        self.scratch.clear();
        encode_joined(joined, player, &mut self.scratch);
        for seat in self.seats().iter().filter(|&seat| seat != joined) {
            self.send(seat, Form::Text, Priority::AtOnce);
        }
    }

    /// Queues the events of the newest step: one binary frame with all of them, or a text for each.
    pub(crate) fn send_events(&mut self) {
        let tick = self.tick();
        let mut from = 0;
        while from < self.events.len() {
            let to = self.events.len().min(from + EVENTS_MAX);
            self.scratch.clear();
            let events = &self.events[from..to];
            encode_events(Layout::of::<G>(), tick, events, &mut self.scratch);
            self.send_who_speaks(Encoding::Binary, Form::Binary);
            from = to;
        }
        for at in 0..self.events.len() {
            if !self.speaks(Encoding::Json) {
                return;
            }
            self.scratch.clear();
            let event = &self.events[at];
            encode_event(G::SCHEMA, &self.players, tick, event, &mut self.scratch);
            self.send_who_speaks(Encoding::Json, Form::Text);
        }
    }

    /// Queues a game message for every player, including its sender.
    pub(crate) fn send_message(&mut self, from: Seat, message: &GameMessage) {
        let Some(player) = self.players.get(from.index()) else {
            return;
        };
        self.scratch.clear();
        encode_message(player, message, &mut self.scratch);
        let seats = self.seats();
        seats
            .iter()
            .for_each(|seat| self.send(seat, Form::Text, Priority::AtOnce));
    }

    /// Queues the result of a game message for its sender.
    pub(crate) fn send_message_result(&mut self, seat: Seat, id: u32, result: Result<(), Refused>) {
        let refusal = |refused| match refused {
            Refused::Flood => MessageRefusal::TooFast,
            _ => MessageRefusal::NotPlaying,
        };
        let result = result.map(|()| self.tick()).map_err(refusal);
        self.scratch.clear();
        encode_message_result(id, result, &mut self.scratch);
        if result.is_ok() {
            self.send(seat, Form::Text, Priority::AtOnce);
        } else {
            self.send_refusal(seat);
        }
    }

    /// Queues the result of a command for its sender.
    pub(crate) fn send_command_result(&mut self, seat: Seat, id: u32, result: &CommandOutcome) {
        let named = result.as_ref().copied().map_err(|reason| &**reason);
        self.scratch.clear();
        encode_command_result(id, named, &mut self.scratch);
        if result.is_ok() {
            self.send(seat, Form::Text, Priority::AtOnce);
        } else {
            self.send_refusal(seat);
        }
    }

    pub(crate) fn send_outcome(&mut self, seat: Seat) {
        let Some(outcome) = &self.outcome else { return };
        self.scratch.clear();
        encode_over(&outcome.scores, &mut self.scratch);
        self.send(seat, Form::Text, Priority::AtOnce);
        if let Some(seat_state) = self.seat_states.get_mut(seat.index()).filter(is_there) {
            seat_state.close_when_sent(CloseCode::MatchOver);
        }
    }

    /// Queues the address of the relay that owns the room now, then closes the connection with
    /// [`CloseCode::Moved`].
    pub fn send_moved(&mut self, seat: Seat, moved: &Moved) {
        self.scratch.clear();
        encode_moved(moved, &mut self.scratch);
        self.send(seat, Form::Text, Priority::AtOnce);
        if let Some(seat_state) = self.seat_states.get_mut(seat.index()).filter(is_there) {
            seat_state.close_when_sent(CloseCode::Moved);
        }
    }

    fn send_who_speaks(&mut self, encoding: Encoding, form: Form) {
        for seat in self.seats().iter() {
            let seat_state = self.seat_states.get(seat.index());
            if seat_state.is_some_and(|seat_state| seat_state.connection == Some(encoding)) {
                self.send(seat, form, Priority::WithSnapshot);
            }
        }
    }

    fn speaks(&self, encoding: Encoding) -> bool {
        self.seat_states
            .iter()
            .any(|seat_state| seat_state.connection == Some(encoding))
    }

    /// Queues the message in `scratch` for the seat.
    fn send(&mut self, seat: Seat, form: Form, priority: Priority) {
        if let Some(seat_state) = self.seat_states.get_mut(seat.index()).filter(is_there)
            && !seat_state
                .reliable_queue
                .push(form, &self.scratch, priority)
        {
            self.give_up_slow(seat);
        }
    }

    /// Queues the message in `scratch` for the seat, as the answer to a refused message.
    fn send_refusal(&mut self, seat: Seat) {
        if let Some(seat_state) = self.seat_states.get_mut(seat.index()).filter(is_there)
            && !seat_state.reliable_queue.push_refusal(&self.scratch)
        {
            self.give_up_slow(seat);
        }
    }

    /// Disconnects a seat whose reliable queue overflowed.
    fn give_up_slow(&mut self, seat: Seat) {
        if let Some(seat_state) = self.seat_states.get_mut(seat.index()) {
            seat_state.give_up(CloseCode::TooSlow);
            self.counters.queues_overflowed += 1;
            self.set_stale();
        }
    }
}

fn is_there(seat_state: &&mut SeatState) -> bool {
    seat_state.connection.is_some()
}
