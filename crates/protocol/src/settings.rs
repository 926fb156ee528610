//! A game's settings as a JSON object, in the form that an operator writes.

use alloc::collections::BTreeMap;
use alloc::string::String;

use game::{Setting, Settings, SettingsError};

/// Why a text is not the settings of a game.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsTextError {
    /// It is not a JSON object of names and whole numbers.
    #[error("settings are a JSON object of whole numbers, such as {{\"match_seconds\":180}}")]
    Malformed,
    /// The game refuses them.
    #[error(transparent)]
    Refused(#[from] SettingsError),
}

/// Reads `{"match_seconds":20,"lives":1}` as names and values. An empty text means `{}`.
pub fn read_settings(text: &str) -> Result<BTreeMap<String, i64>, SettingsTextError> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    serde_json::from_str(text).map_err(|_| SettingsTextError::Malformed)
}

/// Parses `{"match_seconds":20,"lives":1}`. Missing settings have their defaults. An empty text
/// means `{}`.
pub fn parse_settings(known: &[Setting], text: &str) -> Result<Settings, SettingsTextError> {
    let named = read_settings(text)?;
    Ok(Settings::parse(
        known,
        named.iter().map(|(name, &value)| (name.as_str(), value)),
    )?)
}
