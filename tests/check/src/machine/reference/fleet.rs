//! The fleet of the reference: leases of relays, candidates for new matches, and relays whose lease ran out.

use std::collections::{BTreeMap, BTreeSet};

use super::Reference;
use super::relays::{LEASE_MS, Live, Registered};

const PAUSE_MS: i64 = 1000;
/// The time is not written more often than this.
const WRITE_MS: i64 = 100;
const KEPT_MS: f64 = 120_000.0;
const KEPT_MAX_MS: f64 = 3_600_000.0;
const DEAD: f64 = 0.25;
const SPARED: f64 = 0.5;

/// The keys in the slot of `relays`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fleet {
    /// Relays that take rooms, by the number of free rooms.
    pub(crate) index: BTreeMap<String, i64>,
    pub(crate) leases: BTreeMap<String, f64>,
    /// What each relay last reported.
    pub(crate) relays: BTreeMap<String, Registered>,
    /// The pools in which a relay may own rooms.
    pub(crate) pools: BTreeMap<String, BTreeSet<String>>,
    pub(crate) checked: Option<u64>,
}

impl Fleet {
    pub(super) fn is_live(&self, relay: &str, now: u64) -> bool {
        let lease = self.leases.get(relay);
        lease.is_some_and(|at| *at > now as f64 && !is_dead(*at))
    }

    /// Counts rooms that were given to the relay.
    pub(super) fn give(&mut self, relay: &str, rooms: i64) {
        if let Some(free) = self.index.get_mut(relay) {
            *free -= rooms;
        }
        self.index.retain(|_, free| *free > 0);
    }

    fn forget(&mut self, relay: &str) {
        self.leases.remove(relay);
        self.relays.remove(relay);
        self.pools.remove(relay);
    }

    /// Detects that there was no check for over a second, so that no lease could be renewed, or that the clock was
    /// set back.
    fn check(&mut self, now: u64) {
        let until = (now + LEASE_MS) as f64;
        let gap = self
            .checked
            .map_or(WRITE_MS, |last| now as i64 - last as i64);
        for at in self.leases.values_mut() {
            if gap > PAUSE_MS && *at <= until && at.fract() == 0.0 {
                *at = until + SPARED;
            } else if -gap > PAUSE_MS && *at > until {
                *at = (*at + gap as f64).min(until);
            }
        }
        if gap.abs() >= WRITE_MS {
            self.checked = Some(now);
        }
    }
}

impl Reference {
    /// Live relays that take rooms, those with the most free rooms first. There are never more of them than one call
    /// reads.
    pub(super) fn candidates(&mut self, pool: &str) -> Vec<Live> {
        let fleet = &mut self.fleet;
        let mut free: Vec<(i64, String)> = (fleet.index.iter())
            .map(|(relay, free)| (*free, relay.clone()))
            .collect();
        free.sort_by(|one, other| other.cmp(one));
        let mut live = Vec::new();
        for (_, relay) in free {
            if fleet.is_live(&relay, self.now) && fleet.relays.contains_key(&relay) {
                live.push(Live::new(&relay, &fleet.relays[&relay]));
                let pools = fleet.pools.entry(relay).or_default();
                pools.insert(pool.to_owned());
            }
        }
        live
    }

    /// Updates the index after a call that gave rooms away.
    pub(super) fn given(&mut self, relays: &[Live]) {
        for relay in relays.iter().filter(|relay| relay.taken > 0) {
            self.fleet.give(&relay.id, relay.taken as i64);
        }
    }

    /// `relays_overdue`: the relays, and those that the pool may forget.
    pub(super) fn overdue(&mut self, pool: &str) -> (Vec<String>, Vec<String>) {
        let (now, fleet) = (self.now as f64, &mut self.fleet);
        fleet.check(self.now);
        let (mut overdue, mut old) = (Vec::new(), Vec::new());
        for (relay, at) in fleet
            .leases
            .clone()
            .into_iter()
            .filter(|(_, at)| *at <= now)
        {
            if !is_dead(at) {
                fleet.index.remove(&relay);
                fleet.leases.insert(relay.clone(), at.floor() + DEAD);
            }
            let (is_old, is_gone) = (now - at >= KEPT_MS, now - at >= KEPT_MAX_MS);
            let pools = fleet.pools.get(&relay);
            if pools.is_some_and(|pools| pools.contains(pool)) && !is_gone {
                old.extend(is_old.then(|| relay.clone()));
                overdue.push(relay);
            } else if is_gone || is_old && pools.is_none() {
                fleet.forget(&relay);
            }
        }
        (overdue, old)
    }

    /// `relays_forget`, for the relays that own no rooms of the pool.
    pub(super) fn forget(&mut self, pool: &str, old: &[String]) {
        for relay in old {
            let fleet = &mut self.fleet;
            let lease = fleet.leases.get(relay);
            let is_old = lease.is_some_and(|at| self.now as f64 - at >= KEPT_MS);
            if !is_old || self.pools[pool].owned.contains_key(relay) {
                continue;
            }
            if let Some(pools) = fleet.pools.get_mut(relay) {
                pools.remove(pool);
                if pools.is_empty() {
                    fleet.pools.remove(relay);
                }
            }
        }
    }

    /// The fleet as rows of text.
    pub(crate) fn fleet_rows(&self) -> Vec<String> {
        let Fleet {
            index,
            leases,
            pools,
            ..
        } = &self.fleet;
        let index = index.iter().map(|(id, free)| format!("index {id} {free}"));
        let leases = leases.iter().map(|(id, at)| format!("lease {id} {at}"));
        let pools = pools.iter().map(|(id, pools)| {
            let pools: Vec<&str> = pools.iter().map(String::as_str).collect();
            format!("pools {id} {}", pools.join(" "))
        });
        index.chain(leases).chain(pools).collect()
    }
}

/// The flag DEAD of a lease.
fn is_dead(lease: f64) -> bool {
    (lease.fract() - DEAD).abs() < 0.01
}
