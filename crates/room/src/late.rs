//! Late joins: players who get a free seat of a running match.

use game::{Game, Seat, Seats, hides, slots};
use protocol::record::{JOINS_MAX, Join, Presence};

use crate::Player;
use crate::room::Room;
use crate::seat_state::SeatState;
use crate::snapshots::Snapshots;

/// A player who joined but is not in a record yet.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) join: Join,
    /// The previous player of the seat, and their first tick.
    before: Option<(Player, u32)>,
}

/// Why a player cannot join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefused {
    /// The match is over.
    #[error("the match is over")]
    Over,
    /// The game accepts no player on this seat, or the seat has a player.
    #[error("the seat is not free")]
    NotFree,
}

impl<G: Game> Room<G> {
    /// The seats that a player can join now: seats that the game accepts, and that have no player, a
    /// player who left, or a bot.
    pub fn free_seats(&self) -> Seats {
        if self.outcome.is_some() || self.fault.is_some() {
            return Seats::NONE;
        }
        let accepted = self.shown.sim().game().accepts();
        let is_free = |seat: &Seat| match self.seat_states.get(seat.index()) {
            Some(seat_state) if seat_state.left => self.has_left_recorded(*seat),
            Some(_) => self.is_bots(*seat),
            None => seat.index() < slots(&G::SEATS),
        };
        accepted.iter().filter(is_free).collect()
    }

    /// Gives a player a seat of the running match, from its next tick on. A bot that has the seat
    /// leaves. The others are notified. A repeated call has no effect.
    ///
    /// # Errors
    /// When the match is over, or the seat is not one of [`Room::free_seats`].
    pub fn join_late(&mut self, seat: Seat, player: Player) -> Result<(), JoinRefused> {
        if self.outcome.is_some() || self.fault.is_some() {
            return Err(JoinRefused::Over);
        }
        if let Some(seated) = self.seat_of(&player.player_id) {
            let has_left = self
                .seat_states
                .get(seated.index())
                .is_none_or(|it| it.left);
            return if has_left {
                Err(JoinRefused::NotFree)
            } else {
                Ok(())
            };
        }
        let join = Join { seat, player };
        let is_next = seat.index() <= self.players.len();
        if !is_next || !self.free_seats().contains(seat) || !join.is_recordable() {
            return Err(JoinRefused::NotFree);
        }
        let before = self.players.get(seat.index()).cloned();
        let before = before.zip(self.joined_at.get(seat.index()).copied());
        let tick = self.recorder.tick() + self.sleep.ticks.max(1);
        self.admit(&join, tick);
        self.send_joined(seat);
        self.joins.push_back(Pending { join, before });
        self.set_stale();
        Ok(())
    }

    /// Seats the player of a join from this tick on.
    pub(crate) fn admit(&mut self, join: &Join, tick: u32) {
        let seat_state = SeatState::new(G::INPUT, G::RATE);
        let at = join.seat.index();
        self.forget_bot(join.seat);
        if at < self.players.len() {
            self.players[at] = join.player.clone();
            self.joined_at[at] = tick;
            self.seat_states[at] = seat_state;
        } else if at == self.players.len() {
            self.players.push(join.player.clone());
            self.joined_at.push(tick);
            self.seat_states.push(seat_state);
            if hides::<G>() {
                self.snapshots.push(Snapshots::default());
            }
        }
    }

    /// The joins of the next record, which is for this tick.
    pub(crate) fn take_joins(&mut self, tick: u32) -> Vec<Join> {
        let count = self.joins.len().min(JOINS_MAX);
        let joins: Vec<Join> = self
            .joins
            .drain(..count)
            .map(|pending| pending.join)
            .collect();
        for join in &joins {
            self.joined_at[join.seat.index()] = tick;
        }
        joins
    }

    /// Whether the shown state of a waiting match lacks a player who joined.
    pub(crate) fn lacks_joins(&self) -> bool {
        let is_in = |pending: &Pending| {
            let seat = pending.join.seat;
            let presence = self.shown.presence().get(seat);
            self.shown.seats().contains(seat) && presence != Presence::Left
        };
        !self.joins.iter().all(is_in)
    }

    /// The players and their first ticks as of the newest record.
    pub(crate) fn recorded_players(&self) -> (Vec<Player>, Vec<u32>) {
        let (mut players, mut joined_at) = (self.players.clone(), self.joined_at.clone());
        for Pending { join, before } in self.joins.iter().rev() {
            let at = join.seat.index();
            if let Some((player, tick)) = before {
                players[at] = player.clone();
                joined_at[at] = *tick;
            } else {
                players.truncate(at);
                joined_at.truncate(at);
            }
        }
        (players, joined_at)
    }

    /// Whether a record contains that the seat's player left.
    fn has_left_recorded(&self, seat: Seat) -> bool {
        let recorded = match &self.waiting {
            Some(waiting) => &waiting.recorded,
            None => &self.shown,
        };
        recorded.presence().get(seat) == Presence::Left
    }
}
