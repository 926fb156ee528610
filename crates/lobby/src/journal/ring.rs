//! [`Ring`]: the bounded buffer of a journal's unanswered entries, encoded as Redis commands,
//! oldest first.

use std::collections::VecDeque;
use std::io::{IoSlice, Write};

use super::{ENTRIES_MAX, expire};
use crate::keys;

/// The most bytes of an entry's length, including its framing.
const FRAME_BYTES_MAX: usize = 32;

/// Pushing allocates nothing once the buffer has grown to its working size.
#[derive(Debug)]
pub(super) struct Ring {
    /// The bytes before each entry, and the command that renews the stream's TTL.
    head: Vec<u8>,
    expire: Vec<u8>,
    bytes: VecDeque<u8>,
    /// One for each entry.
    lengths: VecDeque<usize>,
    /// How many of the first entries the kernel has accepted completely.
    sent: usize,
    /// The bytes that the kernel has accepted, and how many of them belong to a partly sent entry.
    sent_bytes: usize,
    partial: usize,
    /// Entries dropped after the kernel had accepted them. Their answers, if any, come before the others.
    ghosts: usize,
    dropped: u64,
    bytes_max: usize,
}

impl Ring {
    pub(super) fn new(stream: &str, bytes_max: usize) -> Self {
        let key = keys::journal(stream);
        let words = ["XADD", &key, "MAXLEN", "~", ENTRIES_MAX, "*", "e", ""];
        let mut head = super::command(&words);
        // Remove the empty entry and its length.
        head.truncate(head.len() - "$0\r\n\r\n".len());
        Self {
            head,
            expire: expire(stream),
            bytes: VecDeque::new(),
            lengths: VecDeque::new(),
            sent: 0,
            sent_bytes: 0,
            partial: 0,
            ghosts: 0,
            dropped: 0,
            bytes_max,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn has_room(&self, entry_bytes: usize) -> bool {
        self.bytes.len() + self.need(entry_bytes) <= self.bytes_max
    }

    /// Drops the oldest entries until a new one fits, if it can ever fit. False: the oldest entry is partly sent and
    /// cannot be dropped while its connection is in use.
    pub(super) fn make_room(&mut self, entry_bytes: usize) -> bool {
        if self.need(entry_bytes) > self.bytes_max {
            return true;
        }
        while !self.has_room(entry_bytes) && !self.lengths.is_empty() {
            if self.sent > 0 {
                self.pop_sent();
                self.ghosts += 1;
            } else if self.partial > 0 {
                return false;
            } else {
                self.pop();
                self.dropped += 1;
            }
        }
        true
    }

    /// Adds an entry. One that would never fit is dropped.
    pub(super) fn push(&mut self, entry: &[u8], renew_ttl: bool) {
        if !self.has_room(entry.len()) {
            self.dropped += 1;
            return;
        }
        let before = self.bytes.len();
        let mut length = [0; FRAME_BYTES_MAX];
        let mut rest = &mut length[..];
        // The buffer is large enough for any length.
        let _ = write!(rest, "${}\r\n", entry.len());
        let written = FRAME_BYTES_MAX - rest.len();
        self.bytes.extend(&self.head);
        self.bytes.extend(&length[..written]);
        self.bytes.extend(entry);
        self.bytes.extend(b"\r\n");
        if renew_ttl {
            self.bytes.extend(&self.expire);
        }
        self.lengths.push_back(self.bytes.len() - before);
    }

    /// The bytes that the kernel has not accepted yet.
    pub(super) fn unsent(&self) -> [IoSlice<'_>; 2] {
        let (first, second) = self.bytes.as_slices();
        let skip = self.sent_bytes.min(first.len());
        let skip_second = self.sent_bytes - skip;
        [
            IoSlice::new(&first[skip..]),
            IoSlice::new(&second[skip_second..]),
        ]
    }

    /// Records that the kernel has accepted this number of further bytes.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.sent_bytes += bytes;
        self.partial += bytes;
        while let Some(length) = self.lengths.get(self.sent)
            && self.partial >= *length
        {
            self.partial -= *length;
            self.sent += 1;
        }
    }

    /// Removes the oldest sent entry, which is answered. False: there was none.
    pub(super) fn acknowledge(&mut self) -> bool {
        if self.ghosts > 0 {
            self.ghosts -= 1;
        } else if self.sent > 0 {
            self.pop_sent();
        } else {
            return false;
        }
        true
    }

    /// Whether an answer is outstanding.
    pub(super) fn is_answer_due(&self) -> bool {
        self.sent + self.ghosts > 0
    }

    /// Resets the ring after the connection was lost: everything unanswered will be sent again, and the dropped
    /// entries are lost.
    pub(super) fn rewind(&mut self) {
        self.dropped += self.ghosts as u64;
        self.ghosts = 0;
        self.sent = 0;
        self.sent_bytes = 0;
        self.partial = 0;
    }

    fn need(&self, entry_bytes: usize) -> usize {
        self.head.len() + FRAME_BYTES_MAX + entry_bytes + self.expire.len()
    }

    fn pop_sent(&mut self) {
        self.sent -= 1;
        self.sent_bytes -= self.pop();
    }

    fn pop(&mut self) -> usize {
        let length = self.lengths.pop_front().unwrap_or(0);
        self.bytes.drain(..length);
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(ring: &Ring) -> String {
        let bytes: Vec<u8> = ring
            .unsent()
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn an_entry_is_one_command_and_a_ttl_renewal_another() {
        let mut ring = Ring::new("r:0", 1000);
        ring.push(b"abc", false);
        expect_test::expect![[r#""*8\r\n$4\r\nXADD\r\n$11\r\njournal:r:0\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$4\r\n7200\r\n$1\r\n*\r\n$1\r\ne\r\n$3\r\nabc\r\n""#]]
            .assert_eq(&format!("{:?}", text(&ring)));
        ring.advance(ring.bytes());
        ring.push(b"", true);
        expect_test::expect![[r#""*8\r\n$4\r\nXADD\r\n$11\r\njournal:r:0\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$4\r\n7200\r\n$1\r\n*\r\n$1\r\ne\r\n$0\r\n\r\n*3\r\n$6\r\nEXPIRE\r\n$11\r\njournal:r:0\r\n$4\r\n3600\r\n""#]]
            .assert_eq(&format!("{:?}", text(&ring)));
    }

    /// Random pushes, partial writes, answers and lost connections, compared with a simple count of entries.
    #[test]
    fn every_lost_entry_is_counted() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % below as u64) as usize
        };
        let mut ring = Ring::new("r:0", 4096);
        let (mut pushed, mut answered, mut capacity) = (0_u64, 0_u64, 0);
        for step in 0..200_000 {
            match random(5) {
                0 | 1 => {
                    let entry = vec![b'x'; random(300)];
                    if !ring.has_room(entry.len()) && !ring.make_room(entry.len()) {
                        ring.rewind();
                        assert!(ring.make_room(entry.len()));
                    }
                    ring.push(&entry, random(10) == 0);
                    pushed += 1;
                }
                2 => {
                    let unsent: usize = ring.unsent().iter().map(|slice| slice.len()).sum();
                    ring.advance(random(unsent + 1));
                }
                3 => {
                    let ghosts = ring.ghosts;
                    let was_due = ring.is_answer_due();
                    assert_eq!(ring.acknowledge(), was_due, "step {step}");
                    // An answered ghost was neither lost nor in the ring.
                    answered += u64::from(was_due);
                    assert!(ring.ghosts <= ghosts);
                }
                _ if random(20) == 0 => ring.rewind(),
                _ => {}
            }
            assert!(ring.bytes() <= 4096, "step {step}");
            let held = (ring.len() + ring.ghosts) as u64;
            assert_eq!(pushed, answered + ring.dropped() + held, "step {step}");
            if step == 100_000 {
                capacity = ring.bytes.capacity();
            }
        }
        assert_eq!(ring.bytes.capacity(), capacity, "the ring stopped growing");
    }
}
