//! Owns a match that is played again without its game's type, so that what plays it is compiled once for all games.

use alloc::boxed::Box;
use alloc::vec::Vec;

use game::{Event, Game, Hash, Pose, Ranking, Seat, View};

use crate::journal::{Course, Record};

pub(super) trait Machine: Send {
    fn advance(&mut self, record: &Record, events: &mut Vec<Event>);
    fn outcome(&self) -> Option<Ranking>;
    fn hash(&self, scratch: &mut Vec<u8>) -> Hash;
    fn view(&self, view: &mut View);
    fn is_alive(&self, seat: Seat) -> bool;
    fn pose(&self, seat: Seat) -> Option<Pose>;
    fn copy(&self) -> Box<dyn Machine>;
}

impl<G: Game> Machine for Course<G> {
    fn advance(&mut self, record: &Record, events: &mut Vec<Event>) {
        self.advance(record, events);
    }

    fn outcome(&self) -> Option<Ranking> {
        self.outcome()
    }

    fn hash(&self, scratch: &mut Vec<u8>) -> Hash {
        self.sim().hash(scratch)
    }

    fn view(&self, view: &mut View) {
        self.sim().read(view);
    }

    fn is_alive(&self, seat: Seat) -> bool {
        self.sim().game().is_alive(seat)
    }

    fn pose(&self, seat: Seat) -> Option<Pose> {
        self.sim().game().pose(seat)
    }

    fn copy(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}
