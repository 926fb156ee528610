//! Records: the inputs of a match, tick by tick, in the journal and in a replay. docs/replay.md
//! specifies the format.
//!
//! A [`Record`] has the data that re-simulates one tick from the state before it, and once a
//! second the hash of the state after it. [`MatchState`] applies records: a room, its successor and
//! a replay all use it.

mod actions;
mod bits;
mod joins;
mod match_state;
mod parts;
mod presence;

use alloc::vec::Vec;

use game::command::Command;
use game::{Hash, Rate, SEATS_MAX, Seat, SeatInputs, hash};

pub use bits::{decode_record, encode_record, peek_tick, peek_ticks};
pub use joins::{JOIN_BYTES_MAX, JOINS_MAX, Join};
pub use match_state::MatchState;
pub use parts::{Part, Parts, parts};
pub use presence::{Presence, PresenceChanges, Presences};

/// Maximum size of a record without actions, in bytes: 64 seats with inputs of 64 bits. With
/// five seats and the pad it is 40 bytes.
pub const RECORD_BYTES_MAX: usize = record_bytes_max(SEATS_MAX);
/// The maximum number of actions in a record.
pub const ACTIONS_MAX: usize = 16;
/// Maximum size of a record, in bytes: each action has a text of at most 800 bytes and 70 more
/// bytes; each join has 2 bytes in addition to its player.
pub const RECORD_LONG_BYTES_MAX: usize =
    RECORD_BYTES_MAX + 2 + ACTIONS_MAX * 870 + 20 + JOINS_MAX * (JOIN_BYTES_MAX + 2);

/// Maximum size of a record without actions of this number of seats, in bytes: with inputs of 64
/// bits in 16 fields.
pub const fn record_bytes_max(slots: usize) -> usize {
    const HEAD_BITS: usize = 26 + 1 + 1 + 1 + 64;
    // One bit for a change, four angles and twelve other fields of 64 bits with 24 bits for their
    // changes, and a view delay.
    const INPUT_BITS: usize = 1 + 64 + 24 + 11;
    (HEAD_BITS + slots * (2 + INPUT_BITS)).div_ceil(8)
}

// A length of two bytes precedes a record.
const _: () = assert!(record_bytes_max(5) == 76 && RECORD_LONG_BYTES_MAX < 1 << 16);

/// Ticks between two state hashes: a second.
#[inline]
pub const fn hash_ticks(rate: Rate) -> u32 {
    rate.ticks_per_second()
}

/// The inputs of one tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The tick that the state shows after it. If its presence ends the match, no step follows, and
    /// the state stays at the tick before.
    pub tick: u32,
    /// Ticks before it, since the previous record, that passed without a step: 0 except in a game of
    /// [`Rate::OnCommand`].
    pub idle: u32,
    /// Players who join the running match, in order; applied before the presence changes.
    pub joins: Vec<Join>,
    /// Presence changes since the previous record, by seat; applied before the step.
    pub presence: PresenceChanges,
    /// The players' commands in the game's sense ([`game::command`]), in order; applied before the
    /// step.
    pub actions: Vec<Action>,
    /// The inputs of the step.
    pub inputs: SeatInputs,
    /// Hash of the state after the tick.
    pub hash: Option<Hash>,
}

impl Record {
    /// A record of tick 0 in which nothing happens.
    pub fn new(slots: usize) -> Self {
        Self {
            tick: 0,
            idle: 0,
            joins: Vec::new(),
            presence: PresenceChanges::NONE,
            actions: Vec::new(),
            inputs: SeatInputs::neutral(slots),
            hash: None,
        }
    }
}

/// A player's command in the game's sense: requested once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The player's seat.
    pub seat: Seat,
    /// The sender's id of the command.
    pub id: u32,
    /// The command for the game.
    pub command: Command,
}

/// The key of a room and epoch in a journal.
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

/// The room keys and records of a journal's entry, up to the first truncated one.
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

/// The records of a replay, without its header line, up to the first truncated one.
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
