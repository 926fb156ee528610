//! Rooms of the reference: found, opened, filled, counted down, emptied.

use std::collections::BTreeMap;

use super::{Entry, Membership, Player, Pool, Room};

impl Pool {
    /// Whether the room is open, has a free seat and at least one player, and does not wait for a
    /// relay.
    pub(crate) fn is_listed(&self, room: &Room) -> bool {
        let count = room.seats.len();
        let is_open = !room.is_started && room.made.is_none();
        is_open && !room.is_waiting && count > 0 && count < self.seats_max()
    }

    pub(super) fn seats_max(&self) -> usize {
        self.settings.seats_max as usize
    }

    pub(super) fn seats_min(&self) -> usize {
        self.settings.seats_min as usize
    }

    pub(super) fn room(&mut self, id: &str) -> &mut Room {
        self.rooms.get_mut(id).expect("a room of the reference")
    }

    /// The fullest listed room with this number of free seats; among equal ones, the one with the greatest name.
    pub(super) fn find(&self, seats: usize, except: Option<&str>) -> Option<String> {
        let fitting = self.rooms.iter().filter(|(id, room)| {
            Some(id.as_str()) != except
                && self.is_listed(room)
                && room.seats.len() + seats <= self.seats_max()
        });
        fitting
            .max_by_key(|(id, room)| (room.seats.len(), *id))
            .map(|(id, _)| id.clone())
    }

    pub(super) fn open(&mut self) -> String {
        self.opened += 1;
        let id = format!("new-{}", self.opened);
        let room = Room {
            ttl_at: self.now + self.settings.room_ttl_ms,
            ..Room::default()
        };
        self.rooms.insert(id.clone(), room);
        self.rearm(&id);
        id
    }

    pub(super) fn rearm(&mut self, id: &str) {
        let now = self.now;
        let room = self.room(id);
        room.generation += 1;
        let at = match (room.is_waiting, room.countdown_at) {
            (true, _) => now + 1000,
            (false, 0) => room.ttl_at,
            (false, countdown_at) => countdown_at.min(room.ttl_at),
        };
        self.arm(&format!("room:{id}"), at);
    }

    pub(super) fn dispose(&mut self, id: &str) {
        let room = self.rooms.remove(id).expect("a room to dispose of");
        self.disown(&room.relay, id);
        self.deadlines.remove(&format!("room:{id}"));
    }

    pub(super) fn disown(&mut self, relay: &str, id: &str) {
        if let Some(rooms) = self.owned.get_mut(relay) {
            rooms.retain(|room| room != id);
            if rooms.is_empty() {
                self.owned.remove(relay);
            }
        }
    }

    pub(super) fn seat(&mut self, player: &str, id: &str) {
        self.queue.remove(player);
        let record = self.players.get_mut(player).expect("a record to seat");
        record.membership = Membership::Seated;
        id.clone_into(&mut record.room);
        record.epoch = 0;
        self.room(id).seats.push(player.to_owned());
    }

    /// The least number of players in a match, bots included; 0 in a pool without bots.
    pub(super) fn fill_to(&self) -> usize {
        self.settings.bots.map_or(0, |bots| bots.fill_to as usize)
    }

    /// The least number of players with which an open room may start.
    pub(super) fn start_min(&self) -> usize {
        if self.fill_to() > 0 {
            1
        } else {
            self.seats_min()
        }
    }

    /// How long a room with this number of players waits for more.
    fn countdown_ms(&self, count: usize) -> Option<u64> {
        if count >= self.seats_min() {
            return Some(self.settings.countdown_ms);
        }
        let bots = self.settings.bots.filter(|_| count > 0);
        bots.map(|bots| bots.after_ms)
    }

    /// Starts the countdown when there are enough players, and cancels it otherwise. In a pool with bots the earlier
    /// countdown applies.
    pub(super) fn settle(&mut self, id: &str) {
        let has_bots = self.settings.bots.is_some();
        let wait_ms = self.countdown_ms(self.rooms[id].seats.len());
        let at = wait_ms.map(|wait_ms| self.now + wait_ms);
        let room = self.room(id);
        let is_set = room.countdown_at > 0;
        let new = at.filter(|at| !is_set || (has_bots && *at < room.countdown_at));
        if let Some(at) = new.filter(|_| !room.is_waiting) {
            room.countdown_at = at;
            self.rearm(id);
            self.notify_countdown(id);
        } else if at.is_none() && (is_set || room.is_waiting) {
            let was_shown = room.countdown_at > 0;
            room.countdown_at = 0;
            room.is_waiting = false;
            self.rearm(id);
            if was_shown {
                self.notify_countdown(id);
            }
        }
    }

    pub(super) fn notify_countdown(&mut self, id: &str) {
        let tell = notices(&self.room(id).seats, "countdown");
        self.emit(Entry {
            kind: "countdown".to_owned(),
            room: id.to_owned(),
            tell,
            ..Entry::default()
        });
    }

    /// Sends `room_joined` to the new players, and `room_updated` to the others.
    pub(super) fn notify_room(&mut self, kind: &str, id: &str, new: &[String]) {
        let mut tell = notices(&self.room(id).seats, "room_updated");
        tell.extend(notices(new, "room_joined"));
        self.emit(Entry {
            kind: kind.to_owned(),
            room: id.to_owned(),
            tell,
            ..Entry::default()
        });
    }

    /// Removes a player, whose record was already changed, from the room. Returns the relay's inbox messages, and
    /// whether the room has not started and its players must be notified.
    pub(super) fn unseat(&mut self, player: &str, id: &str) -> (Vec<String>, bool) {
        let room = self.room(id);
        room.seats.retain(|seated| seated != player);
        let (is_started, is_empty) = (room.is_started, room.seats.is_empty());
        let (relay, epoch) = (room.relay.clone(), room.epoch);
        let mut inbox = Vec::new();
        if is_started {
            inbox.push(format!("{relay} left {id} {epoch} {player}"));
        }
        if self.room(id).is_gathering() {
            return (inbox, true);
        }
        if is_empty {
            if is_started {
                inbox.push(format!("{relay} moved {id} {epoch} "));
            }
            self.keep_rematch(id);
            self.dispose(id);
        } else if !is_started {
            self.leave_group(player, id);
        }
        (inbox, !is_empty && !is_started)
    }

    /// `closes`: a gathering room that is now empty closes immediately.
    pub(super) fn notify_others(&mut self, id: &str, closes: bool) {
        if !self.rooms[id].is_gathering() {
            self.notify_room("room_updated", id, &[]);
            self.settle(id);
        } else if closes && self.rooms[id].seats.is_empty() {
            self.close_gathering(id);
        } else {
            self.settle_gathering("room_updated", id, &[]);
        }
    }

    /// Removes a player who did not leave themselves. Returns the claim to release.
    pub(super) fn bury(&mut self, player: &str, reason: &str) -> (String, u64) {
        self.queue.remove(player);
        self.aside.remove(player);
        let at = self.now + self.settings.player_ttl_ms;
        self.arm(&format!("player:{player}"), at);
        let record: &mut Player = self.players.get_mut(player).expect("a record to bury");
        record.membership = Membership::Out;
        record.away = None;
        record.late = None;
        (record.is_ready, record.is_silent) = (false, false);
        record.room.clear();
        reason.clone_into(&mut record.reason);
        (player.to_owned(), record.nonce)
    }

    pub(super) fn forget(&mut self, player: &str) {
        self.queue.remove(player);
        self.aside.remove(player);
        self.players.remove(player);
        self.deadlines.remove(&format!("player:{player}"));
    }
}

pub(super) fn notices(players: &[String], kind: &str) -> BTreeMap<String, String> {
    let each = players.iter();
    each.map(|player| (player.clone(), kind.to_owned()))
        .collect()
}
