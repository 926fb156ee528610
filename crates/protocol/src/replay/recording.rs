//! The records of a replay: the current position in them, and the comparison of state hashes.

use alloc::vec::Vec;
use core::ops::Range;

use game::{Hash, InputSchema, SeatInputs};

use super::ReplayError;
use crate::record::{Record, decode_record, peek_ticks, prefixed};

#[derive(Clone, Debug)]
pub(super) struct Recording {
    bytes: Vec<u8>,
    /// The tick and the byte range of each record. The ticks between two records passed without a
    /// step.
    records: Vec<(u32, Range<u32>)>,
    pub(super) at: Position,
    /// Hashes up to this tick have been compared.
    compared: u32,
    pub(super) hashes: u32,
    pub(super) mismatches: u32,
    pub(super) first_mismatch: Option<u32>,
}

/// A position between two records.
#[derive(Clone, Debug)]
pub(super) struct Position {
    pub(super) tick: u32,
    /// Records before it.
    record: usize,
    /// The inputs of the record before.
    inputs: SeatInputs,
}

impl Recording {
    /// Opens records, which must follow each other from tick 1 on.
    pub(super) fn new(slots: usize, bytes: &[u8]) -> Result<Self, ReplayError> {
        Ok(Self {
            records: index(slots, bytes)?,
            bytes: bytes.to_vec(),
            at: Position {
                tick: 0,
                record: 0,
                inputs: SeatInputs::neutral(slots),
            },
            compared: 0,
            hashes: 0,
            mismatches: 0,
            first_mismatch: None,
        })
    }

    pub(super) fn ticks(&self) -> u32 {
        self.records.last().map_or(0, |(tick, _)| *tick)
    }

    /// Whether the next tick passed without a step.
    pub(super) fn is_idle(&self) -> bool {
        let next = self.records.get(self.at.record);
        next.is_some_and(|(tick, _)| self.at.tick + 1 < *tick)
    }

    /// Moves on by a tick without a step.
    pub(super) fn pass(&mut self) {
        self.at.tick += 1;
    }

    /// The record of the next tick; None at the end. The ticks without a step before it have passed.
    pub(super) fn next(&self, schema: &InputSchema) -> Result<Option<Record>, ReplayError> {
        let Some((_, range)) = self.records.get(self.at.record) else {
            return Ok(None);
        };
        let bytes = &self.bytes[range.start as usize..range.end as usize];
        match decode_record(schema, bytes, &self.at.inputs) {
            Ok(record) => Ok(Some(Record { idle: 0, ..record })),
            Err(why) => Err(ReplayError::Record {
                tick: self.at.tick + 1,
                why,
            }),
        }
    }

    /// Moves the position after the next record.
    pub(super) fn advance(&mut self, record: Record) {
        self.at = Position {
            tick: record.tick,
            record: self.at.record + 1,
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
fn index(slots: usize, bytes: &[u8]) -> Result<Vec<(u32, Range<u32>)>, ReplayError> {
    let mut records = Vec::new();
    let (mut end, mut last) = (0, 0);
    for record in prefixed(bytes) {
        match peek_ticks(slots, record) {
            Ok(ticks) if *ticks.start() == last + 1 => last = *ticks.end(),
            _ => return Err(ReplayError::Broken(last)),
        }
        let start = end + 2;
        end = start + record.len() as u32;
        records.push((last, start..end));
    }
    if end as usize == bytes.len() {
        Ok(records)
    } else {
        Err(ReplayError::Broken(last))
    }
}
