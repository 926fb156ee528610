//! [`GameSettings`]: what relays report about the game of a pool.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::settings::PoolSettings;

/// The game of a pool and what its matches may have. The lobby knows no games; relays report them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameSettings {
    /// The game's name.
    pub name: String,
    /// The minimum and maximum number of players in a match.
    pub seats: (u32, u32),
    /// Its settings by name.
    pub settings: BTreeMap<String, SettingRange>,
}

/// The range of a game's setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SettingRange {
    /// The least.
    pub min: i32,
    /// The greatest.
    pub max: i32,
    /// The value in a room whose host chose none.
    pub default: i32,
}

impl GameSettings {
    /// Why the pool cannot have these settings; None if it can.
    pub(crate) fn refuses(&self, pool: &PoolSettings) -> Option<String> {
        let (least, most) = self.seats;
        if pool.seats_min < least || pool.seats_max > most {
            let (seats_min, seats_max, name) = (pool.seats_min, pool.seats_max, &self.name);
            return Some(format!(
                "a match of {name} has {least} to {most} players, and the pool has seats_min {seats_min} and seats_max {seats_max}"
            ));
        }
        let chosen = pool.settings.iter().flatten();
        let refused = chosen.filter_map(|(setting, value)| self.refuses_setting(setting, *value));
        refused.map(|refused| refused.to_string()).next()
    }

    fn refuses_setting(&self, setting: &str, value: i64) -> Option<SettingRefused> {
        let range = self.settings.get(setting);
        let range = range.map(|range| (i64::from(range.min), i64::from(range.max)));
        let fits = range.is_some_and(|(least, most)| (least..=most).contains(&value));
        (!fits).then(|| SettingRefused {
            setting: setting.to_owned(),
            range,
        })
    }
}

/// A setting that a room cannot have. Its `Display` text is a sentence for the host.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SettingRefused {
    setting: String,
    /// The range of the setting; None: the game has no such setting.
    #[serde(default)]
    range: Option<(i64, i64)>,
}

impl fmt::Display for SettingRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let setting = &self.setting;
        match self.range {
            Some((least, most)) => write!(f, "{setting} must be {least} to {most} in this game."),
            None => write!(f, "The game has no setting {setting:?}."),
        }
    }
}
