//! Relays of the reference: registered, replaced by a newer run, removed, expired.

use super::{Pool, Reference};

pub(super) const LEASE_MS: u64 = 1500;
const RUNS_MAX: usize = 8;
/// The time after the end of its lease after which a run no longer blocks an earlier one.
const DEAD_AFTER_MS: f64 = 3500.0;

/// What a relay reports, and its runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registered {
    pub(crate) rooms: u32,
    pub(crate) capacity: u32,
    pub(crate) is_draining: bool,
    pub(crate) boot: String,
    /// Earlier runs, oldest first.
    pub(crate) before: Vec<String>,
}

/// A candidate for a new match.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) id: String,
    rooms: u64,
    capacity: u64,
    pub(super) taken: u64,
}

impl Live {
    pub(super) fn new(id: &str, relay: &Registered) -> Self {
        Self {
            id: id.to_owned(),
            rooms: relay.rooms.into(),
            capacity: relay.capacity.into(),
            taken: 0,
        }
    }
}

impl Reference {
    /// A relay registers or renews its lease.
    pub(crate) fn renew(&mut self, id: &str, info: &Registered) -> String {
        let known = self.fleet.relays.get(id).cloned();
        let mut before = known
            .as_ref()
            .map_or_else(Vec::new, |known| known.before.clone());
        let lease = self.fleet.leases.get(id);
        let is_alive = lease.is_some_and(|at| self.now as f64 - at <= DEAD_AFTER_MS);
        if before.contains(&info.boot) && is_alive {
            return "replaced".to_owned();
        }
        before.retain(|boot| *boot != info.boot);
        if known.as_ref().is_none_or(|known| known.boot != info.boot) {
            for pool in self.pools.values_mut() {
                pool.take_over(id, &info.boot);
            }
        }
        before.extend(
            known
                .map(|known| known.boot)
                .filter(|boot| *boot != info.boot),
        );
        let forgotten = before.len().saturating_sub(RUNS_MAX);
        let registered = Registered {
            before: before.split_off(forgotten),
            ..info.clone()
        };
        self.fleet.relays.insert(id.to_owned(), registered);
        let until = (self.now + LEASE_MS) as f64;
        self.fleet.leases.insert(id.to_owned(), until);
        let free = i64::from(info.capacity) - i64::from(info.rooms);
        if free > 0 && !info.is_draining {
            self.fleet.index.insert(id.to_owned(), free);
        } else {
            self.fleet.index.remove(id);
        }
        "renewed".to_owned()
    }

    /// A relay shuts down.
    pub(crate) fn remove(&mut self, id: &str, boot: &str) {
        let known = self.fleet.relays.get(id);
        if known.is_some_and(|known| known.before.iter().any(|old| old == boot)) {
            return;
        }
        self.fleet.relays.remove(id);
        self.fleet.index.remove(id);
        if let Some(at) = self.fleet.leases.get_mut(id) {
            *at = self.now as f64 - 0.5;
        }
    }
}

impl Pool {
    /// A new run of a relay.
    fn take_over(&mut self, relay: &str, boot: &str) {
        self.deadlines.remove(&format!("relay:{relay}"));
        for id in self.owned.get(relay).cloned().unwrap_or_default() {
            let claimed = &self.rooms[&id].boot;
            if !claimed.is_empty() && claimed != boot {
                self.give(&id, relay);
                self.notify_match("match_moved", &id, Vec::new());
            }
        }
    }

    /// Whether the pool does not know that the relay is dead.
    pub(super) fn trusts(&self, relay: &str) -> bool {
        !self.deadlines.contains_key(&format!("relay:{relay}"))
    }

    /// The candidate with the most free capacity; among equal ones, the first.
    pub(super) fn pick(&self, relays: &mut [Live]) -> Option<String> {
        let mut best: Option<(usize, u64)> = None;
        for (i, relay) in relays.iter().enumerate() {
            let owned = self.owned.get(&relay.id).map_or(0, Vec::len) as u64;
            let free = relay
                .capacity
                .saturating_sub(owned.max(relay.rooms + relay.taken));
            if free > best.map_or(0, |(_, most)| most) {
                best = Some((i, free));
            }
        }
        let (i, _) = best?;
        relays[i].taken += 1;
        Some(relays[i].id.clone())
    }

    /// Makes relays due whose lease ran out and that own rooms.
    pub(super) fn relays_due(&mut self, overdue: &[String]) {
        let now = self.now as f64;
        for relay in overdue.iter().filter(|id| self.owned.contains_key(*id)) {
            self.deadlines
                .entry(format!("relay:{relay}"))
                .or_insert(now);
        }
    }

    /// `expire_relay`.
    pub(super) fn expire_relay(
        &mut self,
        relay: &str,
        relays: &mut Vec<Live>,
        is_live: bool,
    ) -> bool {
        let member = format!("relay:{relay}");
        if !self.deadlines.contains_key(&member) || !self.is_due(&member) {
            return false;
        }
        if is_live {
            self.deadlines.remove(&member);
            return false;
        }
        relays.retain(|other| other.id != relay);
        let mut is_left = false;
        for id in self.owned.get(relay).cloned().unwrap_or_default() {
            let Some(target) = self.pick(relays) else {
                self.room(&id).free.clear();
                is_left = true;
                continue;
            };
            let inbox = vec![format!("{relay} moved {id} {} ", self.rooms[&id].epoch)];
            self.give(&id, &target);
            self.notify_match("match_moved", &id, inbox);
        }
        if is_left {
            self.arm(&member, self.now + 1000);
        } else {
            self.deadlines.remove(&member);
        }
        true
    }
}
