//! Teams of a pool.

use serde::{Deserialize, Serialize};

use super::{PoolSettings, SEATS_MAX};

/// The teams of a pool's matches: `{"count": 2, "size": 3}`. They are filled evenly, and a group is never split over
/// teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Teams {
    /// The number of teams, from 2.
    pub count: u32,
    /// The most players of a team.
    pub size: u32,
}

impl Teams {
    /// Errors: why the pool cannot have these teams.
    pub(super) fn check(self, pool: &PoolSettings) -> Result<(), String> {
        let (Self { count, size }, seats_max) = (self, pool.seats_max);
        if !(2..=seats_max).contains(&count) {
            return Err(format!(
                "teams.count must be 2 to seats_max ({seats_max}), it is {count}"
            ));
        }
        if !(1..=SEATS_MAX).contains(&size) || count * size < seats_max {
            return Err(format!(
                "teams.size must be 1 to {SEATS_MAX}, and {count} teams must have places for seats_max ({seats_max}) players, it is {size}"
            ));
        }
        Ok(())
    }
}
