//! A game's settings: their declarations, and the chosen values.

use alloc::string::{String, ToString};
use core::ops::RangeInclusive;

/// The maximum number of settings of a game.
pub const SETTINGS_MAX: usize = 8;

/// A setting of a game, chosen by its operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name, with its unit last: `match_seconds`.
    pub name: &'static str,
    /// The default.
    pub default: i32,
    /// The minimum.
    pub min: i32,
    /// The maximum.
    pub max: i32,
}

/// The values of a game's settings, in the order of [`crate::Game::SETTINGS`]; the rest is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings(pub [i32; SETTINGS_MAX]);

/// Why a game refuses settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The game has no setting of this name.
    #[error("unknown setting `{0}`")]
    Unknown(String),
    /// The value is out of range.
    #[error("setting `{name}` is {min} to {max}, not {value}")]
    Range {
        /// The setting.
        name: &'static str,
        /// The minimum.
        min: i32,
        /// The maximum.
        max: i32,
        /// The requested value.
        value: i64,
    },
}

impl Settings {
    /// The defaults.
    pub fn defaults(known: &[Setting]) -> Self {
        let mut values = [0; SETTINGS_MAX];
        for (slot, setting) in values.iter_mut().zip(known) {
            *slot = setting.default;
        }
        Self(values)
    }

    /// The defaults, overridden by these values; the last one of a repeated name counts.
    pub fn parse<'a>(
        known: &[Setting],
        pairs: impl IntoIterator<Item = (&'a str, i64)>,
    ) -> Result<Self, SettingsError> {
        Self::defaults(known).overridden(known, pairs)
    }

    /// These settings, overridden by others; the last one of a repeated name counts.
    pub fn overridden<'a>(
        mut self,
        known: &[Setting],
        pairs: impl IntoIterator<Item = (&'a str, i64)>,
    ) -> Result<Self, SettingsError> {
        for (name, value) in pairs {
            let (slot, setting) = self
                .0
                .iter_mut()
                .zip(known)
                .find(|(_, setting)| setting.name == name)
                .ok_or_else(|| SettingsError::Unknown(name.to_string()))?;
            *slot = setting.check(value)?;
        }
        Ok(self)
    }

    /// An error when a value is out of its range.
    pub fn check(&self, known: &[Setting]) -> Result<(), SettingsError> {
        known
            .iter()
            .zip(self.0)
            .try_for_each(|(setting, value)| setting.check(i64::from(value)).map(|_| ()))
    }

    /// Name and value of each setting.
    pub fn named<'a>(
        &'a self,
        known: &'a [Setting],
    ) -> impl Iterator<Item = (&'static str, i32)> + 'a {
        known
            .iter()
            .zip(self.0)
            .map(|(setting, value)| (setting.name, value))
    }
}

impl Setting {
    /// A setting with a default and a range.
    pub const fn new(name: &'static str, default: i32, range: RangeInclusive<i32>) -> Self {
        Self {
            name,
            default,
            min: *range.start(),
            max: *range.end(),
        }
    }

    fn check(&self, value: i64) -> Result<i32, SettingsError> {
        let Self { name, min, max, .. } = *self;
        i32::try_from(value)
            .ok()
            .filter(|value| (min..=max).contains(value))
            .ok_or(SettingsError::Range {
                name,
                min,
                max,
                value,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Setting] = &[
        Setting {
            name: "lives",
            default: 3,
            min: 1,
            max: 3,
        },
        Setting {
            name: "match_seconds",
            default: 180,
            min: 1,
            max: 3600,
        },
    ];

    fn check(pairs: &[(&str, i64)], expected: Result<[i32; 2], &str>) {
        let parsed = Settings::parse(KNOWN, pairs.iter().copied());
        let shown = parsed
            .map(|settings| [settings.0[0], settings.0[1]])
            .map_err(|error| error.to_string());
        assert_eq!(shown, expected.map_err(ToString::to_string), "{pairs:?}");
    }

    #[test]
    fn settings_parse() {
        check(&[], Ok([3, 180]));
        check(&[("match_seconds", 20), ("lives", 1)], Ok([1, 20]));
        check(&[("lives", 1), ("lives", 2)], Ok([2, 180]));
        check(&[("livse", 1)], Err("unknown setting `livse`"));
        check(&[("lives", 0)], Err("setting `lives` is 1 to 3, not 0"));
        check(
            &[("lives", i64::MAX)],
            Err("setting `lives` is 1 to 3, not 9223372036854775807"),
        );
    }

    #[test]
    fn settings_are_checked() {
        assert!(Settings::defaults(KNOWN).check(KNOWN).is_ok());
        assert!(Settings([9; SETTINGS_MAX]).check(KNOWN).is_err());
    }
}
