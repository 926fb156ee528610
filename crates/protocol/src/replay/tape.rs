//! Owns the records of a replay, where it is in them, and how its hashes compare.

use alloc::vec::Vec;
use core::ops::Range;

use game::{Commands, Hash};

use super::ReplayError;
use crate::journal::{Record, decode_record, peek_tick, prefixed};

#[derive(Clone, Debug)]
pub(super) struct Tape {
    bytes: Vec<u8>,
    /// Where each record is; the first one is that of tick 1.
    records: Vec<Range<u32>>,
    pub(super) at: Position,
    /// Hashes are compared once: up to this tick.
    compared: u32,
    pub(super) hashes: u32,
    pub(super) mismatches: u32,
    pub(super) first_mismatch: Option<u32>,
}

/// Between two records.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    pub(super) tick: u32,
    /// Of the record before.
    commands: Commands,
}

impl Tape {
    /// Records that must follow each other from tick 1 on.
    pub(super) fn new(bytes: &[u8]) -> Result<Self, ReplayError> {
        Ok(Self {
            records: index(bytes)?,
            bytes: bytes.to_vec(),
            at: Position::default(),
            compared: 0,
            hashes: 0,
            mismatches: 0,
            first_mismatch: None,
        })
    }

    pub(super) fn ticks(&self) -> u32 {
        self.records.len() as u32
    }

    /// The record that follows; None at the end.
    pub(super) fn next(&self) -> Result<Option<Record>, ReplayError> {
        let Some(range) = self.records.get(self.at.tick as usize) else {
            return Ok(None);
        };
        let bytes = &self.bytes[range.start as usize..range.end as usize];
        match decode_record(bytes, &self.at.commands) {
            Ok(record) => Ok(Some(record)),
            Err(why) => Err(ReplayError::Record {
                tick: self.at.tick + 1,
                why,
            }),
        }
    }

    /// Goes behind the record that follows.
    pub(super) fn pass(&mut self, record: &Record) {
        self.at = Position {
            tick: record.tick,
            commands: record.commands,
        };
    }

    /// Compares the hash of the record that was passed, unless that was done.
    pub(super) fn compare(&mut self, record: &Record, hash: impl FnOnce() -> Hash) {
        if record.tick <= self.compared {
            return;
        }
        self.compared = record.tick;
        let Some(expected) = record.hash else { return };
        self.hashes += 1;
        if hash() != expected {
            self.mismatches += 1;
            self.first_mismatch.get_or_insert(record.tick);
        }
    }
}

/// Where the records are, which must fill the bytes.
fn index(bytes: &[u8]) -> Result<Vec<Range<u32>>, ReplayError> {
    let mut records = Vec::new();
    let mut end = 0;
    for record in prefixed(bytes) {
        let last = records.len() as u32;
        if peek_tick(record) != Ok(last + 1) {
            return Err(ReplayError::Broken(last));
        }
        let start = end + 2;
        end = start + record.len() as u32;
        records.push(start..end);
    }
    if end as usize == bytes.len() {
        Ok(records)
    } else {
        Err(ReplayError::Broken(records.len() as u32))
    }
}
