//! The records of a replay: the current position in them, and the comparison of state hashes.

use alloc::vec::Vec;

use game::{Hash, InputSchema, SeatInputs};

use super::ReplayError;
use crate::record::{Record, decode_record, peek_ticks, prefixed};

#[derive(Clone, Debug)]
pub(super) struct Recording {
    bytes: Vec<u8>,
    /// The tick of each record, and where its bytes end. Ticks between two records passed without
    /// a step.
    records: Vec<(u32, u32)>,
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
    /// The bytes of the records before it.
    end: u32,
    /// The number of records before it.
    record: usize,
    /// The inputs of the record before.
    inputs: SeatInputs,
}

impl Recording {
    /// Opens records, which must be consecutive from tick 1 on.
    pub(super) fn new(slots: usize, bytes: &[u8]) -> Result<Self, ReplayError> {
        let mut recording = Self {
            records: Vec::new(),
            bytes: Vec::new(),
            at: Position {
                tick: 0,
                end: 0,
                record: 0,
                inputs: SeatInputs::neutral(slots),
            },
            compared: 0,
            hashes: 0,
            mismatches: 0,
            first_mismatch: None,
        };
        recording.append(bytes).map_err(ReplayError::Broken)?;
        Ok(recording)
    }

    /// Appends records, which must be consecutive and follow the last one. The error is the last tick before
    /// the first record that does not; nothing is appended then.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), u32> {
        let known = self.records.len();
        let end = self.index(bytes);
        if u32::try_from(self.bytes.len() + bytes.len()) == Ok(end) {
            self.bytes.extend_from_slice(bytes);
            return Ok(());
        }
        let last = self.ticks();
        self.records.truncate(known);
        Err(last)
    }

    /// Indexes the records up to the first one that does not follow. Returns the end of the indexed
    /// bytes.
    fn index(&mut self, bytes: &[u8]) -> u32 {
        let (mut end, mut last) = (self.bytes.len() as u32, self.ticks());
        for record in prefixed(bytes) {
            match peek_ticks(self.at.inputs.len(), record) {
                Ok(ticks) if *ticks.start() == last + 1 => last = *ticks.end(),
                _ => break,
            }
            end += 2 + record.len() as u32;
            self.records.push((last, end));
        }
        end
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

    /// The record of the next tick; None at the end. The ticks without a step before it must have passed.
    pub(super) fn next(&self, schema: &InputSchema) -> Result<Option<Record>, ReplayError> {
        let Some(&(_, end)) = self.records.get(self.at.record) else {
            return Ok(None);
        };
        let bytes = &self.bytes[self.at.end as usize + 2..end as usize];
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
            end: self.records[self.at.record].1,
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
