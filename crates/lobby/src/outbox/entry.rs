//! Entries of the outbox as the scripts write them.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Result, corrupt};
use crate::inbox::InboxEntry;

/// An entry that is being delivered.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: String,
    /// The sequence number of its messages, made from the id.
    pub(super) seq: u64,
    pub(super) age_ms: u64,
    pub(super) entry: Entry,
    /// The players to notify; None: every player that the entry names.
    pub(super) to: Option<Vec<String>>,
    /// An earlier delivery has applied everything except the notifications of these players.
    pub(super) is_again: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    #[serde(rename = "tell")]
    pub(super) notices: Vec<Notice>,
    pub(super) inbox: Vec<InboxEntry>,
    pub(super) release: Vec<Release>,
    pub(super) codes: Vec<ClosedCode>,
}

/// One message to several players.
#[derive(Debug, Deserialize)]
pub(super) struct Notice {
    pub(super) to: Vec<String>,
    pub(super) message: Map<String, Value>,
}

/// A claim to release.
#[derive(Debug, Deserialize)]
pub(super) struct Release {
    pub(super) player: String,
    pub(super) nonce: String,
}

/// The code of a room that closed.
#[derive(Debug, Deserialize)]
pub(super) struct ClosedCode {
    pub(super) code: String,
    pub(super) nonce: String,
}

/// The sequence numbers of the entries of one millisecond.
const SEQ_A_MS: u64 = 4096;
/// How many texts of an answer make one entry.
const FIELDS: usize = 5;

impl Taken {
    /// When it was written, ms since 1970: the first part of its id.
    pub(super) fn written_ms(&self) -> u64 {
        self.seq / SEQ_A_MS
    }

    /// The players that this delivery notifies, each with the index of the notice.
    pub(super) fn players(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_wanted = |player: &str| {
            let to = self.to.as_ref();
            to.is_none_or(|to| to.iter().any(|wanted| wanted == player))
        };
        self.entry
            .notices
            .iter()
            .enumerate()
            .flat_map(|(i, notice)| notice.to.iter().map(move |player| (i, player.as_str())))
            .filter(move |(_, player)| is_wanted(player))
    }
}

/// Reads the answer of `deliver.lua`: `[server ms, id, kind, entry, to, is_again, id, ...]`.
pub(super) fn read(key: &str, flat: &[String]) -> Result<Vec<Taken>> {
    let Some((now, entries)) = flat.split_first() else {
        return Ok(Vec::new());
    };
    let now_ms: u64 = now.parse().map_err(|error| corrupt(key, error))?;
    entries
        .chunks_exact(FIELDS)
        .map(|fields| taken(key, now_ms, fields))
        .collect()
}

/// `fields`: id, kind, entry, to, `is_again`. An unreadable entry is logged and counts as empty, so that it does not
/// block the others.
fn taken(key: &str, now_ms: u64, fields: &[String]) -> Result<Taken> {
    let id = fields[0].clone();
    let (ms, n) = id.split_once('-').ok_or_else(|| corrupt(key, &id))?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| corrupt(key, error));
    let (ms, n) = (number(ms)?, number(n)?);
    let entry = serde_json::from_str(&fields[2]).unwrap_or_else(|error| {
        tracing::error!(%error, key, id, kind = fields[1], "unreadable outbox entry skipped");
        Entry::default()
    });
    let to = match fields[3].as_str() {
        "" => None,
        to => Some(serde_json::from_str(to).map_err(|error| corrupt(key, error))?),
    };
    Ok(Taken {
        seq: ms * SEQ_A_MS + n,
        age_ms: now_ms.saturating_sub(ms),
        id,
        entry,
        to,
        is_again: !fields[4].is_empty(),
    })
}
