//! Late joins of a hosted room: the seats that it offers, and the players who are not connected yet.

use game::{Seat, Seats};

/// Interval between two checks of which seats are free, in frames (1/60 s).
const CHECK_FRAMES: u32 = 6;

/// Until when, and with which seats, a room takes late players.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LateTerms {
    /// The seats of the pool's rooms.
    pub(crate) seats: Seats,
    /// The time from the start of the match during which players may join, in frames.
    pub(crate) until_frames: u64,
    /// A player who does not connect within this time loses the seat, in frames.
    pub(crate) grace_frames: u32,
}

/// The late joins of a room.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) terms: LateTerms,
    /// The seats that the lobby offers; None: unknown.
    offered: Option<Seats>,
    /// Frames until the next check.
    pause_frames: u32,
    /// Players who joined and are not connected yet, with their remaining frames.
    awaited: Vec<(Seat, u32)>,
}

impl Late {
    pub(crate) fn new(terms: LateTerms) -> Self {
        Self {
            terms,
            offered: Some(Seats::NONE),
            pause_frames: 0,
            awaited: Vec::new(),
        }
    }

    pub(crate) fn handle_frames(&mut self, frames: u32) {
        self.pause_frames = self.pause_frames.saturating_sub(frames);
        for (_, left) in &mut self.awaited {
            *left = left.saturating_sub(frames);
        }
    }

    /// Records that a player joined. The lobby no longer offers this seat.
    pub(crate) fn handle_joined(&mut self, seat: Seat) {
        self.awaited.retain(|(other, _)| *other != seat);
        self.awaited.push((seat, self.terms.grace_frames));
        if let Some(offered) = &mut self.offered {
            offered.set(seat, false);
        }
    }

    /// Records that the lobby gave away a seat that was not free: the offer is reported again.
    pub(crate) fn handle_refused(&mut self) {
        self.offered = None;
    }

    /// Records that the player has connected or has left.
    pub(crate) fn handle_settled(&mut self, seat: Seat) {
        self.awaited.retain(|(other, _)| *other != seat);
    }

    /// A player who did not connect in time; each player is returned once.
    pub(crate) fn poll_overdue(&mut self) -> Option<Seat> {
        let at = self.awaited.iter().position(|(_, left)| *left == 0)?;
        Some(self.awaited.swap_remove(at).0)
    }

    /// Whether it is time to check which seats are free.
    pub(crate) fn is_check_due(&mut self) -> bool {
        let is_check_due = self.pause_frames == 0;
        if is_check_due {
            self.pause_frames = CHECK_FRAMES;
        }
        is_check_due
    }

    /// Whether the lobby needs a new offer with these free seats.
    pub(crate) fn changes(&mut self, free: Seats) -> bool {
        self.offered.replace(free) != Some(free)
    }

    /// Frames until the next check or the end of a grace period.
    pub(crate) fn wakes_in(&self) -> u32 {
        let awaited = self.awaited.iter().map(|(_, left)| *left);
        let next_check = if self.offered.is_none() {
            CHECK_FRAMES
        } else {
            u32::MAX
        };
        awaited.chain([next_check]).min().unwrap_or(u32::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(index: usize) -> Seat {
        Seat::new(index).expect("a seat")
    }

    fn late() -> Late {
        Late::new(LateTerms {
            seats: Seats::first(8),
            until_frames: 600,
            grace_frames: 60,
        })
    }

    #[test]
    fn an_offer_is_reported_when_it_changes() {
        let mut late = late();
        assert!(!late.changes(Seats::NONE), "nothing is offered at first");
        assert!(late.changes(Seats::first(2)));
        assert!(!late.changes(Seats::first(2)));
        late.handle_joined(seat(1));
        assert!(
            !late.changes(Seats::first(1)),
            "the lobby gave that seat away"
        );
        late.handle_refused();
        assert!(late.changes(Seats::first(1)));
    }

    #[test]
    fn a_player_who_does_not_connect_is_overdue_once() {
        let mut late = late();
        late.handle_joined(seat(1));
        late.handle_joined(seat(2));
        late.handle_settled(seat(2));
        late.handle_frames(59);
        assert_eq!((late.poll_overdue(), late.wakes_in()), (None, 1));
        late.handle_frames(1);
        assert_eq!(late.poll_overdue(), Some(seat(1)));
        assert_eq!(late.poll_overdue(), None);
    }
}
