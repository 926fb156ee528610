//! Log lines as plain text: formats the JSON of Skirmish's programs, and leaves other lines
//! unchanged.

use serde_json::{Map, Value};

/// A line by its kind, as plain text.
#[derive(Debug, PartialEq, Eq)]
pub enum LogLine {
    /// A log entry of level error.
    Error(String),
    /// A log entry of a lower level.
    Other(String),
    /// Printed, not logged: a panic, a backtrace, or the output of a third-party program.
    Printed(String),
}

impl LogLine {
    /// Parses a line.
    pub fn read(line: &str) -> Self {
        let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
            return Self::Printed(line.to_owned());
        };
        let Some(level) = fields.get("level").and_then(Value::as_str) else {
            return Self::Printed(line.to_owned());
        };
        let text = format!("{level} {}", text(&fields));
        if level == "ERROR" {
            Self::Error(text)
        } else {
            Self::Other(text)
        }
    }

    /// The text.
    pub fn into_text(self) -> String {
        match self {
            Self::Error(text) | Self::Other(text) | Self::Printed(text) => text,
        }
    }
}

/// `message (field=value, …)`.
fn text(fields: &Map<String, Value>) -> String {
    let plain = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let message = fields.get("message").map(plain).unwrap_or_default();
    let rest: Vec<String> = fields
        .iter()
        .filter(|(name, _)| !["timestamp", "level", "message", "target"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect();
    if rest.is_empty() {
        message
    } else {
        format!("{message} ({})", rest.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_becomes_plain_text_and_other_lines_stay() {
        let line = r#"{"timestamp":"2026-01-01T00:00:00Z","level":"ERROR","message":"the room failed","room":"r1","epoch":2,"target":"relay::worker"}"#;
        let text = "ERROR the room failed (epoch=2, room=r1)";
        assert_eq!(LogLine::read(line), LogLine::Error(text.to_owned()));
        let line = r#"{"level":"INFO","message":"listening","target":"relay"}"#;
        assert_eq!(
            LogLine::read(line),
            LogLine::Other("INFO listening".to_owned())
        );
        for line in ["thread 'w' panicked at a.rs:1:2:", r#"{"a":1}"#, "[1]"] {
            assert_eq!(LogLine::read(line), LogLine::Printed(line.to_owned()));
        }
    }
}
