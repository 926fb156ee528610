//! The records of a replay: the current position in them, and the comparison of state hashes.

use alloc::vec::Vec;
use core::ops::Range;

use game::{Hash, InputSchema, SeatInputs};

use super::ReplayError;
use crate::record::{Record, decode_record, peek_tick, prefixed};

#[derive(Clone, Debug)]
pub(super) struct Recording {
    bytes: Vec<u8>,
    /// The byte range of each record; the first record is that of tick 1.
    records: Vec<Range<u32>>,
    pub(super) at: Position,
    /// Hashes up to this tick have been compared.
    compared: u32,
    pub(super) hashes: u32,
    pub(super) mismatches: u32,
    pub(super) first_mismatch: Option<u32>,
}

/// A position between two records.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    pub(super) tick: u32,
    /// The inputs of the record before.
    inputs: SeatInputs,
}

impl Recording {
    /// Opens records, which must have consecutive ticks from tick 1 on.
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

    /// The next record; None at the end.
    pub(super) fn next(&self, schema: &InputSchema) -> Result<Option<Record>, ReplayError> {
        let Some(range) = self.records.get(self.at.tick as usize) else {
            return Ok(None);
        };
        let bytes = &self.bytes[range.start as usize..range.end as usize];
        match decode_record(schema, bytes, &self.at.inputs) {
            Ok(record) => Ok(Some(record)),
            Err(why) => Err(ReplayError::Record {
                tick: self.at.tick + 1,
                why,
            }),
        }
    }

    /// Moves the position after the next record.
    pub(super) fn advance(&mut self, record: &Record) {
        self.at = Position {
            tick: record.tick,
            inputs: record.inputs,
        };
    }

    /// Compares the hash of a record, once.
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

/// The byte ranges of the records. Together they must be all of the bytes.
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
