//! The recording of a running match, as watchers get it: the replay, as far as the match's checkpoints have
//! written it.

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
        /// The next bytes: none if the last checkpoint has no more.
        bytes: Vec<u8>,
        /// The tick of the last checkpoint; 0 before the first one.
        tick: u32,
    },
    /// The match is over, and its replay is kept.
    Over {
        /// The next bytes: none if these were all.
        bytes: Vec<u8>,
    },
    /// There is no such match, it is not recorded, or its recording is lost or shorter than that.
    Gone,
}

impl Matches {
    /// The recording of a match from this byte on, at most [`RECORDING_BYTES_MAX`]: a line of JSON, then
    /// records. It only becomes longer.
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
