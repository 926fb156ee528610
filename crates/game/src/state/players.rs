//! The players of a match, by seat.

use alloc::vec::Vec;

use super::{Fields, Save};
use crate::{
    BadState, InputFields, Member, Random, Ranking, Reader, Roster, SEATS_MAX, SLOTS_MIN, Seat,
    Seats, Standing, Step, View,
};

/// A player for each seat that is part of the match. Players who left are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Players<P>(Vec<Option<P>>);

impl<P> Default for Players<P> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<P> Players<P> {
    /// The result of `player` for each player of the roster.
    pub fn of(roster: &Roster, mut player: impl FnMut(&Member) -> P) -> Self {
        let mut players = Self::default();
        for member in roster.iter() {
            players.join(member.seat, |_| player(member));
        }
        players
    }

    /// The player on this seat.
    pub fn get(&self, seat: Seat) -> Option<&P> {
        self.0.get(seat.index())?.as_ref()
    }

    /// The player on this seat.
    pub fn get_mut(&mut self, seat: Seat) -> Option<&mut P> {
        self.0.get_mut(seat.index())?.as_mut()
    }

    /// Changes the player on this seat, if there is one.
    pub fn change(&mut self, seat: Seat, change: impl FnOnce(&mut P)) {
        if let Some(player) = self.get_mut(seat) {
            change(player);
        }
    }

    /// Adds a player on this seat, unless the seat has one.
    pub fn join(&mut self, seat: Seat, player: impl FnOnce(Seat) -> P) {
        self.slot(seat).get_or_insert_with(|| player(seat));
    }

    fn slot(&mut self, seat: Seat) -> &mut Option<P> {
        if self.0.len() <= seat.index() {
            self.0.resize_with(seat.index() + 1, || None);
        }
        &mut self.0[seat.index()]
    }

    /// Each player that this step moves, with the input: all players on the server, and only the
    /// client's own player in a prediction.
    pub fn moving<I: InputFields>(&mut self, step: &Step<'_>) -> impl Iterator<Item = (&mut P, I)> {
        self.iter_mut()
            .filter(|&(seat, _)| step.mode.moves(seat))
            .map(|(seat, player)| (player, step.input(seat)))
    }

    /// Each player that this step does not move by an input: none on the server, and all but the
    /// client's own player in a prediction. A game that predicts the others
    /// ([`Game::PREDICTS_OTHERS`](crate::Game::PREDICTS_OTHERS)) moves them by their last known movement.
    pub fn others(&mut self, step: &Step<'_>) -> impl Iterator<Item = &mut P> {
        self.iter_mut()
            .filter(|&(seat, _)| !step.mode.moves(seat))
            .map(|(_, player)| player)
    }

    /// Each player with their seat, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Seat, &P)> {
        Seat::all()
            .zip(&self.0)
            .filter_map(|(seat, player)| Some((seat, player.as_ref()?)))
    }

    /// Each player with their seat, in order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Seat, &mut P)> {
        Seat::all()
            .zip(&mut self.0)
            .filter_map(|(seat, player)| Some((seat, player.as_mut()?)))
    }

    /// The seats that have a player.
    pub fn seats(&self) -> Seats {
        self.iter().map(|(seat, _)| seat).collect()
    }

    /// The result: these players, ranked by their standing.
    pub fn ranking(&self, standing: impl Fn(&P) -> Standing) -> Ranking {
        Ranking::of(self.seats(), |seat| {
            self.get(seat).map_or_else(Standing::default, &standing)
        })
    }
}

impl<P: Fields> Players<P> {
    /// Adds a player on this seat, unless the seat has a player who did not leave. For
    /// [`State::show_join`](super::State::show_join).
    pub fn take_seat(&mut self, seat: Seat, player: impl FnOnce(Seat) -> P) {
        if !self.is_in(seat) {
            *self.slot(seat) = Some(player(seat));
        }
    }

    /// Each player who has not given up the seat, with their seat, in order.
    pub fn present(&self) -> impl Iterator<Item = (Seat, &P)> {
        self.iter().filter(|(_, player)| !player.is_out())
    }

    /// Each player who has not given up the seat, with their seat, in order.
    pub fn present_mut(&mut self) -> impl Iterator<Item = (Seat, &mut P)> {
        self.iter_mut().filter(|(_, player)| !player.is_out())
    }

    /// The first matching player who has not given up the seat, with the seat.
    pub fn find(&self, is_it: impl Fn(&P) -> bool) -> Option<(Seat, &P)> {
        self.present().find(|(_, player)| is_it(player))
    }

    /// A random one of the players who have not given up the seat.
    pub fn pick(&mut self, random: &mut Random) -> Option<&mut P> {
        let at = random.below(self.present().count() as u32) as usize;
        self.present_mut().nth(at).map(|(_, player)| player)
    }

    /// The seat number of the next player in turn after this seat. Players who gave up their
    /// seat have no turn. The same seat if there is no other player.
    pub fn next_after(&self, seat: u32) -> u32 {
        let number = |(seat, _): (Seat, &P)| seat.index() as u32;
        let later = self.present().map(number).find(|&next| next > seat);
        later
            .or_else(|| self.present().map(number).next())
            .unwrap_or(seat)
    }

    /// Whether too few players are left to continue: none, or one of several.
    pub fn are_too_few(&self) -> bool {
        self.present().count() <= usize::from(self.seats().len() > 1)
    }

    /// The result by score. Players who gave up their seat rank behind all others.
    pub fn ranking_by(&self, score: impl Fn(&P) -> u32) -> Ranking {
        self.ranking(|player| Standing::of_score(score(player), player.is_out()))
    }

    /// For [`State::is_in`](super::State::is_in).
    pub fn is_in(&self, seat: Seat) -> bool {
        self.get(seat).is_some_and(|player| !player.is_out())
    }

    /// Sets the flag `out` of a player, if there is one. For
    /// [`State::show_out`](super::State::show_out).
    pub fn show_out(&mut self, seat: Seat) {
        self.change(seat, P::set_out);
    }
}

impl<P: Fields + Default> Players<P> {
    /// Adds them to a view. For [`State::read`](super::State::read).
    pub fn read(&self, view: &mut View) {
        for (seat, player) in self.iter() {
            view.show_player(seat, player);
        }
    }

    /// Sets the flag `away` of a player, if there is one. For
    /// [`State::show_away`](super::State::show_away).
    pub fn show_away(&mut self, seat: Seat, away: bool) {
        self.change(seat, |player| player.set_away(away));
    }

    /// Counts their timers down. For [`State::pass`](super::State::pass).
    pub fn pass(&mut self, ticks: u32) {
        self.iter_mut().for_each(|(_, player)| player.pass(ticks));
    }

    /// The minimum of their running timers and `before`. For [`State::due_in`](super::State::due_in).
    pub fn due_before(&self, before: u32) -> u32 {
        self.iter()
            .fold(before, |before, (_, player)| player.due_before(before))
    }

    /// Loads them from a view. For [`State::load`](super::State::load).
    pub fn load(&mut self, view: &View) {
        self.0.truncate(view.seats().span());
        for (seat, player) in Seat::all().zip(&mut self.0) {
            if !view.seats().contains(seat) {
                *player = None;
            }
        }
        for (seat, values) in view.seat_values() {
            self.slot(seat).get_or_insert_default().set_values(values);
        }
    }
}

impl<P> Players<P> {
    /// Appends for each seat a byte, whether it has a player, and the player. If the sixth seat or a later
    /// one has a player, a byte with the number of seats precedes them; otherwise there are
    /// five seats.
    pub fn save_with(&self, out: &mut Vec<u8>, save: impl Fn(&P, &mut Vec<u8>)) {
        let slots = self.seats().span().max(SLOTS_MIN);
        if slots > SLOTS_MIN {
            out.push(slots as u8);
        }
        for seat in Seat::all().take(slots) {
            let player = self.get(seat);
            out.push(player.is_some().into());
            if let Some(player) = player {
                save(player, out);
            }
        }
    }

    /// Restores the bytes of [`Players::save_with`].
    pub fn restore_with(
        bytes: &mut Reader<'_>,
        restore: impl Fn(&mut Reader<'_>) -> Result<P, BadState>,
    ) -> Result<Self, BadState> {
        let mut players = Self::default();
        let too_many = BadState("the number of players is out of range");
        let (mut slots, mut is_taken) = (SLOTS_MIN, bytes.u8()?);
        if is_taken > 1 {
            slots = is_taken.into();
            is_taken = bytes.u8()?;
            if !(SLOTS_MIN + 1..=SEATS_MAX).contains(&slots) {
                return Err(too_many);
            }
        }
        for seat in Seat::all().take(slots) {
            match is_taken {
                0 => {}
                1 => *players.slot(seat) = Some(restore(bytes)?),
                _ => return Err(BadState("a seat is neither free nor taken")),
            }
            if seat.index() + 1 < slots {
                is_taken = bytes.u8()?;
            }
        }
        if slots > SLOTS_MIN && players.0.len() < slots {
            return Err(too_many);
        }
        Ok(players)
    }
}

impl<P: Fields> Save for Players<P> {
    fn save(&self, out: &mut Vec<u8>) {
        self.save_with(out, P::save);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Self::restore_with(bytes, P::restore)
    }
}
