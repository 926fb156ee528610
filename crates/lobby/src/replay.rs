//! Replays: a match's inputs, gathered with its checkpoints, kept for a while after its end for who played it.

use crate::error::{Result, corrupt};
use crate::pool::Pool;
use crate::script;

/// The last piece of a match's replay, handed in with its result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayChunk {
    /// The records of the ticks after `from` up to `to`, each behind its length.
    pub bytes: Vec<u8>,
    /// The tick of the last checkpoint that was answered.
    pub from: u32,
    /// The match's last tick.
    pub to: u32,
}

/// The answer to [`Pool::replay`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The whole file: a line of JSON, then records.
    Replay(Vec<u8>),
    /// The asker did not play that match: 403.
    NotMember,
    /// No finished match of that name, or its replay is gone by now: 404.
    Unknown,
}

impl Pool {
    /// `GET /replays/<room>`: of a finished match, for who was in it at its start.
    pub async fn replay(&self, room: &str, player: &str) -> Result<Replayed> {
        if !self.has(room) {
            return Ok(Replayed::Unknown);
        }
        let keys = [self.keys.room(room), self.keys.replay(room)];
        let (kind, bytes): (String, Option<Vec<u8>>) =
            self.run(&script::REPLAY, &keys, &[player]).await?;
        match (kind.as_str(), bytes) {
            ("replay", Some(bytes)) => Ok(Replayed::Replay(bytes)),
            ("not_member", _) => Ok(Replayed::NotMember),
            ("unknown", _) => Ok(Replayed::Unknown),
            (other, _) => Err(corrupt("replay", other)),
        }
    }
}
