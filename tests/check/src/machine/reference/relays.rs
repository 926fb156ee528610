//! Relays of the reference: registered, leased, replaced by a newer run, removed.

use super::{Pool, Reference};

const LEASE_MS: u64 = 1500;
const RUNS_MAX: usize = 8;

/// `relay:<id>`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registered {
    pub(crate) rooms: u32,
    pub(crate) capacity: u32,
    pub(crate) is_draining: bool,
    pub(crate) boot: String,
    /// Earlier runs, oldest first.
    pub(crate) before: Vec<String>,
}

/// A registered relay.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) id: String,
    rooms: u64,
    capacity: u64,
    taken: u64,
}

impl Reference {
    /// A relay registers or renews its lease.
    pub(crate) fn renew(&mut self, id: &str, info: &Registered) -> String {
        let known = self.relays.get(id).cloned();
        let mut before = known
            .as_ref()
            .map_or_else(Vec::new, |known| known.before.clone());
        if before.contains(&info.boot) {
            return "replaced".to_owned();
        }
        let is_new = known.as_ref().is_none_or(|known| known.boot != info.boot);
        for pool in self.pools.values_mut() {
            pool.lease(id, &info.boot, is_new);
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
        self.relays.insert(id.to_owned(), registered);
        "renewed".to_owned()
    }

    /// A relay shuts down.
    pub(crate) fn remove(&mut self, id: &str, boot: &str) {
        let known = self.relays.get(id);
        if known.is_some_and(|known| known.before.iter().any(|old| old == boot)) {
            return;
        }
        self.relays.remove(id);
        for pool in self.pools.values_mut() {
            let at = pool.now as f64 - 0.5;
            pool.deadlines.insert(format!("relay:{id}"), at);
        }
    }

    /// The relays that are registered, not draining and not full; those with the fewest rooms
    /// first.
    pub(super) fn live(&self) -> Vec<Live> {
        let takes = |relay: &&Registered| !relay.is_draining && relay.rooms < relay.capacity;
        let mut live: Vec<Live> = self
            .relays
            .iter()
            .filter(|(_, relay)| takes(relay))
            .map(live)
            .collect();
        live.sort_by(|a, b| (a.rooms, &a.id).cmp(&(b.rooms, &b.id)));
        live
    }
}

fn live((id, relay): (&String, &Registered)) -> Live {
    Live {
        id: id.clone(),
        rooms: relay.rooms.into(),
        capacity: relay.capacity.into(),
        taken: 0,
    }
}

/// The flag DEAD of a lease: the relay is dead, and its rooms wait for another relay.
fn is_dead(lease: f64) -> bool {
    (lease.fract() - 0.25).abs() < 0.01
}

impl Pool {
    fn lease(&mut self, relay: &str, boot: &str, is_new: bool) {
        self.arm(&format!("relay:{relay}"), self.now + LEASE_MS);
        if !is_new {
            return;
        }
        for id in self.owned.get(relay).cloned().unwrap_or_default() {
            let claimed = &self.rooms[&id].boot;
            if !claimed.is_empty() && claimed != boot {
                self.give(&id, relay);
                self.notify_match("match_moved", &id, Vec::new());
            }
        }
    }

    pub(super) fn has_lease(&self, relay: &str) -> bool {
        let lease = self.deadlines.get(&format!("relay:{relay}"));
        lease.is_some_and(|at| *at > self.now as f64 && !is_dead(*at))
    }

    /// The live relay with the most free capacity; of equals, the first one.
    pub(super) fn pick(&self, relays: &mut [Live]) -> Option<String> {
        let mut best: Option<(usize, u64)> = None;
        for (i, relay) in relays.iter().enumerate() {
            let is_leased = self.has_lease(&relay.id);
            let owned = self.owned.get(&relay.id).map_or(0, Vec::len) as u64;
            let free = relay
                .capacity
                .saturating_sub(owned.max(relay.rooms + relay.taken));
            if is_leased && free > best.map_or(0, |(_, most)| most) {
                best = Some((i, free));
            }
        }
        let (i, _) = best?;
        relays[i].taken += 1;
        Some(relays[i].id.clone())
    }

    /// `expire_relay`.
    pub(super) fn expire_relay(&mut self, relay: &str, mut relays: Vec<Live>) -> bool {
        let member = format!("relay:{relay}");
        if !self.deadlines.contains_key(&member) || !self.is_due(&member) {
            return false;
        }
        let mut is_left = false;
        for id in self.owned.get(relay).cloned().unwrap_or_default() {
            let Some(target) = self.pick(&mut relays) else {
                self.room(&id).free.clear();
                is_left = true;
                continue;
            };
            let inbox = vec![format!("{relay} moved {id} {} ", self.rooms[&id].epoch)];
            self.give(&id, &target);
            self.notify_match("match_moved", &id, inbox);
        }
        if is_left {
            self.deadlines
                .insert(member, (self.now + 1000) as f64 + 0.25);
        } else {
            self.deadlines.remove(&member);
        }
        true
    }
}
