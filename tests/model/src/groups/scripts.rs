//! The scripts of the model of a group: each function of `Groups` is one script or part of one.

use std::collections::BTreeSet;

use super::{Budget, Groups, Mistake};

/// The members of the group, one bit each; the third bit is the single player.
pub(super) const MEMBERS: u8 = 0b011;
pub(super) const SINGLE: u8 = 0b100;
/// The least number of players that can start a match.
pub(super) const SEATS_MIN: u8 = 2;
/// The number of the group's own room.
pub(super) const OWN: u8 = u8::MAX;

/// The group's own room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Own {
    Gathering { is_queued: bool },
    Matched(u8),
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    Open,
    Started,
    Gone,
}

/// A room that the queue made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Room {
    pub(super) phase: Phase,
    pub(super) seats: u8,
    /// The players of the group that has seats in it, one bit each.
    pub(super) named: u8,
    pub(super) timer: Timer,
}

/// A deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Timer {
    pub(super) generation: u8,
    pub(super) is_due: bool,
}

impl Timer {
    pub(super) fn rearm(&mut self) {
        self.generation += 1;
        self.is_due = false;
    }
}

/// The complete state. Players are bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(super) own: Own,
    pub(super) gathered: u8,
    pub(super) timer: Timer,
    pub(super) rooms: Vec<Room>,
    pub(super) queue: u8,
    pub(super) aside: u8,
    /// Functions that have read an overdue room: its number and generation.
    pub(super) reads: BTreeSet<(u8, u8)>,
    pub(super) left: Budget,
    /// Recorded by the checker.
    pub(super) was_split: bool,
    /// Recorded by the checker: the group waited again when its room closed.
    pub(super) has_requeued: bool,
    /// Recorded by the checker: the group gathered again.
    pub(super) has_gathered: bool,
}

pub(super) fn count(players: u8) -> u8 {
    players.count_ones() as u8
}

pub(super) fn each(players: u8) -> impl Iterator<Item = u8> {
    [1, 2, 4].into_iter().filter(move |bit| players & bit > 0)
}

impl State {
    pub(super) fn places(&self) -> Vec<u8> {
        let mut places = vec![self.gathered, self.queue, self.aside];
        places.extend(self.rooms.iter().map(|room| room.seats));
        places
    }

    pub(super) fn is_queued(&self) -> bool {
        self.own == (Own::Gathering { is_queued: true })
    }

    pub(super) fn room(&mut self, id: u8) -> &mut Room {
        &mut self.rooms[usize::from(id)]
    }

    pub(super) fn timer(&mut self, id: u8) -> &mut Timer {
        if id == OWN {
            &mut self.timer
        } else {
            &mut self.room(id).timer
        }
    }

    /// `group_gather`.
    pub(super) fn gather(&mut self) {
        if matches!(self.own, Own::Matched(_)) {
            self.own = Own::Gathering { is_queued: false };
            self.timer.rearm();
            self.has_gathered = true;
        }
    }

    /// Updates the group's room after a change.
    pub(super) fn settle_own(&mut self) {
        if self.gathered == 0 && self.is_queued() {
            self.own = Own::Gathering { is_queued: false };
        }
        self.timer.rearm();
    }

    /// Starts the countdown with enough players, and clears it otherwise.
    fn settle(&mut self, id: u8, before: u8) {
        let room = self.room(id);
        if (count(room.seats) >= SEATS_MIN) != (count(before) >= SEATS_MIN) {
            room.timer.rearm();
        }
    }

    /// `unseat`.
    pub(super) fn take_out(&mut self, player: u8) {
        self.queue &= !player;
        self.aside &= !player;
        if self.gathered & player > 0 {
            self.gathered &= !player;
            self.settle_own();
        }
        let at = self.rooms.iter().position(|room| room.seats & player > 0);
        let Some(id) = at.map(|at| at as u8) else {
            return;
        };
        let room = self.room(id);
        let (before, named) = (room.seats, room.named);
        room.seats &= !player;
        if room.phase == Phase::Open {
            room.named &= !player;
        }
        let (is_empty, nobody) = (room.seats == 0, room.named == 0);
        if is_empty {
            room.phase = Phase::Gone;
        }
        if named > 0 && (is_empty || nobody) {
            self.gather();
        }
        if !is_empty && self.room(id).phase == Phase::Open {
            self.settle(id, before);
        }
    }
}

impl Groups {
    /// The fullest open room with this number of free seats.
    fn find(self, state: &State, seats: u8, except: Option<u8>) -> Option<u8> {
        let rooms = (0..).zip(&state.rooms);
        let fitting = rooms.filter(|(id, room)| {
            let has_seats = count(room.seats) + seats <= self.seats_max;
            room.phase == Phase::Open && has_seats && Some(*id) != except
        });
        fitting
            .max_by_key(|(_, room)| count(room.seats))
            .map(|(id, _)| id)
    }

    fn place(self, state: &mut State, seats: u8) -> Option<u8> {
        if let Some(id) = self.find(state, seats, None) {
            return Some(id);
        }
        state.left.rooms = state.left.rooms.checked_sub(1)?;
        state.rooms.push(Room {
            phase: Phase::Open,
            seats: 0,
            named: 0,
            timer: Timer::default(),
        });
        Some(state.rooms.len() as u8 - 1)
    }

    /// Adds players to a room, which starts when it is full.
    fn fill(self, state: &mut State, id: u8, players: u8) {
        let room = state.room(id);
        let before = room.seats;
        room.seats |= players;
        if count(room.seats) >= self.seats_max {
            room.phase = Phase::Started;
            room.timer.rearm();
        } else {
            state.settle(id, before);
        }
    }

    /// `assign`. None: no further room may open.
    pub(super) fn assign(self, state: &mut State, first: bool) -> Option<()> {
        if first {
            self.seat_group(state)?;
        }
        for player in each(state.queue) {
            let id = self.place(state, 1)?;
            state.queue &= !player;
            self.fill(state, id, player);
        }
        if first {
            Some(())
        } else {
            self.seat_group(state)
        }
    }

    fn seat_group(self, state: &mut State) -> Option<()> {
        if !state.is_queued() {
            return Some(());
        }
        let all = state.gathered;
        let splits = self.mistake == Some(Mistake::Splits);
        let id = self.place(state, if splits { 1 } else { count(all) })?;
        let free = self.seats_max - count(state.rooms[usize::from(id)].seats);
        let seated: u8 = each(all).take(usize::from(free)).sum();
        state.was_split |= seated != all;
        state.gathered &= !seated;
        state.own = Own::Matched(id);
        state.timer.rearm();
        state.room(id).named |= seated;
        self.fill(state, id, seated);
        Some(())
    }

    /// `expire_room`, once per generation.
    pub(super) fn expire(self, state: &mut State, id: u8, generation: u8) {
        let timer = *state.timer(id);
        if timer.generation != generation || !timer.is_due {
            return;
        }
        if id == OWN {
            return Self::expire_own(state);
        }
        let room = state.room(id);
        match room.phase {
            Phase::Gone => {}
            Phase::Started => self.finish(state, id),
            Phase::Open if count(room.seats) >= SEATS_MIN => {
                room.phase = Phase::Started;
                room.timer.rearm();
            }
            Phase::Open => self.close(state, id),
        }
    }

    fn expire_own(state: &mut State) {
        match state.own {
            Own::Matched(id) => {
                let room = state.room(id);
                if room.phase == Phase::Gone || room.named == 0 {
                    state.gather();
                } else {
                    state.timer.rearm();
                }
            }
            Own::Gathering { .. } if state.gathered == 0 => state.own = Own::Closed,
            Own::Gathering { .. } => state.timer.rearm(),
            Own::Closed => {}
        }
    }

    /// Closes an open room with too few players: they move together, or wait again.
    fn close(self, state: &mut State, id: u8) {
        let Room { seats, named, .. } = state.room(id).clone();
        let target = self.find(state, count(seats), Some(id));
        let room = state.room(id);
        (room.phase, room.seats) = (Phase::Gone, 0);
        if let Some(target) = target {
            state.room(target).named |= named;
            if named > 0 {
                state.own = Own::Matched(target);
            }
            return self.fill(state, target, seats);
        }
        if named > 0 {
            state.gather();
            state.gathered = named;
            state.own = Own::Gathering { is_queued: true };
            state.has_requeued = true;
        }
        state.queue |= seats & !named;
    }

    /// `match_finish`.
    pub(super) fn finish(self, state: &mut State, id: u8) {
        let room = state.room(id);
        (room.phase, room.seats) = (Phase::Gone, 0);
        if room.named > 0 && self.mistake != Some(Mistake::StaysMatched) {
            state.gather();
        }
    }
}
