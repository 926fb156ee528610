//! What is sent to watchers, in parts.

use alloc::vec::Vec;

use super::{peek_tick, prefixed};
use crate::DecodeError;

/// A part of what is sent to watchers: the records of a replay, or the entries of a filtered recording. It ends with a
/// complete one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its length in bytes, including the length prefixes of the records.
    pub bytes: usize,
    /// The tick of its last record.
    pub tick: u32,
}

/// Joins records to parts of at most this many bytes, whose first and last tick are less than `ticks_max` apart. A
/// longer record is a part of its own.
#[derive(Debug)]
pub struct Parts {
    done: Vec<Part>,
    /// The first tick of the last part.
    first: u32,
    ticks_max: u32,
    bytes_max: usize,
}

impl Parts {
    /// No parts yet.
    pub const fn new(ticks_max: u32, bytes_max: usize) -> Self {
        Self {
            done: Vec::new(),
            first: 0,
            ticks_max,
            bytes_max,
        }
    }

    /// Adds the bytes of the next tick.
    pub fn push(&mut self, tick: u32, bytes: usize) {
        match self.done.last_mut() {
            Some(part)
                if part.bytes + bytes <= self.bytes_max && tick < self.first + self.ticks_max =>
            {
                part.bytes += bytes;
                part.tick = tick;
            }
            _ => {
                self.first = tick;
                self.done.push(Part { bytes, tick });
            }
        }
    }

    /// The parts, in order.
    pub fn into_vec(self) -> Vec<Part> {
        self.done
    }
}

/// Splits length-prefixed records into [`Parts`]. A truncated last record is left out.
pub fn parts(records: &[u8], ticks_max: u32, bytes_max: usize) -> Result<Vec<Part>, DecodeError> {
    let mut parts = Parts::new(ticks_max, bytes_max);
    for record in prefixed(records) {
        parts.push(peek_tick(record)?, record.len() + 2);
    }
    Ok(parts.into_vec())
}
