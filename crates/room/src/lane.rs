//! Owns what must reach one seat, in order, and how much of it may wait.

use std::collections::VecDeque;

/// Messages that may wait for a slow client.
pub const LANE_MESSAGES_MAX: usize = 64;
/// Bytes that may wait for a slow client.
pub const LANE_BYTES_MAX: usize = 16 * 1024;

/// Messages that wait to be written. Emptied, it keeps its memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    bytes: VecDeque<u8>,
    lengths: VecDeque<usize>,
}

impl Lane {
    /// False when it is full: then the message is not in it.
    #[must_use]
    pub(crate) fn push(&mut self, message: &[u8]) -> bool {
        let fits = self.lengths.len() < LANE_MESSAGES_MAX
            && self.bytes.len() + message.len() <= LANE_BYTES_MAX;
        if fits {
            self.bytes.extend(message);
            self.lengths.push_back(message.len());
        }
        fits
    }

    /// Appends the oldest message; false when there is none.
    pub(crate) fn pop(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(length) = self.lengths.pop_front() else {
            return false;
        };
        out.extend(self.bytes.drain(..length));
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.lengths.clear();
    }
}
