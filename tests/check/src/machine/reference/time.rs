//! What is decided in the reference when a deadline has come, and what a pause of those who look at deadlines spares.

use super::relays::Live;
use super::rooms::told;
use super::{Entry, Pool, Reference, Stay};

const PAUSE_MS: u64 = 1000;
const LEASE_MS: u64 = 1500;
const GRACE_MS: u64 = 5000;

impl Reference {
    pub(crate) fn look(&mut self, pool: &str) -> String {
        let pool = self.pool(pool);
        pool.mark_checked();
        let now = pool.now as i64;
        let listed = pool
            .rooms
            .values()
            .filter(|room| pool.is_listed(room))
            .count();
        format!(
            "assign {} decide {} queued {} open {listed}",
            pool.queue.values().any(|at| *at <= now),
            pool.deadlines.values().any(|at| *at <= now as f64),
            pool.queue.len(),
        )
    }

    /// `assign`: everybody in the queue; never more here than one call takes.
    pub(crate) fn assign(&mut self, pool: &str) -> String {
        let live = self.live();
        self.pool(pool).assign(live)
    }

    /// How many are due.
    pub(crate) fn due(&self, pool: &str) -> usize {
        let pool = &self.pools[pool];
        let now = pool.now as f64;
        pool.deadlines.values().filter(|at| **at <= now).count()
    }

    /// `due`, then each of them.
    pub(crate) fn decide(&mut self, pool: &str, limit: usize) -> String {
        let live = self.live();
        let pool = self.pool(pool);
        pool.mark_checked();
        let now = pool.now as f64;
        let due = pool.deadlines.iter().filter(|(_, at)| **at <= now);
        let mut due: Vec<(f64, String)> = due.map(|(member, at)| (*at, member.clone())).collect();
        due.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        let is_more = due.len() > limit;
        let generation = |member: &str| {
            let room = member
                .strip_prefix("room:")
                .and_then(|id| pool.rooms.get(id));
            room.map_or(0, |room| room.generation)
        };
        let due: Vec<(String, u64)> = due
            .into_iter()
            .take(limit)
            .map(|(_, member)| (member.clone(), generation(&member)))
            .collect();
        let mut counts = [0; 3];
        for (member, generation) in due {
            let (kind, id) = member.split_once(':').expect("a member");
            let (i, done) = match kind {
                "room" => (0, pool.room_decide(id, generation, live.clone())),
                "player" => (1, pool.player_decide(id)),
                _ => (2, pool.relay_decide(id, live.clone())),
            };
            counts[i] += u32::from(done);
        }
        format!("{counts:?} more {is_more}")
    }
}

impl Pool {
    /// Nobody looked for over a second: nobody could renew either, so leases and running matches get another chance, once.
    fn mark_checked(&mut self) {
        let (now, last) = (self.now, self.checked.replace(self.now));
        if last.is_none_or(|last| now - last <= PAUSE_MS) {
            return;
        }
        let soon: Vec<(String, f64)> = self
            .deadlines
            .iter()
            .filter(|(_, at)| **at <= (now + LEASE_MS) as f64 && at.fract() == 0.0)
            .map(|(member, at)| (member.clone(), *at))
            .collect();
        for (member, at) in soon {
            if let Some(until) = self.spared(&member) {
                self.deadlines.insert(member, (until as f64).max(at) + 0.5);
            }
        }
    }

    fn spared(&self, member: &str) -> Option<u64> {
        let (kind, id) = member.split_once(':')?;
        let grace = match kind {
            "relay" => return Some(self.now + LEASE_MS),
            "room" => {
                let room = &self.rooms[id];
                (room.is_started && !room.boot.is_empty()).then_some(self.settings.claim_room_ms)
            }
            _ => {
                let is_playing = self.players[id].stay == Stay::Playing;
                is_playing.then_some(self.settings.player_ttl_ms)
            }
        };
        Some(self.now + grace?.min(GRACE_MS))
    }

    fn assign(&mut self, mut relays: Vec<Live>) -> String {
        let now = self.now as i64;
        let mut due: Vec<(i64, String)> = self
            .queue
            .iter()
            .map(|(id, at)| (*at, id.clone()))
            .collect();
        due.retain(|(at, _)| *at <= now);
        due.sort();
        let mut touched: Vec<(String, Vec<String>)> = Vec::new();
        for (_, player) in &due {
            let id = self.find(1, None).unwrap_or_else(|| self.open());
            self.seat(player, &id);
            match touched.iter_mut().find(|(room, _)| *room == id) {
                Some((_, new)) => new.push(player.clone()),
                None => touched.push((id, vec![player.clone()])),
            }
        }
        let mut started = 0;
        for (id, new) in touched {
            self.tell_room("room_joined", &id, &new);
            started += u32::from(self.start_if_full(&id, &mut relays));
        }
        format!("seated {} started {started}", due.len())
    }

    /// Else the countdown is settled. Returns whether it started.
    fn start_if_full(&mut self, id: &str, relays: &mut [Live]) -> bool {
        if self.room(id).seats.len() >= self.seats_max() {
            return self.start(id, relays);
        }
        self.settle(id);
        false
    }

    fn room_decide(&mut self, id: &str, generation: u64, mut relays: Vec<Live>) -> bool {
        let Some(room) = self.rooms.get(id).cloned() else {
            return false;
        };
        if room.generation != generation || !self.is_due(&format!("room:{id}")) {
            return false;
        }
        if room.is_started {
            let inbox = vec![format!("{} moved {id} {} ", room.relay, room.epoch)];
            let reason = if room.boot.is_empty() {
                "match_unclaimed"
            } else {
                "room_failed"
            };
            self.end(id, reason, "told", inbox);
        } else if room.seats.len() >= self.seats_min() {
            self.start(id, &mut relays);
        } else if let Some(target) = self.find(room.seats.len(), Some(id)) {
            self.dispose(id);
            for player in &room.seats {
                self.seat(player, &target);
            }
            self.tell_room("room_joined", &target, &room.seats);
            self.start_if_full(&target, &mut relays);
        } else {
            self.dispose(id);
            self.requeue(&room.seats);
            self.emit(Entry {
                kind: "requeued".to_owned(),
                room: id.to_owned(),
                tell: told(&room.seats, "requeued"),
                ..Entry::default()
            });
        }
        true
    }
}
