//! [`Journal`]: the Redis stream of a relay's worker. Each tick's records are handed to the kernel
//! before any player sees the tick, without blocking.
//!
//! A worker owns its journal and its connection, which [`connect_journal`] opens on another thread.
//! An entry stays in a bounded ring until Redis answers with its id. While Redis is slow or away
//! the ring fills; when it is full the oldest entries are dropped and counted. After a reconnect
//! all unanswered entries are sent again, so an entry may be in the stream twice and out of order:
//! its records are identified by room, epoch and tick.

mod connect;
mod read;
mod replies;
mod ring;
mod tls;

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

pub use connect::{JournalLink, connect_journal};

use crate::keys;
pub use read::Journals;
use replies::{Replies, Reply};
use ring::Ring;

/// The memory limit of unanswered entries.
const RING_BYTES_MAX: usize = 8 << 20;
/// About how many entries are kept in the stream.
const ENTRIES_MAX: &str = "7200";
/// How long the stream of a stopped worker is kept.
const TTL_SECONDS: &str = "3600";
const TTL_RENEWAL: Duration = Duration::from_mins(1);
/// The connection counts as dead when an answer is overdue by this time.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// Pause before a new connection after an error answer, which would probably repeat.
const ERROR_PAUSE: Duration = Duration::from_millis(500);
/// The most reads in one call of [`Journal::poll`].
const READS_MAX: u32 = 16;

/// A worker's journal. No method blocks.
#[derive(Debug)]
pub struct Journal {
    stream: String,
    ring: Ring,
    link: Option<Link>,
    last_id: String,
    ttl_due: Option<Instant>,
    no_link_before: Option<Instant>,
    input: Box<[u8]>,
}

#[derive(Debug)]
struct Link {
    socket: JournalLink,
    replies: Replies,
    /// Since when an answer is outstanding.
    silent_since: Option<Instant>,
}

impl Journal {
    /// Creates the journal of the worker with this number, without a connection.
    pub fn new(relay: &str, worker: usize) -> Self {
        let stream = stream(relay, worker);
        Self {
            ring: Ring::new(&stream, RING_BYTES_MAX),
            link: None,
            last_id: "0-0".to_owned(),
            ttl_due: None,
            no_link_before: None,
            input: vec![0; 4096].into_boxed_slice(),
            stream,
        }
    }

    /// The stream's name as checkpoints store it and [`Journals::read`] takes it:
    /// `<relay>:<worker>`.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// The id in Redis's last answer; `0-0` before the first.
    pub fn last_id(&self) -> &str {
        &self.last_id
    }

    /// The number and the bytes of the entries that Redis has not acknowledged.
    pub fn lag(&self) -> (usize, usize) {
        (self.ring.len(), self.ring.bytes())
    }

    /// How many entries were dropped because the ring was full.
    pub fn dropped(&self) -> u64 {
        self.ring.dropped()
    }

    /// Whether it needs a connection. Until then, entries stay in the ring.
    pub fn needs_link(&self) -> bool {
        self.link.is_none() && self.no_link_before.is_none_or(|at| at <= Instant::now())
    }

    /// Continues on a new connection: entries that are unacknowledged on the previous one are sent again.
    pub fn attach(&mut self, link: JournalLink) {
        self.ring.rewind();
        self.link = Some(Link {
            socket: link,
            replies: Replies::default(),
            silent_since: None,
        });
        self.send();
    }

    /// Hands one entry to the kernel, or keeps it in the ring while there is no connection or the
    /// socket's buffer is full.
    pub fn append(&mut self, entry: &[u8]) {
        let now = Instant::now();
        let is_ttl_due = self.ttl_due.is_none_or(|at| at <= now);
        if is_ttl_due {
            self.ttl_due = Some(now + TTL_RENEWAL);
        }
        if !self.ring.has_room(entry.len()) && !self.ring.make_room(entry.len()) {
            // The oldest entry is partly sent: it can only be dropped together with the connection.
            self.lose("the ring is full");
            self.ring.make_room(entry.len());
        }
        self.ring.push(entry, is_ttl_due);
        self.send();
    }

    /// Writes what the kernel accepts and reads Redis's answers. Must be called in every phase, even if nothing was
    /// appended.
    pub fn poll(&mut self) {
        self.send();
        self.receive();
        let now = Instant::now();
        let is_silent = |link: &Link| {
            let since = link.silent_since;
            since.is_some_and(|since| now.duration_since(since) > SILENCE_MAX)
        };
        if self.link.as_ref().is_some_and(is_silent) {
            self.lose("no answer");
        }
    }

    fn send(&mut self) {
        let Some(link) = &mut self.link else { return };
        let why = loop {
            let unsent = self.ring.unsent();
            if unsent[0].is_empty() && unsent[1].is_empty() {
                return;
            }
            match link.socket.write_vectored(&unsent) {
                Ok(0) => break "closed".to_owned(),
                Ok(sent) => {
                    self.ring.advance(sent);
                    link.silent_since.get_or_insert_with(Instant::now);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => break error.to_string(),
            }
        };
        self.lose(&why);
    }

    fn receive(&mut self) {
        for _ in 0..READS_MAX {
            let Some(link) = &mut self.link else { return };
            let why = match link.socket.read(&mut self.input) {
                Ok(0) => "closed".to_owned(),
                Ok(n) => {
                    link.replies.feed(&self.input[..n]);
                    match self.take_replies() {
                        Ok(()) => continue,
                        Err(why) => {
                            self.no_link_before = Some(Instant::now() + ERROR_PAUSE);
                            why
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => error.to_string(),
            };
            self.lose(&why);
        }
    }

    fn take_replies(&mut self) -> Result<(), String> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        while let Some(reply) = link.replies.next()? {
            match reply {
                Reply::Id(id) => {
                    if !self.ring.acknowledge() {
                        return Err("an answer without a command".to_owned());
                    }
                    self.last_id.clear();
                    self.last_id.push_str(id);
                }
                Reply::Number => {}
                Reply::Error(text) => return Err(text.to_owned()),
            }
        }
        link.silent_since = self.ring.is_answer_due().then(Instant::now);
        Ok(())
    }

    fn lose(&mut self, why: &str) {
        if self.link.take().is_some() {
            tracing::warn!(journal = self.stream, why, "journal connection lost");
        }
        self.ring.rewind();
    }
}

fn stream(relay: &str, worker: usize) -> String {
    format!("{relay}:{worker}")
}

/// A command encoded for Redis.
fn command(words: &[&str]) -> Vec<u8> {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command.get_packed_command()
}

fn expire(stream: &str) -> Vec<u8> {
    command(&["EXPIRE", &keys::journal(stream), TTL_SECONDS])
}
