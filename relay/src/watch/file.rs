//! Splits a replay file, as it is read, into parts that end with complete records.

use bytes::Bytes;
use protocol::limits::WATCH_MESSAGE_BYTES_MAX;
use protocol::record::parts;
use protocol::replay::{ReplayError, ReplayHeader};
use tokio::time::Instant;

use crate::games::Games;
use crate::watch::recording::{Part, played};

/// Maximum size of a watched file. A match reaches it after many hours.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why a file cannot be watched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("a record: {0}")]
    Record(#[from] protocol::DecodeError),
    #[error("this relay does not have its game")]
    Game,
    #[error("the recording has more than {} MiB", FILE_BYTES_MAX >> 20)]
    TooLong,
}

/// The position in a file that is being read.
#[derive(Debug, Default)]
pub(super) struct File {
    /// The number of bytes in the parts so far.
    pub(super) length: u64,
    /// The rate of the match's game; None before the header line.
    ticks_per_second: Option<u32>,
}

impl File {
    /// Splits the next bytes, which were read at `read`, when the match's newest tick was `newest`. An incomplete record at
    /// the end is not in a part: the next call must contain its bytes again.
    pub(super) fn split(
        &mut self,
        games: &Games,
        bytes: Vec<u8>,
        newest: u32,
        read: Instant,
    ) -> Result<Vec<Part>, FileError> {
        let bytes = Bytes::from(bytes);
        let mut split = Vec::new();
        let mut at = 0;
        let ticks_per_second = if let Some(known) = self.ticks_per_second {
            known
        } else {
            let (header, records) = ReplayHeader::split(&bytes)?;
            let game = games.find(&header.game).ok_or(FileError::Game)?;
            at = bytes.len() - records.len();
            split.push(self.part(bytes.slice(..at), None));
            *self.ticks_per_second.insert(game.ticks_per_second)
        };
        // A part holds one second.
        let records = parts(&bytes[at..], ticks_per_second, WATCH_MESSAGE_BYTES_MAX)?;
        let newest = records.last().map_or(newest, |last| newest.max(last.tick));
        for part in records {
            let bytes = bytes.slice(at..at + part.bytes);
            at += part.bytes;
            let played = played(read, newest, part.tick, ticks_per_second);
            split.push(self.part(bytes, Some(played)));
        }
        if self.length > FILE_BYTES_MAX {
            return Err(FileError::TooLong);
        }
        Ok(split)
    }

    fn part(&mut self, bytes: Bytes, played: Option<Instant>) -> Part {
        self.length += bytes.len() as u64;
        Part {
            end: self.length,
            bytes,
            played,
        }
    }
}
