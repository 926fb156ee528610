//! A replayed match without the type of its game, so that playback is compiled once for all games.

use alloc::boxed::Box;
use alloc::vec::Vec;

use game::{Event, Game, Hash, Pose, Ranking, Seat, View};

use crate::record::{MatchState, Record};

pub(super) trait DynMatch: Send {
    fn advance(&mut self, record: &Record, events: &mut Vec<Event>);
    /// Passes a tick without a step.
    fn pass(&mut self);
    fn outcome(&self) -> Option<&Ranking>;
    fn hash(&self, scratch: &mut Vec<u8>) -> Hash;
    fn view(&self, view: &mut View);
    fn is_alive(&self, seat: Seat) -> bool;
    fn pose(&self, seat: Seat) -> Option<Pose>;
    fn copy(&self) -> Box<dyn DynMatch>;
}

impl<G: Game> DynMatch for MatchState<G> {
    fn advance(&mut self, record: &Record, events: &mut Vec<Event>) {
        self.advance(record, events);
    }

    fn pass(&mut self) {
        self.pass(1);
    }

    fn outcome(&self) -> Option<&Ranking> {
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

    fn copy(&self) -> Box<dyn DynMatch> {
        Box::new(self.clone())
    }
}
