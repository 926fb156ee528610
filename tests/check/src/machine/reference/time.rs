//! Deadlines of the reference: expiry, and the effect of a pause or a jump of the clock.

use super::relays::Live;
use super::rooms::notices;
use super::{Entry, Pool, Reference};

const PAUSE_MS: u64 = 1000;
const LEASE_MS: u64 = 1500;
const GRACE_MS: u64 = 5000;

impl Reference {
    pub(crate) fn poll(&mut self, name: &str) -> String {
        let (overdue, old) = self.overdue(name);
        self.forget(name, &old);
        let pool = self.pool(name);
        pool.mark_checked();
        pool.relays_due(&overdue);
        let now = pool.now as i64;
        let listed = pool
            .rooms
            .values()
            .filter(|room| pool.is_listed(room))
            .count();
        format!(
            "assign {} expire {} queued {} open {listed}",
            pool.queue.values().any(|at| *at <= now),
            pool.deadlines.values().any(|at| *at <= now as f64),
            pool.queue.len(),
        )
    }

    /// `assign`. The queue is never longer than the number of players that one call takes.
    pub(crate) fn assign(&mut self, pool: &str) -> String {
        let mut relays = self.candidates(pool);
        let answer = self.pool(pool).assign(&mut relays);
        self.given(&relays);
        answer
    }

    /// The number of members that [`Self::expire`] finds overdue. It first detects a pause or a step of the clock,
    /// which changes deadlines.
    pub(crate) fn due(&self, pool: &str) -> usize {
        let mut copy = self.clone();
        let (overdue, _) = copy.overdue(pool);
        let pool = copy.pool(pool);
        pool.mark_checked();
        pool.relays_due(&overdue);
        let now = pool.now as f64;
        pool.deadlines.values().filter(|at| **at <= now).count()
    }

    /// `expire_due`, and then the expiry of each member.
    pub(crate) fn expire(&mut self, name: &str, limit: usize) -> String {
        let (overdue, _) = self.overdue(name);
        let sessions = self.sessions.clone();
        let pool = self.pool(name);
        pool.mark_checked();
        pool.relays_due(&overdue);
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
        let mut due: Vec<(String, u64)> = due
            .into_iter()
            .take(limit)
            .map(|(_, member)| (member.clone(), generation(&member)))
            .collect();
        due.sort_by_key(|(member, _)| !member.starts_with("relay:"));
        let mut counts = [0; 3];
        let candidates = (!due.is_empty()).then(|| self.candidates(name));
        for (member, generation) in due {
            let (kind, id) = member.split_once(':').expect("a member");
            let is_live = self.fleet.is_live(id, self.now);
            let pool = self.pool(name);
            let mut relays = candidates.clone().unwrap_or_default();
            let (i, done) = match kind {
                "room" => (0, pool.expire_room(id, generation, relays)),
                "player" => (1, pool.expire_player(id, sessions.contains(id))),
                _ => {
                    let done = pool.expire_relay(id, &mut relays, is_live);
                    self.given(&relays);
                    (2, done)
                }
            };
            counts[i] += u32::from(done);
        }
        format!("{counts:?} more {is_more}")
    }
}

impl Pool {
    /// Detects that there was no poll for over a second, so that no lease was renewed and no sign of life was
    /// received: leases and deadlines are extended once. Or that the clock was set back: times in its future are set
    /// back too.
    fn mark_checked(&mut self) {
        let now = self.now;
        let last = self.checked.replace(now).unwrap_or(now);
        if now > last + PAUSE_MS {
            self.spare(now - last);
        } else if last > now + PAUSE_MS {
            self.set_back(last - now);
        }
    }

    fn spare(&mut self, gap: u64) {
        let reach = gap.min(self.settings.player_ttl_ms).max(LEASE_MS);
        for (member, at) in self.deadlines.clone() {
            let is_soon = at <= (self.now + reach) as f64 && at.fract() == 0.0;
            if is_soon && let Some(until) = self.spared(&member, at as u64, gap) {
                self.deadlines.insert(member, (until as f64).max(at) + 0.5);
            }
        }
    }

    fn spared(&self, member: &str, at: u64, gap: u64) -> Option<u64> {
        let (kind, id) = member.split_once(':')?;
        let is_soon = at <= self.now + LEASE_MS;
        match kind {
            "player" => self.is_live(id).then_some(at + gap),
            "relay" => None,
            _ => {
                let grace = self.settings.claim_room_ms.min(GRACE_MS);
                (is_soon && self.rooms[id].is_started).then_some(self.now + grace)
            }
        }
    }

    /// A time after the clock was set back. It changes only if it is more than `span` ahead.
    fn back(&self, at: f64, span: u64, by: u64) -> f64 {
        let furthest = (self.now + span) as f64;
        if at <= furthest {
            return at;
        }
        furthest.min(at - by as f64)
    }

    fn set_back(&mut self, by: u64) {
        for (member, at) in self.deadlines.clone() {
            let (kind, id) = member.split_once(':').expect("a member");
            let later = match kind {
                "player" => {
                    self.set_player_back(id, by);
                    self.back(at, self.settings.player_ttl_ms, by)
                }
                "relay" => self.back(at, LEASE_MS, by),
                _ => self.set_room_back(id, at, by),
            };
            self.deadlines.insert(member, later);
        }
    }

    fn set_player_back(&mut self, player: &str, by: u64) {
        if self.is_live(player) {
            let record = self.players.get_mut(player).expect("a live record");
            record.order -= by as i64;
            for line in [&mut self.queue, &mut self.aside] {
                if let Some(at) = line.get_mut(player) {
                    *at -= by as i64;
                }
            }
        }
    }

    fn set_room_back(&mut self, id: &str, at: f64, by: u64) -> f64 {
        let room = self.rooms[id].clone();
        self.set_group_back(id, by);
        if room.is_started || (room.made.is_some() && !room.is_gathering()) {
            return self.back(at, self.settings.claim_room_ms, by);
        }
        let after_ms = self.settings.bots.map_or(0, |bots| bots.after_ms);
        let countdown_ms = self.settings.countdown_ms.max(after_ms);
        let ttl_ms = self.settings.room_ttl_ms;
        let countdown_at = self.back(room.countdown_at as f64, countdown_ms, by) as u64;
        let ttl_at = self.back(room.ttl_at as f64, ttl_ms, by) as u64;
        let changed = self.room(id);
        changed.countdown_at = countdown_at;
        changed.ttl_at = ttl_at;
        match (room.is_waiting, countdown_at) {
            (true, _) => self.back(at, self.settings.claim_room_ms, by),
            (false, 0) => ttl_at as f64,
            (false, _) => countdown_at.min(ttl_at) as f64,
        }
    }

    /// Starts the match if the room is full; otherwise updates the countdown. Returns whether it
    /// started.
    pub(super) fn start_if_full(&mut self, id: &str, relays: &mut [Live]) -> bool {
        if self.room(id).seats.len() >= self.seats_max() {
            return self.start(id, relays);
        }
        self.settle(id);
        false
    }

    fn expire_room(&mut self, id: &str, generation: u64, mut relays: Vec<Live>) -> bool {
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
            self.end(id, reason, "removed", inbox);
        } else if room.is_gathering() {
            self.expire_gathering(id, &mut relays);
        } else if room.made.is_some() {
            self.expire_matched(id);
        } else if room.seats.len() >= self.start_min() {
            self.start(id, &mut relays);
        } else if let Some(target) = self.find(room.seats.len(), Some(id)) {
            self.dispose(id);
            self.move_groups(room.groups, &target);
            for player in &room.seats {
                self.seat(player, &target);
            }
            self.notify_room("room_joined", &target, &room.seats);
            self.start_if_full(&target, &mut relays);
        } else {
            self.dispose(id);
            let others = self.requeue_groups(&room);
            if others.is_empty() {
                return true;
            }
            self.requeue(&others);
            self.emit(Entry {
                kind: "requeued".to_owned(),
                room: id.to_owned(),
                tell: notices(&others, "requeued"),
                ..Entry::default()
            });
        }
        true
    }
}
