//! Which relay acts for a pool: how often each relay tries to take a pool's bridge, and when it releases one. The
//! total rate of attempts does not depend on the number of relays.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lobby::timing::BRIDGE_POLL;
use tokio::sync::watch;

/// How many relays try to take the bridge of a pool within [`BRIDGE_POLL`], on average.
const ASKING: f64 = 4.0;
/// The limit of pools for which a relay acts, as a multiple of its share of the pools.
const SHARES_MAX: usize = 2;

/// The pools for which this relay acts, and the number of relays.
pub(super) struct Turns {
    pools: usize,
    relays: AtomicUsize,
    held: watch::Sender<BTreeSet<String>>,
}

impl Turns {
    /// Starts as for a fleet of one relay.
    pub(super) fn new(pools: usize) -> Self {
        Self {
            pools,
            relays: AtomicUsize::new(1),
            held: watch::Sender::default(),
        }
    }

    pub(super) fn set_relays(&self, relays: usize) {
        self.relays.store(relays, Ordering::Relaxed);
    }

    /// The pools for which this relay acts; the receiver sees changes.
    pub(super) fn held(&self) -> watch::Receiver<BTreeSet<String>> {
        self.held.subscribe()
    }

    /// Records whether this relay acts for the pool. True: it now has more than its share of the pools and must
    /// release this one.
    pub(super) fn set_held(&self, pool: &str, is_held: bool) -> bool {
        self.held.send_if_modified(|held| {
            if is_held {
                held.insert(pool.to_owned())
            } else {
                held.remove(pool)
            }
        });
        let relays = self.relays.load(Ordering::Relaxed);
        is_held && is_over_share(self.held.borrow().len(), self.pools, relays)
    }

    /// The time until this relay next renews, or tries to take, the bridge of a pool.
    pub(super) fn pause(&self, is_held: bool) -> Duration {
        if is_held {
            return BRIDGE_POLL;
        }
        // The random keys of a new hasher are the standard library's only source of random numbers.
        let random = RandomState::new().hash_one(0) as f64 / u64::MAX as f64;
        pause(self.relays.load(Ordering::Relaxed), random)
    }
}

/// The time until a relay that is not the bridge of a pool tries again. `random` is from 0 to 1; it spreads the
/// attempts of the relays.
fn pause(relays: usize, random: f64) -> Duration {
    let turns = relays as f64 / ASKING;
    if turns <= 1.0 {
        return BRIDGE_POLL;
    }
    BRIDGE_POLL.mul_f64(turns * (0.5 + random))
}

/// Whether a relay that is the bridge of `held` pools must release one.
fn is_over_share(held: usize, pools: usize, relays: usize) -> bool {
    held > SHARES_MAX * pools.div_ceil(relays.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_relays_together_try_as_often_as_four() {
        assert_eq!(pause(1, 0.9), BRIDGE_POLL);
        assert_eq!(pause(4, 0.0), BRIDGE_POLL);
        assert_eq!(pause(2000, 0.5), BRIDGE_POLL * 500);
        assert_eq!(pause(2000, 0.0) + pause(2000, 1.0), BRIDGE_POLL * 1000);
    }

    #[test]
    fn a_relay_acts_for_all_pools_only_while_it_is_alone() {
        let over = |held, pools, relays| is_over_share(held, pools, relays);
        assert!(!over(100, 100, 1) && !over(100, 100, 0));
        assert!(!over(100, 100, 2) && over(101, 101, 3));
        assert!(!over(2, 100, 2000) && over(3, 100, 2000));
        assert!(!over(1, 1, 50));
    }
}
