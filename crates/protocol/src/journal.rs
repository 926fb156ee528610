//! Owns what a match did, tick by tick, as the journal and a replay keep it. docs/replay.md says the same for people.
//!
//! A [`Record`] holds what re-simulating one tick needs beside the state before it, and now and then the hash of the
//! state after it. [`Course`] is the one way from record to state: a room, its successor and a replay go it alike.

mod course;
mod record;

use alloc::vec::Vec;

use game::{Commands, Hash, SEATS_MAX, hash};

pub use course::Course;
pub use record::{decode_record, encode_record, peek_tick};

/// A record with everything in it, bytes.
pub const RECORD_BYTES_MAX: usize = 40;
/// From one state hash to the next, ticks.
pub const HASH_TICKS: u32 = 60;

/// What a tick did to a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The tick that the state shows after it. If its presence ends the match, no step follows, and the state stays at
    /// the tick before.
    pub tick: u32,
    /// Who came, went away or left since the record before, by seat; the game hears it before the step.
    pub presence: [Option<Presence>; SEATS_MAX],
    /// What the step took.
    pub commands: Commands,
    /// Of the state after it.
    pub hash: Option<Hash>,
}

/// Whether a player is there, as the game knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// His connection is there.
    Here,
    /// It is not, but his seat is kept.
    Away,
    /// He is gone for good.
    Left,
}

/// What a room of this epoch is called in a journal.
pub fn room_key(room_id: &str, epoch: u64) -> u64 {
    let mut name = Vec::with_capacity(room_id.len() + 8);
    name.extend_from_slice(room_id.as_bytes());
    name.extend_from_slice(&epoch.to_le_bytes());
    hash(&name).0
}

/// Appends a record to a journal's entry.
pub fn push_frame(key: u64, record: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&key.to_le_bytes());
    push_prefixed(record, out);
}

/// Appends a record to a replay.
pub fn push_prefixed(record: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(record.len() as u16).to_le_bytes());
    out.extend_from_slice(record);
}

/// The room keys and records of a journal's entry, up to the first that is cut off.
pub fn frames(entry: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = entry;
    core::iter::from_fn(move || {
        let (key, _) = rest.split_first_chunk()?;
        let (record, after) = split_prefixed(rest.get(8..)?)?;
        rest = after;
        Some((u64::from_le_bytes(*key), record))
    })
}

/// The records of one room in a journal's entries.
pub fn records_of<'a>(
    key: u64,
    entries: impl Iterator<Item = &'a [u8]>,
) -> impl Iterator<Item = &'a [u8]> {
    entries
        .flat_map(frames)
        .filter(move |&(of, _)| of == key)
        .map(|(_, record)| record)
}

/// The records of a replay, without its header line, up to the first that is cut off.
pub fn prefixed(records: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = records;
    core::iter::from_fn(move || {
        let (record, after) = split_prefixed(rest)?;
        rest = after;
        Some(record)
    })
}

fn split_prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u16::from_le_bytes(*length).into())
}
