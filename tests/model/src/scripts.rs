//! The transitions of the model: each function here is one script of the lobby, and atomic like it.

use super::state::{Phase, Player, Relay, Room, State, bit, players};
use super::{Model, Mutation};

const OPEN: Phase = Phase::Open {
    countdown: false,
    waiting: false,
};

/// A state during one script.
pub(super) struct Script<'a> {
    pub(super) model: &'a Model,
    pub(super) state: State,
    /// The relay that a function read as live, although its lease has run out since.
    pub(super) chosen: Option<u8>,
}

impl Script<'_> {
    /// `queue_join`.
    pub(super) fn join(&mut self, player: usize) {
        self.state.players[player] = Player::Queued;
        self.state.queue |= bit(player);
    }

    /// `queue_leave`, `forfeit`, and `expire_player` for `Player::Removed`.
    pub(super) fn leave(&mut self, player: usize, becomes: Player) {
        self.state.queue &= !bit(player);
        self.state.aside &= !bit(player);
        let room = self.state.players[player].room();
        self.state.players[player] = becomes;
        let Some(id) = room else { return };
        self.room(id).seats &= !bit(player);
        if self.room(id).seats == 0 {
            self.dispose(id);
        } else if self.room(id).phase != Phase::Started {
            self.settle(id);
        }
    }

    /// `expire_player` for a player whose lobby socket closed.
    pub(super) fn set_aside(&mut self, player: usize) {
        self.leave(player, Player::Queued);
        self.state.aside |= bit(player);
    }

    /// `me`, `touch`, `queue_join`: a sign of life.
    pub(super) fn come_back(&mut self, player: usize) {
        self.state.aside &= !bit(player);
        self.state.queue |= bit(player);
    }

    /// `assign` for those of these players who are in the queue.
    pub(super) fn assign(&mut self, candidates: u8, prefer: u8) {
        let mut touched = Vec::new();
        for player in players(candidates) {
            if self.state.players[player] != Player::Queued {
                continue;
            }
            let room = self.find(1, None).unwrap_or_else(|| self.open());
            self.seat(player, room);
            if !touched.contains(&room) {
                touched.push(room);
            }
        }
        for room in touched {
            self.start_or_settle(room, prefer);
        }
    }

    /// `expire_room`: handles a room whose deadline has passed, once per generation, and never early.
    pub(super) fn expire_room(&mut self, id: u8, generation: u8, prefer: u8) {
        let room = self.room(id).clone();
        let is_right = room.generation == generation && room.due && room.phase != Phase::Gone;
        if room.phase == Phase::Gone
            || (!is_right && self.model.mutation != Mutation::SecondDecision)
        {
            return;
        }
        self.state.wrongs.expired |= !is_right;
        let count = room.seats.count_ones() as u8;
        if room.phase == Phase::Started {
            self.end(id);
        } else if count >= self.model.bounds.seats_min {
            self.start(id, prefer);
        } else if let Some(target) = self.find(count, Some(id)) {
            self.dispose(id);
            for player in players(room.seats) {
                self.seat(player, target);
            }
            self.start_or_settle(target, prefer);
        } else {
            self.dispose(id);
            for player in players(room.seats) {
                self.join(player);
            }
        }
    }

    /// `expire_relay`: gives the rooms of a relay whose lease has run out to another relay.
    pub(super) fn expire_relay(&mut self, relay: u8) {
        for id in self.rooms_of(relay) {
            if let Some(target) = self.pick(0) {
                self.give(id, target);
            }
        }
    }

    /// `relay_takeover` of a new run: takes over what the earlier run had claimed.
    pub(super) fn take_over(&mut self, relay: u8) {
        let boot = self.state.relays[usize::from(relay)].boot;
        for id in self.rooms_of(relay) {
            if self.room(id).boot.is_some_and(|claimed| claimed != boot) {
                self.give(id, relay);
            }
        }
    }

    /// `hand_over`. Returns whether this relay had the room and there was another relay.
    pub(super) fn hand_over(&mut self, relay: u8, id: u8, epoch: u8) -> bool {
        if !self.is_owned(relay, id, epoch) {
            return false;
        }
        let mut others = self.state.relays.iter().enumerate();
        let target =
            others.find(|(other, state)| *other != usize::from(relay) && takes_rooms(state));
        let Some((target, _)) = target else {
            return false;
        };
        self.give(id, target as u8);
        true
    }

    /// `claim_room`. Returns whether the relay got the room.
    pub(super) fn claim(&mut self, relay: u8, id: u8, epoch: u8) -> bool {
        let run = (relay, self.state.relays[usize::from(relay)].boot);
        let is_named = self.is_named(relay, id, epoch);
        let room = self.room(id);
        if !is_named || room.boot.is_some_and(|boot| boot != run.1) {
            return false;
        }
        let is_stale = room.epoch != epoch || room.owner.is_some_and(|owner| owner != run);
        self.state.wrongs.owned |= is_stale;
        let room = self.room(id);
        room.owner.get_or_insert(run);
        room.boot = Some(run.1);
        room.due = false;
        true
    }

    /// `checkpoint`. Returns whether it was written.
    pub(super) fn checkpoint(&mut self, relay: u8, id: u8, epoch: u8) -> bool {
        if !self.is_owned(relay, id, epoch) {
            return false;
        }
        self.see_write(relay, id, epoch);
        let room = self.room(id);
        room.saved = room.epoch;
        room.due = false;
        true
    }

    /// `match_finish`. Returns whether it counted.
    pub(super) fn finish(&mut self, relay: u8, id: u8, epoch: u8) -> bool {
        if !self.is_named(relay, id, epoch) {
            return false;
        }
        self.see_write(relay, id, epoch);
        self.room(id).scored += 1;
        self.end(id);
        true
    }

    fn see_write(&mut self, relay: u8, id: u8, epoch: u8) {
        let run = (relay, self.state.relays[usize::from(relay)].boot);
        let room = self.room(id);
        self.state.wrongs.owned |= room.epoch != epoch || room.owner != Some(run);
    }

    /// Whether relay and epoch are those of the running match.
    fn is_named(&mut self, relay: u8, id: u8, epoch: u8) -> bool {
        let is_epoch_ignored = self.model.mutation == Mutation::NoEpochCheck;
        let room = self.room(id);
        room.phase == Phase::Started
            && room.relay == relay
            && (room.epoch == epoch || is_epoch_ignored)
    }

    fn is_owned(&mut self, relay: u8, id: u8, epoch: u8) -> bool {
        self.is_named(relay, id, epoch) && self.room(id).boot.is_some()
    }
}

/// Code that several scripts use.
impl Script<'_> {
    fn room(&mut self, id: u8) -> &mut Room {
        &mut self.state.rooms[usize::from(id)]
    }

    fn rooms_of(&self, relay: u8) -> Vec<u8> {
        let rooms = self.state.rooms.iter().enumerate();
        rooms
            .filter(|(_, room)| room.phase == Phase::Started && room.relay == relay)
            .map(|(id, _)| id as u8)
            .collect()
    }

    /// The fullest listed room with this number of free seats.
    fn find(&self, seats: u8, except: Option<u8>) -> Option<u8> {
        let most = self.model.bounds.seats_max - seats;
        let rooms = self.state.rooms.iter().enumerate();
        let fitting = rooms.filter(|(id, room)| {
            Some(*id as u8) != except && room.listed.is_some_and(|count| count <= most)
        });
        fitting
            .max_by_key(|(id, room)| (room.listed, std::cmp::Reverse(*id)))
            .map(|(id, _)| id as u8)
    }

    fn open(&mut self) -> u8 {
        self.state.rooms.push(Room {
            phase: OPEN,
            generation: 1,
            ..Room::default()
        });
        (self.state.rooms.len() - 1) as u8
    }

    fn seat(&mut self, player: usize, id: u8) {
        self.state.wrongs.seated_late |= !matches!(self.room(id).phase, Phase::Open { .. });
        self.state.queue &= !bit(player);
        self.state.players[player] = Player::Seated(id);
        self.room(id).seats |= bit(player);
        self.relist(id);
    }

    fn relist(&mut self, id: u8) {
        let max = self.model.bounds.seats_max;
        let room = self.room(id);
        let count = room.seats.count_ones() as u8;
        let is_listed =
            matches!(room.phase, Phase::Open { waiting: false, .. }) && count > 0 && count < max;
        room.listed = is_listed.then_some(count);
    }

    fn rearm(&mut self, id: u8, countdown: bool, waiting: bool) {
        let room = self.room(id);
        room.phase = Phase::Open { countdown, waiting };
        room.generation += 1;
        room.due = false;
    }

    /// Starts the countdown at `seats_min` players and clears it below.
    fn settle(&mut self, id: u8) {
        let min = self.model.bounds.seats_min;
        let room = self.room(id);
        let is_enough = room.seats.count_ones() as u8 >= min;
        if is_enough && room.phase == OPEN {
            self.rearm(id, true, false);
        } else if !is_enough && room.phase != OPEN {
            self.rearm(id, false, false);
        }
        self.relist(id);
    }

    fn start_or_settle(&mut self, id: u8, prefer: u8) {
        if self.room(id).seats.count_ones() as u8 >= self.model.bounds.seats_max {
            self.start(id, prefer);
        } else {
            self.settle(id);
        }
    }

    /// A relay with a lease: `prefer`, if it has one.
    fn pick(&self, prefer: u8) -> Option<u8> {
        if self.chosen.is_some() {
            return self.chosen;
        }
        let count = self.state.relays.len() as u8;
        let mut order = (0..count).map(|i| (prefer + i) % count);
        order.find(|&relay| takes_rooms(&self.state.relays[usize::from(relay)]))
    }

    fn start(&mut self, id: u8, prefer: u8) {
        let Some(relay) = self.pick(prefer) else {
            self.rearm(id, false, true);
            self.relist(id);
            return;
        };
        let count = self.room(id).seats.count_ones() as u8;
        self.state.wrongs.few |= count < self.model.bounds.seats_min;
        self.room(id).phase = Phase::Started;
        self.room(id).listed = None;
        self.give(id, relay);
    }

    /// Only this function increases the epoch.
    fn give(&mut self, id: u8, relay: u8) {
        let room = self.room(id);
        room.epoch += 1;
        room.generation += 1;
        room.relay = relay;
        room.boot = None;
        room.owner = None;
        room.due = false;
        let (epoch, seats) = (room.epoch, room.seats);
        for player in players(seats) {
            self.state.players[player] = Player::Playing(id);
        }
        // The room's tickets may reach the relay at any time, if it is alive.
        let relay = &mut self.state.relays[usize::from(relay)];
        if relay.is_alive {
            relay.knows.insert((id, epoch));
        }
    }

    /// Ends the room: its players are out and notified.
    fn end(&mut self, id: u8) {
        for player in players(self.room(id).seats) {
            self.state.players[player] = Player::Removed;
        }
        self.dispose(id);
    }

    fn dispose(&mut self, id: u8) {
        let room = self.room(id);
        *room = Room {
            phase: Phase::Gone,
            scored: room.scored,
            ..Room::default()
        };
    }
}

fn takes_rooms(relay: &Relay) -> bool {
    relay.has_lease
}
