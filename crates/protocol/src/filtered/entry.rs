//! The entries of a filtered recording.

use alloc::vec::Vec;

use game::{BadState, Ranking, Reader, SEATS_MAX};

use crate::DecodeError;
use crate::binary::{FRAME_BYTES_MAX, FrameKind};
use crate::record::Join;

/// The first byte of a player who joined. The first byte of a frame is less: its kind in three bits.
const JOIN: u8 = 5 << 5;
/// The first byte of the result.
const RESULT: u8 = 6 << 5;
const LENGTH_BYTES: usize = 4;

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// The state at a tick, as a frame. It follows all other entries up to its tick.
    Snapshot,
    /// Events of a tick, as a frame.
    Events,
    /// A player, and the own first tick.
    Join,
    /// The ranking at the end.
    Result,
}

impl EntryKind {
    /// The kind of an entry, from its first byte.
    pub(super) fn of(entry: &[u8]) -> Option<Self> {
        match *entry.first()? {
            JOIN => Some(Self::Join),
            RESULT => Some(Self::Result),
            _ => match FrameKind::of(entry).ok()? {
                FrameKind::Full | FrameKind::Delta => Some(Self::Snapshot),
                FrameKind::Events => Some(Self::Events),
                FrameKind::Input => None,
            },
        }
    }
}

pub(super) fn malformed(BadState(why): BadState) -> DecodeError {
    DecodeError::Malformed(why)
}

/// Reads a player who joined, and the own first tick.
pub(super) fn read_join(entry: &[u8]) -> Result<(u32, Join), BadState> {
    let mut bytes = Reader::new(entry);
    bytes.u8()?;
    Ok((bytes.u32()?, Join::from_bytes(bytes.rest())?))
}

/// Reads the result.
pub(super) fn read_result(entry: &[u8]) -> Ranking {
    let mut bytes = Reader::new(entry.get(1..).unwrap_or_default());
    let mut places = Vec::new();
    while let (Ok(rank), Ok(score)) = (bytes.u8(), bytes.u32())
        && places.len() < SEATS_MAX
    {
        places.push((rank > 0).then_some((rank, score)));
    }
    Ranking { places }
}

/// Appends an entry, after its length.
pub(super) fn put(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; LENGTH_BYTES]);
    write(out);
    let length = (out.len() - at - LENGTH_BYTES) as u32;
    out[at..at + LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
}

/// Appends a player who joined.
pub(super) fn put_join(out: &mut Vec<u8>, tick: u32, join: &Join) {
    // The token's claim is for the game alone.
    let mut public = join.clone();
    public.player.game.clear();
    put(out, |out| {
        out.push(JOIN);
        out.extend_from_slice(&tick.to_le_bytes());
        out.extend_from_slice(&public.to_bytes());
    });
}

/// Appends the result: rank and score of each seat; an empty seat has rank 0.
pub(super) fn put_result(out: &mut Vec<u8>, ranking: &Ranking) {
    put(out, |out| {
        out.push(RESULT);
        for place in &ranking.places {
            let (rank, score) = place.unwrap_or_default();
            out.push(rank);
            out.extend_from_slice(&score.to_le_bytes());
        }
    });
}

/// Splits off the first entry, without its length. None: it is incomplete, or too long.
pub(super) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length > FRAME_BYTES_MAX {
        return None;
    }
    rest.split_at_checked(length)
}
