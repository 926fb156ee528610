//! [`GameSettings`]: what relays report about the game of a pool.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The game of a pool and the ranges of its settings. The lobby knows no games; relays report them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameSettings {
    /// The game's name.
    pub name: String,
    /// Its settings by name.
    pub settings: BTreeMap<String, SettingRange>,
}

/// The range of a game's setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SettingRange {
    /// The least.
    pub min: i32,
    /// The greatest.
    pub max: i32,
    /// The value in a room whose host chose none.
    pub default: i32,
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
