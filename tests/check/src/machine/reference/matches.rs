//! Matches of the reference: given to a relay, claimed, saved, handed over, ended.

use super::relays::Live;
use super::rooms::notices;
use super::{Entry, Membership, Pool, Reference};

/// The relay, room and epoch of a relay's call.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) room: String,
    pub(crate) relay: String,
    pub(crate) epoch: u64,
}

/// The parts of a checkpoint that the reference models. A chunk has one byte per tick.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) header: Option<String>,
}

impl Chunk {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        (self.from..self.to).map(|tick| (tick + 1) as u8).collect()
    }
}

impl Reference {
    pub(crate) fn hand_over(&mut self, pool: &str, owner: &Owner) -> String {
        let mut others = self.candidates(pool);
        others.retain(|other| other.id != owner.relay);
        let answer = self.pool(pool).hand_over(owner, &mut others);
        // A repeat also gets this answer.
        let moved = answer.strip_prefix("moved ");
        if let Some(relay) = moved.and_then(|rest| rest.split(' ').next()) {
            self.fleet.give(relay, 1);
        }
        answer
    }
}

impl Pool {
    /// Without a live relay, the room stays open and unlisted, and the next attempt is a second later.
    pub(super) fn start(&mut self, id: &str, relays: &mut [Live]) -> bool {
        let Some(relay) = self.pick(relays) else {
            let room = self.room(id);
            let was_shown = room.countdown_at > 0;
            room.countdown_at = 0;
            room.is_waiting = true;
            self.rearm(id);
            if was_shown {
                self.notify_countdown(id);
            }
            return false;
        };
        let room = self.room(id);
        room.is_started = true;
        room.countdown_at = 0;
        room.is_waiting = false;
        room.roster.clone_from(&room.seats);
        room.started_with = room.seats.len();
        self.add_bots(id);
        self.give(id, &relay);
        let late = self.settings.late.filter(|_| self.rooms[id].made.is_none());
        let late_until = late.map_or(0, |late| self.now + 1000 * u64::from(late.until_s));
        self.room(id).late_until = late_until;
        self.notify_match("match_started", id, Vec::new());
        true
    }

    /// Bots get the seats after those of the players.
    fn add_bots(&mut self, id: &str) {
        let fill_to = self.fill_to();
        let room = self.room(id);
        let players = room.seats.len();
        let count = room
            .made
            .as_ref()
            .map_or(fill_to, |made| (players + made.bots).min(made.seats));
        room.bots = (players as u8..count as u8).collect();
    }

    /// Increases the epoch; no other call does.
    pub(super) fn give(&mut self, id: &str, relay: &str) {
        let before = std::mem::replace(&mut self.room(id).relay, relay.to_owned());
        self.disown(&before, id);
        self.owned
            .entry(relay.to_owned())
            .or_default()
            .push(id.to_owned());
        let room = self.room(id);
        room.epoch += 1;
        room.generation += 1;
        room.boot.clear();
        room.free.clear();
        room.offered.clear();
        let (epoch, seats) = (room.epoch, room.seats.clone());
        for player in seats {
            let record = self.players.get_mut(&player).expect("a record in a match");
            record.membership = Membership::Playing;
            record.epoch = epoch;
        }
        self.arm(
            &format!("room:{id}"),
            self.now + self.settings.claim_room_ms,
        );
    }

    pub(super) fn notify_match(&mut self, kind: &str, id: &str, inbox: Vec<String>) {
        let tell = notices(&self.room(id).seats, kind);
        self.emit(Entry {
            kind: kind.to_owned(),
            room: id.to_owned(),
            tell,
            inbox,
            ..Entry::default()
        });
    }

    pub(super) fn end(&mut self, id: &str, reason: &str, message: &str, inbox: Vec<String>) {
        let seats = self.room(id).seats.clone();
        let release = seats
            .iter()
            .map(|player| self.bury(player, reason))
            .collect();
        self.keep_rematch(id);
        self.dispose(id);
        self.emit(Entry {
            kind: reason.to_owned(),
            room: id.to_owned(),
            tell: notices(&seats, message),
            inbox,
            release,
            ..Entry::default()
        });
    }

    /// Whether a running match has this relay and epoch.
    pub(super) fn is_named(&self, owner: &Owner) -> bool {
        self.rooms.get(&owner.room).is_some_and(|room| {
            room.is_started && room.relay == owner.relay && room.epoch == owner.epoch
        })
    }

    pub(super) fn is_owned(&self, owner: &Owner) -> bool {
        self.is_named(owner) && !self.rooms[&owner.room].boot.is_empty()
    }

    fn touch_room(&mut self, id: &str) {
        self.arm(
            &format!("room:{id}"),
            self.now + self.settings.claim_room_ms,
        );
    }

    pub(crate) fn claim_room(&mut self, owner: &Owner, boot: &str) -> String {
        if !self.is_named(owner) {
            return "stale".to_owned();
        }
        let room = self.room(&owner.room);
        if !room.boot.is_empty() && room.boot != boot {
            return "stale".to_owned();
        }
        boot.clone_into(&mut room.boot);
        let (seats, saved) = (room.seats.clone(), room.saved_tick);
        let late = |player: &String| (player.clone(), self.players[player].late);
        let seats: Vec<_> = seats.iter().map(late).collect();
        let bots = self.rooms[&owner.room].bots.len();
        let answer = format!("claimed by {seats:?} and {bots} bots saved {saved:?}");
        self.touch_room(&owner.room);
        answer
    }

    /// Updates the players' positions. Counts as a sign of life of each player who is online.
    pub(crate) fn checkpoint(
        &mut self,
        owner: &Owner,
        chunk: &Chunk,
        players: &[String],
        is_online: bool,
    ) -> String {
        if !self.is_owned(owner) {
            return "stale".to_owned();
        }
        let room = self.room(&owner.room);
        let saved = room.saved_tick.unwrap_or(0);
        let is_known = chunk.from == saved || chunk.from == room.replay.1;
        if room.saved_tick.is_some() && (chunk.to < saved || (chunk.from < saved && !is_known)) {
            return format!("behind {saved}");
        }
        if let Some(header) = chunk.header.as_ref().filter(|_| room.saved_tick.is_none()) {
            room.replay = (header.clone().into_bytes(), 0, header.len());
        } else if chunk.from == saved {
            room.replay.2 = room.replay.0.len();
        }
        room.replay.1 = chunk.from;
        room.replay.0.truncate(room.replay.2);
        room.replay.0.extend(chunk.bytes());
        room.saved_tick = Some(chunk.to);
        self.touch_room(&owner.room);
        let at = self.now + self.settings.player_ttl_ms;
        for player in players {
            let record = self.players.get_mut(player);
            let Some(record) = record.filter(|record| record.room == owner.room) else {
                continue;
            };
            record.x = chunk.to;
            if is_online {
                if record.away.take().is_some() {
                    record.is_silent = false;
                }
                self.arm(&format!("player:{player}"), at);
            }
        }
        "written".to_owned()
    }

    /// The match is over, with these scores.
    pub(crate) fn finish(
        &mut self,
        owner: &Owner,
        chunk: &Chunk,
        scores: &[(String, u32)],
    ) -> String {
        let key = (owner.relay.clone(), owner.room.clone(), owner.epoch);
        if self.finished.contains(&key) {
            return "again".to_owned();
        }
        if !self.is_named(owner) {
            return "stale".to_owned();
        }
        let room = self.room(&owner.room).clone();
        for (player, score) in scores {
            if room.roster.contains(player) {
                *self.board.entry(player.clone()).or_default() += i64::from(*score);
            }
        }
        let saved = room.saved_tick.unwrap_or(0);
        if room.saved_tick.is_some()
            && (chunk.from == saved || chunk.from == room.replay.1)
            && chunk.to >= saved
        {
            let mut bytes = room.replay.0;
            bytes.truncate(if chunk.from == saved {
                bytes.len()
            } else {
                room.replay.2
            });
            bytes.extend(chunk.bytes());
            let mut may_read = room.roster;
            may_read.retain(|player| scores.iter().any(|(scored, _)| scored == player));
            self.replays.insert(owner.room.clone(), (bytes, may_read));
        }
        self.finished.insert(key);
        self.requeue_unplayed(&owner.room, scores);
        self.end(&owner.room, "match_over", "match_over", Vec::new());
        "done".to_owned()
    }

    /// Ends the match of a room that failed on the relay.
    pub(crate) fn abandon(&mut self, owner: &Owner) -> String {
        let key = (owner.relay.clone(), owner.room.clone(), owner.epoch);
        if self.finished.contains(&key) {
            return "again".to_owned();
        }
        if !self.is_named(owner) {
            return "stale".to_owned();
        }
        self.finished.insert(key);
        self.end(&owner.room, "room_failed", "removed", Vec::new());
        "done".to_owned()
    }

    fn hand_over(&mut self, owner: &Owner, others: &mut [Live]) -> String {
        let key = (owner.relay.clone(), owner.room.clone(), owner.epoch);
        if let Some(answer) = self.handed.get(&key) {
            return answer.clone();
        }
        if !self.is_owned(owner) {
            return "stale".to_owned();
        }
        let Some(target) = self.pick(others) else {
            return "nowhere".to_owned();
        };
        self.give(&owner.room, &target);
        self.notify_match("match_moved", &owner.room, Vec::new());
        let seats: std::collections::BTreeSet<String> =
            self.room(&owner.room).seats.iter().cloned().collect();
        let answer = format!("moved {target} {} {seats:?}", owner.epoch + 1);
        self.handed.insert(key, answer.clone());
        answer
    }
}
