//! Who may watch the matches of a pool.

use serde::{Deserialize, Serialize};

use super::PoolSettings;

/// Who may watch a running match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WatchAccess {
    /// Nobody.
    #[default]
    Off,
    /// Players who know the code of the match's room.
    Code,
    /// Every player.
    All,
}

impl WatchAccess {
    const DELAY_MS_MAX: u64 = 600_000;

    /// Whether nobody may watch.
    pub fn is_off(&self) -> bool {
        *self == Self::Off
    }

    /// Errors: why the pool cannot have this setting.
    pub(super) fn check(self, pool: &PoolSettings) -> Result<(), String> {
        if !self.is_off() && pool.replay_ttl_ms == 0 {
            return Err(
                "watch must be off, because replay_ttl_ms is 0 and watchers get the replay"
                    .to_owned(),
            );
        }
        if pool.watch_delay_ms > Self::DELAY_MS_MAX {
            let (most, delay_ms) = (Self::DELAY_MS_MAX, pool.watch_delay_ms);
            return Err(format!(
                "watch_delay_ms must be at most {most}, it is {delay_ms}"
            ));
        }
        Ok(())
    }
}
