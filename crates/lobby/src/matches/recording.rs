//! The recording of a running match for watchers: the replay up to the match's last checkpoint.

use super::Matches;
use crate::error::{Result, corrupt};
use crate::redis::script;

/// The most bytes that one call of [`Matches::recording`] returns.
pub const RECORDING_BYTES_MAX: usize = 512 * 1024;

/// The answer to [`Matches::recording`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The match runs.
    Running {
        /// The next bytes; empty if there is nothing after `from` yet.
        bytes: Vec<u8>,
        /// The tick of the last checkpoint; 0 before the first one.
        tick: u32,
    },
    /// The match is over, and its replay is kept.
    Over {
        /// The next bytes; empty at the end.
        bytes: Vec<u8>,
    },
    /// There is no such match, it is not recorded, or its recording is lost or ends before `from`.
    Gone,
}

impl Matches {
    /// Up to [`RECORDING_BYTES_MAX`] bytes of a match's recording from this byte on. The recording is a line of JSON
    /// followed by records, and only grows.
    pub async fn recording(&self, room: &str, from: u64) -> Result<Recorded> {
        let store = &self.store;
        if !store.has(room) {
            return Ok(Recorded::Gone);
        }
        let keys = [store.keys.room(room), store.keys.replay(room)];
        let most = RECORDING_BYTES_MAX.to_string();
        let args = [&from.to_string(), &most];
        let args = args.map(String::as_str);
        let (kind, tick, bytes): (String, u32, Vec<u8>) =
            store.run(&script::RECORDING, &keys, &args).await?;
        match kind.as_str() {
            "running" => Ok(Recorded::Running { bytes, tick }),
            "over" => Ok(Recorded::Over { bytes }),
            "gone" => Ok(Recorded::Gone),
            other => Err(corrupt("recording", other)),
        }
    }
}
