//! Rooms that players make in the reference: entered, changed, emptied, gathered again.

use super::groups::GROUP_SILENT_MS;
use super::rooms::notices;
use super::{Entry, Group, Pool, Reference, Room};

pub(super) const HOST_SILENT_MS: u64 = 10_000;
const ROOM_EMPTY_MS: u64 = 120_000;
/// How many removed players a room stores.
const KICKED_MAX: usize = 100;

/// The additional data of a room that a player made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    pub(crate) host: String,
    pub(crate) code: String,
    pub(crate) nonce: u64,
    pub(crate) is_listed: bool,
    pub(crate) seats: usize,
    pub(crate) kicked: Vec<String>,
    /// How many bots the host added.
    pub(crate) bots: usize,
    /// The time since which the group is in the queue.
    pub(crate) queued: Option<i64>,
    /// The room in which the group has seats.
    pub(crate) matched: Option<String>,
}

/// The stored data of a match.
#[derive(Clone, Debug)]
pub(crate) struct Rematch {
    /// Present if a player made its room.
    pub(crate) made: Option<Made>,
    pub(crate) roster: Vec<String>,
    /// The room that gathers again.
    pub(crate) next: Option<String>,
    /// For a match with groups, which then has nothing else: their own rooms gather again.
    pub(crate) groups: Vec<Group>,
}

/// A change by a player of the room.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Ready(bool),
    Settings {
        seats: Option<usize>,
        is_listed: Option<bool>,
    },
    Host(String),
    Kick(String),
    Queue(bool),
    Start(usize),
}

impl Reference {
    pub(crate) fn room_update(
        &mut self,
        pool: &str,
        room: &str,
        player: &str,
        change: &Change,
    ) -> &'static str {
        let is_start = matches!(change, Change::Start(_));
        let mut live = if is_start {
            self.candidates(pool)
        } else {
            Vec::new()
        };
        let pool = self.pool(pool);
        pool.alive_if_live(player);
        if let Err(why) = pool.may_change(room, player, change) {
            return why;
        }
        if let Change::Start(bots) = change {
            return pool.start_made(room, *bots, &mut live);
        }
        pool.change(room, player, change)
    }
}

impl Room {
    pub(crate) fn is_gathering(&self) -> bool {
        let made = self.made.as_ref();
        !self.is_started && made.is_some_and(|made| made.matched.is_none())
    }
}

impl Pool {
    pub(super) fn made(&mut self, id: &str) -> &mut Made {
        self.room(id).made.as_mut().expect("a room that was made")
    }

    pub(crate) fn room_by_code(&self, named: &str, code: &str) -> Option<String> {
        let next = || self.rematches.get(named)?.next.clone();
        let id = if self.rooms.contains_key(named) {
            named.to_owned()
        } else {
            next()?
        };
        let made = self.rooms.get(&id)?.made.as_ref()?;
        (made.code == code).then_some(id)
    }

    fn can_start(&self, id: &str) -> bool {
        let room = &self.rooms[id];
        let bots = room.made.as_ref().map_or(0, |made| made.bots);
        !room.seats.is_empty() && room.seats.len() + bots >= self.seats_min()
    }

    /// Returns whether the host changed.
    fn settle_host(&mut self, id: &str) -> bool {
        let seats = self.room(id).seats.clone();
        let host = self.made(id).host.clone();
        let mut here = seats.iter().filter(|id| !self.players[*id].is_silent);
        let first = here.clone().next().cloned();
        if here.any(|id| *id == host) {
            return false;
        }
        if first.is_some() || !seats.contains(&host) {
            self.made(id).host = first.or(seats.into_iter().next()).unwrap_or_default();
        }
        self.made(id).host != host
    }

    /// `empty_ms`: the time after which the room closes if it is empty.
    pub(super) fn save_gathering(&mut self, id: &str, empty_ms: u64) {
        let (now, ttl_ms, can_start) = (self.now, self.settings.room_ttl_ms, self.can_start(id));
        let room = self.room(id);
        room.is_waiting &= can_start;
        let is_empty = room.seats.is_empty();
        room.ttl_at = now + if is_empty { empty_ms } else { ttl_ms };
        if is_empty {
            self.dequeue_group(id);
        }
        self.rearm(id);
    }

    pub(super) fn settle_gathering(&mut self, kind: &str, id: &str, new: &[String]) {
        self.settle_host(id);
        self.save_gathering(id, ROOM_EMPTY_MS);
        self.notify_room(kind, id, new);
    }

    /// `expire_room` for a gathering room.
    pub(super) fn expire_gathering(&mut self, id: &str, relays: &mut [super::relays::Live]) {
        let room = &self.rooms[id];
        if room.seats.is_empty() {
            self.close_gathering(id);
        } else if room.is_waiting && self.can_start(id) {
            self.start(id, relays);
        } else {
            self.settle_gathering("room_updated", id, &[]);
        }
    }

    /// The outbox releases the code.
    pub(super) fn close_gathering(&mut self, id: &str) {
        self.dequeue_group(id);
        let made = self.made(id).clone();
        self.dispose(id);
        self.emit(Entry {
            kind: "closed".to_owned(),
            room: id.to_owned(),
            codes: vec![(made.code, made.nonce)],
            ..Entry::default()
        });
    }

    pub(super) fn is_in_gathering(&self, player: &str) -> bool {
        let record = &self.players[player];
        let room = self.rooms.get(&record.room);
        room.is_some_and(Room::is_gathering)
    }

    /// `expire_player` for a player in a gathering room whose lobby socket closed.
    pub(super) fn fall_silent(&mut self, player: &str) -> bool {
        let record = self.players.get_mut(player).expect("a live record");
        record.is_silent = true;
        let id = record.room.clone();
        let is_queued = self.made(&id).queued.is_some();
        let kept_ms = if is_queued {
            GROUP_SILENT_MS
        } else {
            ROOM_EMPTY_MS
        };
        let at = self.now + kept_ms - HOST_SILENT_MS;
        self.arm(&format!("player:{player}"), at);
        if self.settle_host(&id) {
            self.settle_gathering("host_changed", &id, &[]);
        }
        true
    }

    /// Stores the rematch data after a match. For an open room, only its groups are stored.
    pub(super) fn keep_rematch(&mut self, id: &str) {
        let room = self.rooms[id].clone();
        if !room.is_started && room.groups.is_empty() {
            return;
        }
        for (group, _) in &room.groups {
            self.gather_group(group);
        }
        let kept = Rematch {
            made: room.made,
            roster: room.roster,
            next: None,
            groups: room.groups,
        };
        self.rematches.insert(id.to_owned(), kept);
    }

    fn may_change(&self, id: &str, player: &str, change: &Change) -> Result<(), &'static str> {
        let room = self.rooms.get(id).ok_or("unknown")?;
        let made = room.made.as_ref().ok_or("unknown")?;
        let live = self.players.get(player).filter(|_| self.is_live(player));
        let at = live.map(|record| record.room.as_str());
        if at.is_some() && made.matched.as_deref() == at {
            return Err("started");
        }
        if at != Some(id) {
            return Err("notmember");
        }
        if !room.is_gathering() {
            return Err("started");
        }
        if !matches!(change, Change::Ready(_)) && made.host != player {
            return Err("nothost");
        }
        Ok(())
    }

    fn change(&mut self, id: &str, player: &str, change: &Change) -> &'static str {
        let seats = self.room(id).seats.clone();
        match change {
            Change::Ready(is_ready) => {
                self.players.get_mut(player).expect("live").is_ready = *is_ready;
            }
            Change::Settings {
                seats: most,
                is_listed,
            } => {
                if most.is_some_and(|most| most < seats.len()) {
                    return "toomany";
                }
                let made = self.made(id);
                made.seats = most.unwrap_or(made.seats);
                made.is_listed = is_listed.unwrap_or(made.is_listed);
                for member in &seats {
                    self.players.get_mut(member).expect("seated").is_ready = false;
                }
            }
            Change::Host(other) => {
                if !seats.contains(other) {
                    return "notthere";
                }
                self.made(id).host.clone_from(other);
            }
            Change::Kick(other) => {
                if !seats.contains(other) || other == player {
                    return "notthere";
                }
                self.kick(id, other);
            }
            Change::Queue(true) if self.made(id).queued.is_some() => return "done",
            Change::Queue(true) => self.queue_group(id),
            Change::Queue(false) => self.dequeue_group(id),
            Change::Start(_) => {}
        }
        self.settle_gathering("room_updated", id, &[]);
        "done"
    }

    fn kick(&mut self, id: &str, other: &str) {
        self.room(id).seats.retain(|seated| seated != other);
        let release = vec![self.bury(other, "kicked")];
        let kicked = &mut self.made(id).kicked;
        kicked.push(other.to_owned());
        let forgotten = kicked.len().saturating_sub(KICKED_MAX);
        kicked.drain(..forgotten);
        self.emit(Entry {
            kind: "kicked".to_owned(),
            room: id.to_owned(),
            tell: notices(&[other.to_owned()], "removed"),
            release,
            ..Entry::default()
        });
    }

    fn start_made(
        &mut self,
        id: &str,
        bots: usize,
        relays: &mut [super::relays::Live],
    ) -> &'static str {
        let (count, seats_min) = (self.room(id).seats.len(), self.seats_min());
        let made = self.made(id);
        if count + bots > made.seats {
            return "toomany";
        }
        if count + bots < seats_min {
            return "toofew";
        }
        made.bots = bots;
        self.dequeue_group(id);
        self.start(id, relays);
        "done"
    }
}
