//! Late joins of a hosted room: players who get a seat, and seats that the room offers and returns.

use game::{Game, Seat, Seats};
use lobby::SeatReturn;
use room::{JoinRefused, Player};

use super::{HostedRoom, State, WorkerContext};
use crate::worker::messages::LateReport;

impl<G: Game> HostedRoom<G> {
    pub(super) fn join_late(&mut self, seat: Seat, player: Player, context: &WorkerContext) {
        // If the match is over or moves, the lobby still has the player and decides.
        if matches!(self.state, State::Frozen | State::Over) {
            return;
        }
        let player_id = player.player_id.clone();
        let is_new = self.room.seat_of(&player_id).is_none();
        match self.room.join_late(seat, player) {
            Ok(()) if is_new => {
                self.sessions.resize_with(self.room.seats().len(), || None);
                if let Some(late) = &mut self.late {
                    late.handle_joined(seat);
                }
            }
            Ok(()) | Err(JoinRefused::Over) => {}
            Err(JoinRefused::NotFree) => {
                if let Some(late) = &mut self.late {
                    late.handle_refused();
                }
                let refused = LateReport::Return(player_id, SeatReturn::Refused);
                context.reports.late(&self.key, refused);
            }
        }
    }

    /// Returns the seats of late players who did not connect, and offers the free seats.
    pub(super) fn run_late(&mut self, context: &WorkerContext) {
        let Some(late) = &mut self.late else { return };
        late.handle_frames(context.frames);
        while let Some(seat) = late.poll_overdue() {
            self.room.handle_left(seat);
            if let Some(player) = self.room.player(seat) {
                let player = player.player_id.clone();
                let back = LateReport::Return(player, SeatReturn::NotConnected);
                context.reports.late(&self.key, back);
            }
        }
        if !late.is_check_due() {
            return;
        }
        let elapsed = u64::from(self.room.tick()) * u64::from(G::RATE.frames_per_tick());
        let free = if elapsed < late.terms.until_frames {
            let free = self.room.free_seats().bits();
            Seats::from_bits(free & late.terms.seats.bits())
        } else {
            Seats::NONE
        };
        if late.changes(free) {
            context.reports.late(&self.key, LateReport::Offer(free));
        }
    }
}
