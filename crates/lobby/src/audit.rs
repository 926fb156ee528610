//! [`Audit`]: the log of operators' actions; it keeps about the newest 10,000 entries.

use redis::streams::{StreamId, StreamRangeReply};
use serde::Serialize;
use serde_json::Value;

use crate::error::{Result, corrupt};
use crate::keys;
use crate::store::Stores;

const ENTRIES_MAX: u32 = 10_000;

/// The audit stream.
#[derive(Clone)]
pub struct Audit {
    stores: Stores,
}

/// An operator's action.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// The operator: the subject of the token.
    pub operator: &'a str,
    /// The action: `ban`, `kick`, ….
    pub action: &'a str,
    /// The room, player, relay or pool that it concerns.
    pub target: &'a str,
    /// The reason, in the operator's words.
    pub reason: &'a str,
    /// Whether the action changed anything; a repeated one does not.
    pub changed: bool,
    /// The state before.
    pub before: &'a Value,
    /// The state after.
    pub after: &'a Value,
}

/// An entry of the audit stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditEntry {
    /// `<ms since 1970>-<number>`; ids only increase.
    pub id: String,
    /// The time of the action, in ms since 1970.
    pub at_ms: u64,
    /// The operator: the subject of the token.
    pub operator: String,
    /// The action: `ban`, `kick`, ….
    pub action: String,
    /// The room, player, relay or pool that it concerns.
    pub target: String,
    /// The reason, in the operator's words.
    pub reason: String,
    /// Whether the action changed anything.
    pub changed: bool,
    /// The state before.
    pub before: Value,
    /// The state after.
    pub after: Value,
}

impl Audit {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// Adds an entry. Returns its id.
    pub async fn append(&self, act: &Act<'_>) -> Result<String> {
        let (before, after) = (act.before.to_string(), act.after.to_string());
        let fields = [
            ("operator", act.operator),
            ("action", act.action),
            ("target", act.target),
            ("reason", act.reason),
            ("changed", if act.changed { "1" } else { "0" }),
            ("before", &before),
            ("after", &after),
        ];
        let mut add = redis::cmd("XADD");
        add.arg(keys::AUDIT).arg("MAXLEN").arg("~").arg(ENTRIES_MAX);
        add.arg("*");
        for (name, value) in fields {
            add.arg(name).arg(value);
        }
        self.stores.link.command(&add).await
    }

    /// The newest entries, newest first.
    pub async fn last(&self, limit: u32) -> Result<Vec<AuditEntry>> {
        let mut range = redis::cmd("XREVRANGE");
        range.arg(keys::AUDIT).arg("+").arg("-");
        self.entries(range.arg("COUNT").arg(limit)).await
    }

    /// The entries after the one with this id ([`is_entry_id`]), oldest first.
    pub async fn after(&self, id: &str, limit: u32) -> Result<Vec<AuditEntry>> {
        let mut range = redis::cmd("XRANGE");
        range.arg(keys::AUDIT).arg(format!("({id}")).arg("+");
        self.entries(range.arg("COUNT").arg(limit)).await
    }

    async fn entries(&self, range: &redis::Cmd) -> Result<Vec<AuditEntry>> {
        let found: StreamRangeReply = self.stores.link.command(range).await?;
        found.ids.iter().map(entry).collect()
    }
}

/// Whether a text is a valid entry id; `0-0` comes before all entries.
pub fn is_entry_id(text: &str) -> bool {
    let is_number = |part: &str| {
        part.parse::<u64>()
            .is_ok_and(|number| number.to_string() == part)
    };
    text.split_once('-')
        .is_some_and(|(ms, number)| is_number(ms) && is_number(number))
}

fn entry(found: &StreamId) -> Result<AuditEntry> {
    let wrong = || corrupt(keys::AUDIT, &found.id);
    let text = |name: &str| found.get::<String>(name).ok_or_else(wrong);
    let json =
        |name: &str| -> Result<Value> { serde_json::from_str(&text(name)?).map_err(|_| wrong()) };
    let at = found.id.split('-').next().unwrap_or_default();
    Ok(AuditEntry {
        id: found.id.clone(),
        at_ms: at.parse().map_err(|_| wrong())?,
        operator: text("operator")?,
        action: text("action")?,
        target: text("target")?,
        reason: text("reason")?,
        changed: text("changed")? == "1",
        before: json("before")?,
        after: json("after")?,
    })
}
