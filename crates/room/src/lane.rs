//! Owns what must reach one seat, in order, and how much of it may wait.

use std::collections::VecDeque;

use protocol::Form;

/// Messages that may wait for a slow client.
pub const LANE_MESSAGES_MAX: usize = 64;
/// Bytes that may wait for a slow client.
pub const LANE_BYTES_MAX: usize = 32 * 1024;

/// Messages that wait to be written. Emptied, it keeps its memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    bytes: VecDeque<u8>,
    messages: VecDeque<(Form, usize)>,
}

impl Lane {
    /// False when it is full: then the message is not in it.
    #[must_use]
    pub(crate) fn push(&mut self, form: Form, message: &[u8]) -> bool {
        let fits = self.messages.len() < LANE_MESSAGES_MAX
            && self.bytes.len() + message.len() <= LANE_BYTES_MAX;
        if fits {
            self.bytes.extend(message);
            self.messages.push_back((form, message.len()));
        }
        fits
    }

    /// Appends the oldest message; None when there is none.
    pub(crate) fn pop(&mut self, out: &mut Vec<u8>) -> Option<Form> {
        let (form, length) = self.messages.pop_front()?;
        out.extend(self.bytes.drain(..length));
        Some(form)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.messages.clear();
    }
}
