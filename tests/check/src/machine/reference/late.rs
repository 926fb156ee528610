//! Late joins of the reference: offered seats, players who get them, and returned seats.

use super::rooms::notices;
use super::{Entry, Membership, Owner, Pool};

/// The most matches that may refuse one player.
const TRIES_MAX: usize = 4;

/// The running matches that one call of `assign` reads.
pub(super) struct LateSeats {
    /// The number of offered seats of each match when the call began, fewest first.
    listed: Vec<(usize, String)>,
    /// The matches that were read, in order.
    open: Vec<Match>,
}

struct Match {
    room: String,
    places: usize,
    new: Vec<String>,
}

impl LateSeats {
    pub(super) fn new(pool: &Pool) -> Self {
        let offers = pool.rooms.iter().filter(|(_, room)| !room.free.is_empty());
        let mut listed: Vec<(usize, String)> = offers
            .map(|(id, room)| (room.free.len(), id.clone()))
            .collect();
        listed.sort();
        Self {
            listed,
            open: Vec::new(),
        }
    }

    /// Finds a match that takes all of the players. No match takes a player who is in its roster.
    pub(super) fn take(&mut self, pool: &mut Pool, players: &[String]) -> Option<String> {
        let mut tries = 0;
        for (offered, id) in self.listed.clone() {
            if offered < players.len() {
                continue;
            }
            let at = match self.open.iter().position(|found| found.room == id) {
                Some(at) => at,
                None if tries >= TRIES_MAX => return None,
                None => match self.open(pool, &id) {
                    Some(at) => at,
                    None => continue,
                },
            };
            let found = &mut self.open[at];
            if found.new.len() + players.len() > found.places {
                continue;
            }
            let roster = &pool.rooms[&id].roster;
            if roster.iter().any(|known| players.contains(known)) {
                tries += 1;
                continue;
            }
            found.new.extend_from_slice(players);
            return Some(id);
        }
        None
    }

    /// Reads a listed match; one that no longer takes anybody is withdrawn.
    fn open(&mut self, pool: &mut Pool, id: &str) -> Option<usize> {
        let room = &pool.rooms[id];
        if pool.now >= room.late_until || !pool.trusts(&room.relay) {
            pool.room(id).free.clear();
            return None;
        }
        let places = pool.seats_max().saturating_sub(room.seats.len());
        self.open.push(Match {
            places: places.min(room.free.len()),
            room: id.to_owned(),
            new: Vec::new(),
        });
        Some(self.open.len() - 1)
    }

    pub(super) fn seat(self, pool: &mut Pool) {
        for found in self.open.into_iter().filter(|found| !found.new.is_empty()) {
            pool.seat_late(&found.room, &found.new);
        }
    }
}

impl Pool {
    fn seat_late(&mut self, id: &str, new: &[String]) {
        let mut inbox = Vec::new();
        for player in new {
            let room = self.room(id);
            let seat = room.free.remove(0);
            room.bots.remove(&seat);
            room.seats.push(player.clone());
            room.roster.push(player.clone());
            let (relay, epoch) = (room.relay.clone(), room.epoch);
            inbox.push(format!("{relay} joined {id} {epoch} {player}"));
            self.queue.remove(player);
            let record = self.players.get_mut(player).expect("a record to seat");
            record.membership = Membership::Playing;
            id.clone_into(&mut record.room);
            (record.epoch, record.late) = (epoch, Some(seat));
        }
        self.emit(Entry {
            kind: "joined_late".to_owned(),
            room: id.to_owned(),
            tell: notices(new, "match_started"),
            inbox,
            ..Entry::default()
        });
    }

    /// `seats_offer`.
    pub(crate) fn offer(&mut self, owner: &Owner, seats: &[u8]) -> String {
        if !self.is_owned(owner) {
            return "stale".to_owned();
        }
        let room = &self.rooms[&owner.room];
        let taken: Vec<Option<u8>> = room.seats.iter().map(|id| self.players[id].late).collect();
        let is_free =
            |seat: &u8| usize::from(*seat) < self.seats_max() && !taken.contains(&Some(*seat));
        let is_late = self.now < room.late_until;
        let free: Vec<u8> = seats
            .iter()
            .copied()
            .filter(|seat| is_late && is_free(seat))
            .collect();
        let room = self.room(&owner.room);
        room.free.clone_from(&free);
        room.offered.extend(&free);
        format!("offers {}", free.len())
    }

    /// `seat_return`.
    pub(crate) fn return_seat(&mut self, owner: &Owner, player: &str, is_refused: bool) -> String {
        let record = self.players.get(player);
        let has_seat =
            record.is_some_and(|record| record.room == owner.room && record.late.is_some());
        if !self.is_named(owner) || !has_seat {
            return "no".to_owned();
        }
        let (kind, message) = if is_refused {
            ("refused", "requeued")
        } else {
            ("not_connected", "removed")
        };
        let release = if is_refused {
            self.requeue(&[player.to_owned()]);
            Vec::new()
        } else {
            vec![self.bury(player, kind)]
        };
        let (inbox, _) = self.unseat(player, &owner.room);
        self.emit(Entry {
            kind: kind.to_owned(),
            room: owner.room.clone(),
            tell: notices(&[player.to_owned()], message),
            inbox,
            release,
            ..Entry::default()
        });
        "returned".to_owned()
    }

    /// Requeues late players without a score, who joined when the match was over; those of a group wait together.
    pub(super) fn requeue_unplayed(&mut self, id: &str, scores: &[(String, u32)]) {
        let has_score = |player: &str| scores.iter().any(|(scored, _)| scored == player);
        let mut unplayed = self.rooms[id].seats.clone();
        unplayed.retain(|player| self.players[player].late.is_some() && !has_score(player));
        if unplayed.is_empty() {
            return;
        }
        self.room(id)
            .seats
            .retain(|player| !unplayed.contains(player));
        for player in &unplayed {
            let record = self.players.get_mut(player).expect("a late player");
            record.late = None;
        }
        let mut room = self.rooms[id].clone();
        room.seats = unplayed;
        let unplayed = self.requeue_groups(&room);
        if unplayed.is_empty() {
            return;
        }
        self.requeue(&unplayed);
        self.emit(Entry {
            kind: "requeued".to_owned(),
            room: id.to_owned(),
            tell: notices(&unplayed, "requeued"),
            ..Entry::default()
        });
    }
}
