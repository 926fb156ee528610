//! The queue of reliable messages to one seat, with limits on its size and on how long a message
//! waits.

use std::collections::VecDeque;

use protocol::Form;

/// How many messages may wait for a slow client.
pub const QUEUE_MESSAGES_MAX: usize = 64;
/// How many bytes may wait for a slow client.
pub const QUEUE_BYTES_MAX: usize = 32 * 1024;
/// How many answers to refused messages may wait for a slow client, in addition to the other messages.
/// Each is short, and there is at most one for each message of the client, so a client that reads
/// never reaches the limit.
pub const QUEUE_REFUSALS_MAX: usize = 300;

/// A message of low priority waits for the next snapshot, to share its write, for fewer frames (1/60 s) than
/// this.
pub const QUEUE_FRAMES_MAX: u32 = 3;

/// Messages to be written. It keeps its memory when it is emptied.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReliableQueue {
    bytes: VecDeque<u8>,
    messages: VecDeque<Entry>,
    /// How many of the messages are answers to refused messages.
    refusals: usize,
    refusal_bytes: usize,
    /// Contains a message that may not wait for a snapshot.
    is_urgent: bool,
    /// How long the oldest message has waited.
    waited_frames: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    form: Form,
    length: usize,
    is_refusal: bool,
}

/// How soon a message must be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    AtOnce,
    /// With the next snapshot, or after [`QUEUE_FRAMES_MAX`].
    WithSnapshot,
}

impl ReliableQueue {
    /// Queues a message. False: the queue is full and the message is not in it.
    #[must_use]
    pub(crate) fn push(&mut self, form: Form, message: &[u8], priority: Priority) -> bool {
        let fits = self.messages.len() - self.refusals < QUEUE_MESSAGES_MAX
            && self.bytes.len() - self.refusal_bytes + message.len() <= QUEUE_BYTES_MAX;
        if fits {
            self.append(form, message, false);
            self.is_urgent |= priority == Priority::AtOnce;
        }
        fits
    }

    /// Queues the answer to a refused message, as text. False: too many answers wait and this one
    /// is not in the queue.
    #[must_use]
    pub(crate) fn push_refusal(&mut self, message: &[u8]) -> bool {
        let fits = self.refusals < QUEUE_REFUSALS_MAX;
        if fits {
            self.append(Form::Text, message, true);
            self.refusals += 1;
            self.refusal_bytes += message.len();
            self.is_urgent = true;
        }
        fits
    }

    fn append(&mut self, form: Form, message: &[u8], is_refusal: bool) {
        self.bytes.extend(message);
        self.messages.push_back(Entry {
            form,
            length: message.len(),
            is_refusal,
        });
    }

    /// Removes the oldest message and appends it to `out`; None if there is none.
    pub(crate) fn pop(&mut self, out: &mut Vec<u8>) -> Option<Form> {
        let entry = self.messages.pop_front()?;
        out.extend(self.bytes.drain(..entry.length));
        if entry.is_refusal {
            self.refusals -= 1;
            self.refusal_bytes -= entry.length;
        }
        if self.is_empty() {
            (self.is_urgent, self.waited_frames) = (false, 0);
        }
        Some(entry.form)
    }

    /// Advances by this many frames.
    pub(crate) fn handle_frames(&mut self, frames: u32) {
        if !self.is_empty() {
            self.waited_frames = self.waited_frames.saturating_add(frames);
        }
        self.is_urgent |= self.waited_frames >= QUEUE_FRAMES_MAX;
    }

    /// Whether a message must be sent now, with or without a snapshot.
    pub(crate) fn is_urgent(&self) -> bool {
        self.is_urgent
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.messages.clear();
        (self.refusals, self.refusal_bytes) = (0, 0);
        (self.is_urgent, self.waited_frames) = (false, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks for how many frames a queue with these messages waits for a snapshot that is not due.
    fn check(messages: &[Priority], expected: u32) {
        let mut reliable_queue = ReliableQueue::default();
        for &priority in messages {
            assert!(reliable_queue.push(Form::Binary, b"hit", priority));
        }
        let mut waited = 0;
        while !reliable_queue.is_urgent() {
            reliable_queue.handle_frames(1);
            waited += 1;
        }
        assert_eq!(waited, expected, "{messages:?}");
        while reliable_queue.pop(&mut Vec::new()).is_some() {}
        assert!(!reliable_queue.is_urgent(), "empty after {messages:?}");
    }

    #[test]
    fn low_priority_messages_wait_for_a_snapshot_for_three_frames() {
        check(&[Priority::WithSnapshot], QUEUE_FRAMES_MAX);
        check(
            &[Priority::WithSnapshot, Priority::WithSnapshot],
            QUEUE_FRAMES_MAX,
        );
        check(&[Priority::AtOnce], 0);
        check(&[Priority::WithSnapshot, Priority::AtOnce], 0);
    }
}
