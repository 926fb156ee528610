//! Splits a recording, as it is read, into the parts that watchers get. The recording of a game that hides something is
//! filtered.

use bytes::Bytes;
use protocol::filtered::FilterError;
use protocol::limits::WATCH_MESSAGE_BYTES_MAX;
use protocol::record::{self, Parts, parts, prefixed};
use protocol::replay::{ReplayError, ReplayHeader};
use tokio::time::Instant;

use crate::games::Games;
use crate::watch::filter::Step;
use crate::watch::recording::{Part, played};

/// Maximum size of a recording, and of a filtered one. A match reaches it after many hours.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why a file cannot be watched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("a record: {0}")]
    Record(#[from] protocol::DecodeError),
    #[error("it cannot be filtered: {0}")]
    Filter(#[from] FilterError),
    #[error("its game panics")]
    Panics,
    #[error("this relay does not have its game")]
    Game,
    #[error("the recording has more than {} MiB", FILE_BYTES_MAX >> 20)]
    TooLong,
}

/// A recording of which the header line was read.
pub(super) struct File {
    /// The number of bytes that were read.
    pub(super) read: u64,
    /// The number of bytes in the parts so far.
    length: u64,
    ticks_per_second: u32,
    /// None: watchers get the recording itself.
    filter: Option<Box<dyn Step>>,
}

impl File {
    /// Begins with the first bytes of a recording. Returns the file after its header line, and the part that is sent
    /// first.
    pub(super) fn begin(games: &Games, bytes: &Bytes) -> Result<(Self, Part), FileError> {
        let (header, records) = ReplayHeader::split(bytes)?;
        let game = games.find(&header.game).ok_or(FileError::Game)?;
        let line = bytes.slice(..bytes.len() - records.len());
        let mut file = Self {
            read: line.len() as u64,
            length: 0,
            ticks_per_second: game.ticks_per_second,
            filter: None,
        };
        let Some(filter) = game.filter else {
            let part = file.part(line, None);
            return Ok((file, part));
        };
        let mut out = Vec::new();
        file.filter = Some(filter(&header, &mut out)?);
        let part = file.part(out.into(), None);
        Ok((file, part))
    }

    /// Whether [`File::split`] steps the match, which may take long.
    pub(super) const fn is_stepped(&self) -> bool {
        self.filter.is_some()
    }

    /// Splits the next bytes, which were read at `read`, when the match's newest tick was `newest`. An incomplete record at
    /// the end is not in a part: the next call must contain its bytes again.
    pub(super) fn split(
        &mut self,
        bytes: Bytes,
        newest: u32,
        read: Instant,
    ) -> Result<Vec<Part>, FileError> {
        let ticks_per_second = self.ticks_per_second;
        let made = match &mut self.filter {
            None => whole(bytes, ticks_per_second)?,
            Some(filter) => {
                let bytes_max = FILE_BYTES_MAX.saturating_sub(self.length);
                filtered(filter.as_mut(), &bytes, ticks_per_second, bytes_max)?
            }
        };
        self.read += made.read;
        let (newest, mut at) = (newest.max(made.last), 0);
        let parts = made.parts.iter().map(|part| {
            let bytes = made.bytes.slice(at..at + part.bytes);
            at += part.bytes;
            let played = played(read, newest, part.tick, ticks_per_second);
            self.part(bytes, Some(played))
        });
        let parts = parts.collect();
        if self.length.max(self.read) > FILE_BYTES_MAX {
            return Err(FileError::TooLong);
        }
        Ok(parts)
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

/// What is made from some records.
struct Made {
    /// What is sent: complete records or entries.
    bytes: Bytes,
    /// Its division. A part holds one second.
    parts: Vec<record::Part>,
    /// The number of bytes of the records.
    read: u64,
    /// The tick of the last record.
    last: u32,
}

/// The records themselves.
fn whole(records: Bytes, ticks_per_second: u32) -> Result<Made, FileError> {
    let parts = parts(&records, ticks_per_second, WATCH_MESSAGE_BYTES_MAX)?;
    Ok(Made {
        bytes: records,
        read: parts.iter().map(|part| part.bytes as u64).sum(),
        last: parts.last().map_or(0, |part| part.tick),
        parts,
    })
}

/// The entries of the filtered recording, at most about this many bytes.
fn filtered(
    filter: &mut dyn Step,
    records: &[u8],
    ticks_per_second: u32,
    bytes_max: u64,
) -> Result<Made, FileError> {
    let mut parts = Parts::new(ticks_per_second, WATCH_MESSAGE_BYTES_MAX);
    let (mut out, mut read, mut last) = (Vec::new(), 0, 0);
    for record in prefixed(records) {
        let before = out.len();
        last = filter.push(record, &mut out)?;
        read += 2 + record.len() as u64;
        if out.len() > before {
            parts.push(last, out.len() - before);
        }
        if out.len() as u64 > bytes_max {
            return Err(FileError::TooLong);
        }
    }
    Ok(Made {
        bytes: out.into(),
        parts: parts.into_vec(),
        read,
        last,
    })
}

#[cfg(test)]
mod tests {
    use lobby::Pools;

    use super::*;
    use crate::games::GameEntry;

    macro_rules! entries {
        ($($game:ty, $bot:ty;)*) => { &[$(GameEntry::of::<$game, $bot>()),*] };
    }

    const KNOWN: &[GameEntry] = registry::each_game!(entries);
    const CARDS: &[u8] = include_bytes!("../../../games/cards/fixtures/match.replay");
    const FILTERED: &[u8] = include_bytes!("../../../games/cards/fixtures/match.snapshots");
    const ARENA: &[u8] = include_bytes!("../../../crates/protocol/fixtures/match.replay");

    /// The parts of a recording that is read in pieces of at most this many bytes.
    fn parts_of(recording: &'static [u8], piece: usize) -> Vec<Part> {
        let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
        let games = Games::new(KNOWN, &pools, None, "").expect("games");
        let (mut file, head) = File::begin(&games, &Bytes::from_static(recording)).expect("a file");
        let mut parts = vec![head];
        let mut until = file.read as usize;
        while until < recording.len() {
            until = (until + piece).min(recording.len());
            let bytes = Bytes::from_static(&recording[file.read as usize..until]);
            let split = file.split(bytes, 0, Instant::now()).expect("records");
            parts.extend(split);
        }
        assert_eq!(file.read as usize, recording.len());
        assert!(parts.iter().all(|part| !part.bytes.is_empty()));
        parts
    }

    fn check(recording: &'static [u8], piece: usize, expected: &[u8]) {
        let parts = parts_of(recording, piece);
        let all: Vec<u8> = parts.iter().flat_map(|part| part.bytes.to_vec()).collect();
        assert!(all == expected, "pieces of {piece} bytes");
        let mut end = 0;
        for part in &parts {
            end += part.bytes.len() as u64;
            assert_eq!(part.end, end);
        }
    }

    #[test]
    fn watchers_get_the_same_bytes_however_the_recording_is_read() {
        for piece in [1, 7, 500, usize::MAX / 2] {
            check(CARDS, piece, FILTERED);
            check(ARENA, piece, ARENA);
        }
    }
}
