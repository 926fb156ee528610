//! Records in parts, as they are sent to watchers.

use alloc::vec::Vec;

use super::{peek_tick, prefixed};
use crate::DecodeError;

/// A part of the records of a replay. It ends with a complete record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its length in bytes, including the length prefixes of the records.
    pub bytes: usize,
    /// The tick of its last record.
    pub tick: u32,
}

/// Splits length-prefixed records into parts of at most this many bytes, whose first and last tick are less than
/// `ticks_max` apart. A longer record is a part of its own. A truncated last record is left out.
pub fn parts(records: &[u8], ticks_max: u32, bytes_max: usize) -> Result<Vec<Part>, DecodeError> {
    let mut parts: Vec<Part> = Vec::new();
    let mut first = 0;
    for record in prefixed(records) {
        let (tick, bytes) = (peek_tick(record)?, record.len() + 2);
        match parts.last_mut() {
            Some(part) if part.bytes + bytes <= bytes_max && tick < first + ticks_max => {
                part.bytes += bytes;
                part.tick = tick;
            }
            _ => {
                first = tick;
                parts.push(Part { bytes, tick });
            }
        }
    }
    Ok(parts)
}
