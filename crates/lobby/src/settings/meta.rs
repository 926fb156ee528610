//! The meta keys of a pool: what the host of a room may declare about it in the list of rooms.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most meta keys of a pool.
pub(crate) const META_KEYS_MAX: usize = 4;
/// The greatest magnitude of a number.
pub(crate) const INT_MAX: u64 = 1 << 53;
const NAME_MAX: usize = 32;
const TEXT_CHARS_MAX: usize = 64;
/// The built-in keys of searches in the list of rooms; a meta key cannot have their names.
const RESERVED: [&str; 5] = ["players", "free", "state", "created", "game"];

/// The type of a meta key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MetaKind {
    /// 1 to 64 characters, none of them a control character.
    Text,
    /// An integer whose magnitude is at most 2⁵³.
    Int,
}

/// The value of a meta key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum MetaValue {
    /// For a key with [`MetaKind::Int`].
    Int(i64),
    /// For a key with [`MetaKind::Text`].
    Text(String),
}

/// The keys that a pool declares.
pub(super) type MetaKeys = BTreeMap<String, MetaKind>;

pub(super) fn check_keys(keys: &MetaKeys) -> Result<(), String> {
    if keys.len() > META_KEYS_MAX {
        return Err(format!("meta has at most {META_KEYS_MAX} keys"));
    }
    match keys.keys().find(|name| !is_name(name)) {
        Some(name) => Err(format!(
            "{name:?} is not the name of a meta key ([a-z0-9_], 1 to {NAME_MAX}, none of {RESERVED:?})"
        )),
        None => Ok(()),
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(allowed) && !RESERVED.contains(&name)
}

/// Errors: name the first value that its key does not allow.
pub(super) fn check_values(
    keys: &MetaKeys,
    values: &BTreeMap<String, MetaValue>,
) -> Result<(), String> {
    for (name, value) in values {
        let Some(kind) = keys.get(name) else {
            return Err(format!("The pool has no meta key {name}."));
        };
        match (kind, value) {
            (MetaKind::Int, MetaValue::Int(number)) if number.unsigned_abs() <= INT_MAX => {}
            (MetaKind::Text, MetaValue::Text(text)) if is_text(text) => {}
            (MetaKind::Int, _) => return Err(format!("meta.{name} is a whole number up to 2^53.")),
            (MetaKind::Text, _) => {
                return Err(format!(
                    "meta.{name} is a text of 1 to {TEXT_CHARS_MAX} characters, none of them a control character."
                ));
            }
        }
    }
    Ok(())
}

fn is_text(text: &str) -> bool {
    (1..=TEXT_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &str, expected: &str) {
        let keys = serde_json::from_str(r#"{"mode":"text","level":"int"}"#).expect("keys");
        let values = serde_json::from_str(values).expect("values");
        let found = check_values(&keys, &values).err().unwrap_or_default();
        assert_eq!(found, expected, "{values:?}");
    }

    #[test]
    fn values_have_the_declared_type() {
        check(r#"{"mode":"duo","level":-3}"#, "");
        check("{}", "");
        check(r#"{"rank":1}"#, "The pool has no meta key rank.");
        check(
            r#"{"level":"3"}"#,
            "meta.level is a whole number up to 2^53.",
        );
        check(
            r#"{"level":9007199254740993}"#,
            "meta.level is a whole number up to 2^53.",
        );
        let text = "meta.mode is a text of 1 to 64 characters, none of them a control character.";
        check(r#"{"mode":1}"#, text);
        check(r#"{"mode":""}"#, text);
        check(r#"{"mode":"a\n"}"#, text);
    }

    #[test]
    fn names_are_checked() {
        let of = |name: &str| check_keys(&[(name.to_owned(), MetaKind::Int)].into());
        assert!(of("level_2").is_ok());
        for name in ["", "Level", "free", "created", &"x".repeat(33)] {
            assert!(of(name).is_err(), "{name}");
        }
        let five = (0..5).map(|n| (format!("k{n}"), MetaKind::Text)).collect();
        assert_eq!(check_keys(&five), Err("meta has at most 4 keys".to_owned()));
    }
}
