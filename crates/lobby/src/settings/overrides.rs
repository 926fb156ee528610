//! [`Overrides`]: the settings of a pool that operators have changed while the system runs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PoolSettings;

/// The settings that apply only from a start of every process: open rooms and stored rows depend on their values.
const FIXED: [&str; 5] = ["game", "lanes", "meta", "seats_max", "teams"];

/// Settings by name, in place of those of the configuration. `null` turns `late`, `bots` or `settings` off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Overrides(pub Map<String, Value>);

impl PoolSettings {
    /// These settings with others in their place. Errors: a setting that only a restart changes, an unknown one, or
    /// a combination that the configuration could not have either.
    pub(crate) fn overridden(&self, overrides: &Overrides) -> Result<Self, String> {
        if let Some(fixed) = FIXED.iter().find(|name| overrides.0.contains_key(**name)) {
            return Err(format!(
                "{fixed} cannot be changed while the system runs: change POOLS, and restart"
            ));
        }
        let configured = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let Value::Object(mut all) = configured else {
            return Err("the settings are no object".to_owned());
        };
        all.extend(overrides.0.clone());
        let settings: Self =
            serde_json::from_value(Value::Object(all)).map_err(|error| error.to_string())?;
        settings.check()?;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Pools;

    const POOLS: &str = r#"{"main":{"countdown_ms":3000,"late":{"until_s":60},"meta":{"mode":"text"},"watch":"all"}}"#;

    /// What changes with these overrides, or why the pool cannot have them.
    fn check(overrides: &str, expected: &str) {
        let pools = Pools::parse(POOLS).expect("pools");
        let configured = &pools.0["main"];
        let overrides = serde_json::from_str(overrides).expect("an object");
        let found = match configured.overridden(&overrides) {
            Err(why) => why,
            Ok(settings) => {
                let of = |settings: &PoolSettings| serde_json::to_value(settings).expect("JSON");
                let (before, after) = (of(configured), of(&settings));
                let before = before.as_object().expect("an object");
                let after = after.as_object().expect("an object");
                let names = before
                    .keys()
                    .chain(after.keys().filter(|it| !before.contains_key(*it)));
                let value = |all: &Map<String, Value>, name: &String| {
                    all.get(name).cloned().unwrap_or_default()
                };
                let changed = names.filter(|name| value(before, name) != value(after, name));
                let shown = changed.map(|name| format!("{name} {}", value(after, name)));
                shown.collect::<Vec<_>>().join(", ")
            }
        };
        assert_eq!(found, expected, "{overrides:?}");
    }

    #[test]
    fn overrides_replace_single_settings() {
        check("{}", "");
        check(
            r#"{"countdown_ms":5000,"seats_min":2}"#,
            "countdown_ms 5000, seats_min 2",
        );
        check(r#"{"late":null}"#, "late null");
        check(
            r#"{"bots":{"fill_to":4}}"#,
            r#"bots {"after_ms":3000,"fill_to":4,"replace_after_ms":5000}"#,
        );
        check(r#"{"settings":{"lives":5}}"#, r#"settings {"lives":5}"#);
    }

    #[test]
    fn overrides_are_checked_as_the_configuration_is() {
        check(
            r#"{"seats_min":6}"#,
            "seats_min must be 1 to seats_max (5), it is 6",
        );
        check(
            r#"{"replay_ttl_ms":0}"#,
            "watch must be off, because replay_ttl_ms is 0 and watchers get the replay",
        );
        check(
            r#"{"countdown_ms":"soon"}"#,
            r#"invalid type: string "soon", expected u64"#,
        );
        let fixed = "cannot be changed while the system runs: change POOLS, and restart";
        check(r#"{"seats_max":4}"#, &format!("seats_max {fixed}"));
        check(r#"{"game":"tag"}"#, &format!("game {fixed}"));
        let pools = Pools::parse(POOLS).expect("pools");
        let unknown = serde_json::from_str(r#"{"colour":1}"#).expect("an object");
        let why = pools.0["main"].overridden(&unknown).expect_err("unknown");
        assert!(why.starts_with("unknown field `colour`"), "{why}");
    }
}
