//! Owns what a room tells its players reliably, and in which form each hears it.

use game::{Game, Seat};
use protocol::binary::{EVENTS_MAX, encode_events};
use protocol::{
    CloseCode, Encoding, Form, GameMessage, Greeting, MessageRefusal, Moved, encode_event,
    encode_message, encode_message_result, encode_moved, encode_over, encode_welcome,
};

use crate::Refused;
use crate::chair::Chair;
use crate::lane::Haste;
use crate::room::Room;

impl<G: Game> Room<G> {
    pub(crate) fn tell_welcome(&mut self, seat: Seat, encoding: Encoding) {
        let greeting = Greeting {
            seat,
            tick: self.tick(),
            room_id: &self.config.room_id,
            epoch: self.config.epoch,
            settings: &self.config.settings,
            players: &self.players,
        };
        self.scratch.clear();
        encode_welcome::<G>(encoding, &greeting, &mut self.scratch);
        self.tell(seat, Form::Text, Haste::AtOnce);
    }

    /// What happened in the newest step: a frame of bits with all of it, or a text for each.
    pub(crate) fn tell_events(&mut self) {
        let tick = self.tick();
        let mut from = 0;
        while from < self.events.len() {
            let to = self.events.len().min(from + EVENTS_MAX);
            self.scratch.clear();
            encode_events(G::SCHEMA, tick, &self.events[from..to], &mut self.scratch);
            self.tell_who_speaks(Encoding::Binary, Form::Binary);
            from = to;
        }
        for at in 0..self.events.len() {
            if !self.speaks(Encoding::Json) {
                return;
            }
            self.scratch.clear();
            let event = &self.events[at];
            encode_event(G::SCHEMA, &self.players, tick, event, &mut self.scratch);
            self.tell_who_speaks(Encoding::Json, Form::Text);
        }
    }

    /// What a player said, to everybody, himself included.
    pub(crate) fn tell_message(&mut self, from: Seat, message: &GameMessage) {
        let Some(player) = self.players.get(from.index()) else {
            return;
        };
        self.scratch.clear();
        encode_message(player, message, &mut self.scratch);
        Seat::all().for_each(|seat| self.tell(seat, Form::Text, Haste::AtOnce));
    }

    /// What became of a seat's message, to that seat only.
    pub(crate) fn tell_message_result(&mut self, seat: Seat, id: u32, result: Result<(), Refused>) {
        let refusal = |refused| match refused {
            Refused::Flood => MessageRefusal::TooFast,
            _ => MessageRefusal::NotPlaying,
        };
        let result = result.map(|()| self.tick()).map_err(refusal);
        self.scratch.clear();
        encode_message_result(id, result, &mut self.scratch);
        if result.is_ok() {
            self.tell(seat, Form::Text, Haste::AtOnce);
        } else if let Some(chair) = self.chairs.get_mut(seat.index()).filter(is_there)
            && !chair.lane.push_refusal(&self.scratch)
        {
            self.give_up_slow(seat);
        }
    }

    pub(crate) fn tell_outcome(&mut self, seat: Seat) {
        let Some(outcome) = &self.outcome else { return };
        self.scratch.clear();
        encode_over(&outcome.scores, &mut self.scratch);
        self.tell(seat, Form::Text, Haste::AtOnce);
        if let Some(chair) = self.chairs.get_mut(seat.index()).filter(is_there) {
            chair.close_when_told(CloseCode::MatchOver);
        }
    }

    /// Another relay owns the room now: tells the seat where, and closes its connection ([`CloseCode::Moved`]) once that was
    /// taken.
    pub fn tell_moved(&mut self, seat: Seat, moved: &Moved) {
        self.scratch.clear();
        encode_moved(moved, &mut self.scratch);
        self.tell(seat, Form::Text, Haste::AtOnce);
        if let Some(chair) = self.chairs.get_mut(seat.index()).filter(is_there) {
            chair.close_when_told(CloseCode::Moved);
        }
    }

    fn tell_who_speaks(&mut self, encoding: Encoding, form: Form) {
        for seat in Seat::all() {
            let chair = self.chairs.get(seat.index());
            if chair.is_some_and(|chair| chair.connection == Some(encoding)) {
                self.tell(seat, form, Haste::WithSnapshot);
            }
        }
    }

    fn speaks(&self, encoding: Encoding) -> bool {
        self.chairs
            .iter()
            .any(|chair| chair.connection == Some(encoding))
    }

    /// Puts what is in `scratch` into the seat's lane.
    fn tell(&mut self, seat: Seat, form: Form, haste: Haste) {
        if let Some(chair) = self.chairs.get_mut(seat.index()).filter(is_there)
            && !chair.lane.push(form, &self.scratch, haste)
        {
            self.give_up_slow(seat);
        }
    }

    /// More waits for the seat's client than may.
    fn give_up_slow(&mut self, seat: Seat) {
        if let Some(chair) = self.chairs.get_mut(seat.index()) {
            chair.give_up(CloseCode::TooSlow);
            self.counters.lanes_overflowed += 1;
            self.snapshots.set_stale();
        }
    }
}

fn is_there(chair: &&mut Chair) -> bool {
    chair.connection.is_some()
}
