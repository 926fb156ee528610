//! The bounded queues, in both directions, between a worker and the task of a WebTransport session.

use std::collections::VecDeque;
use std::mem::swap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use protocol::stream::{HEAD_BYTES, encode_head};
use protocol::{CloseCode, Form};
use tokio::sync::Notify;
use web_transport_quinn::Session as Connection;

use crate::worker::messages::End;

/// Maximum number of stream messages that the worker has not read. At this number, the task stops reading the stream.
const MESSAGES_MAX: usize = 16;
/// Maximum number of datagrams that the worker has not read; beyond it the oldest is dropped. The worker reads every
/// tick, so a client that fills the queue in two ticks exceeds its rate.
const DATAGRAMS_MAX: usize = 32;
/// With more unsent bytes of the stream than this, the session counts as blocked.
const BLOCKED_BYTES: usize = 16 * 1024;
/// More than a room's reliable queue and a snapshot have together.
const UNSENT_BYTES_MAX: usize = 256 * 1024;

/// How a session is closed for the client. None: the client is gone.
pub(crate) type Closed = Option<(u16, String)>;

/// Both directions of a session.
pub(crate) struct Pipe {
    pub(crate) connection: Connection,
    /// The host by which the client reaches this endpoint.
    pub(crate) host: String,
    incoming: Mutex<Incoming>,
    has_incoming: AtomicBool,
    /// The worker has taken a message of the stream.
    taken: Notify,
    outgoing: Mutex<Outgoing>,
    /// Bytes of the stream that were not yet passed to QUIC.
    unsent: AtomicUsize,
    /// The worker has written something, or ends the session.
    written: Notify,
    /// The worker ends the session.
    ended: Notify,
    /// The number of the session's room, if the room sleeps.
    wakes: OnceLock<u64>,
}

#[derive(Default)]
struct Incoming {
    messages: VecDeque<(Form, Bytes)>,
    datagrams: VecDeque<Bytes>,
    end: Option<End>,
}

#[derive(Default)]
struct Outgoing {
    bytes: Vec<u8>,
    closed: Option<Closed>,
}

impl Pipe {
    pub(crate) fn new(connection: Connection, host: String) -> Self {
        Self {
            connection,
            host,
            incoming: Mutex::default(),
            has_incoming: AtomicBool::new(false),
            taken: Notify::new(),
            outgoing: Mutex::default(),
            unsent: AtomicUsize::new(0),
            written: Notify::new(),
            ended: Notify::new(),
            wakes: OnceLock::new(),
        }
    }
}

/// The worker's side. No call waits.
impl Pipe {
    /// Sets the sleeping room that a message wakes.
    pub(crate) fn set_wakes(&self, room: u64) {
        let _ = self.wakes.set(room);
    }

    pub(crate) fn has_incoming(&self) -> bool {
        self.has_incoming.load(Ordering::Acquire)
    }

    /// Takes the next message. The end of the session comes after the last one.
    pub(crate) fn poll(&self) -> Result<Option<(Form, Bytes)>, End> {
        if !self.has_incoming() {
            return Ok(None);
        }
        let mut incoming = self.incoming.lock();
        if let Some(message) = incoming.messages.pop_front() {
            self.taken.notify_one();
            return Ok(Some(message));
        }
        if let Some(datagram) = incoming.datagrams.pop_front() {
            return Ok(Some((Form::Binary, datagram)));
        }
        if let Some(end) = incoming.end {
            return Err(end);
        }
        self.has_incoming.store(false, Ordering::Release);
        Ok(None)
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.unsent.load(Ordering::Relaxed) > BLOCKED_BYTES
    }

    /// Queues a message for the stream. [`Pipe::flush`] sends it.
    pub(crate) fn write(&self, form: Form, bytes: &[u8]) -> Result<(), End> {
        let length = HEAD_BYTES + bytes.len();
        if self.unsent.load(Ordering::Relaxed) + length > UNSENT_BYTES_MAX {
            return Err(CloseCode::TooSlow.into());
        }
        let mut outgoing = self.outgoing.lock();
        let head = encode_head(form, bytes.len());
        outgoing.bytes.extend_from_slice(&head);
        outgoing.bytes.extend_from_slice(bytes);
        self.unsent.fetch_add(length, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn flush(&self) {
        self.written.notify_one();
    }

    /// Ends the session after everything is sent.
    pub(crate) fn close(&self, closed: Closed) {
        self.outgoing.lock().closed.get_or_insert(closed);
        self.written.notify_one();
        self.ended.notify_one();
    }
}

/// The task's side.
impl Pipe {
    /// Queues a datagram. Returns the room to wake, if it sleeps and nothing was queued before.
    pub(crate) fn push_datagram(&self, datagram: Bytes) -> Option<u64> {
        let mut incoming = self.incoming.lock();
        if incoming.datagrams.len() == DATAGRAMS_MAX {
            incoming.datagrams.pop_front();
        }
        incoming.datagrams.push_back(datagram);
        self.note_incoming()
    }

    /// The same for a message of the stream. Waits while too many messages are unread.
    pub(crate) async fn push_message(&self, form: Form, bytes: Bytes) -> Option<u64> {
        loop {
            {
                let mut incoming = self.incoming.lock();
                if incoming.messages.len() < MESSAGES_MAX {
                    incoming.messages.push_back((form, bytes));
                    return self.note_incoming();
                }
            }
            self.taken.notified().await;
        }
    }

    /// The same for the end of the session.
    pub(crate) fn push_end(&self, end: End) -> Option<u64> {
        self.incoming.lock().end.get_or_insert(end);
        self.note_incoming()
    }

    fn note_incoming(&self) -> Option<u64> {
        let was_known = self.has_incoming.swap(true, Ordering::AcqRel);
        self.wakes.get().copied().filter(|_| !was_known)
    }

    /// Waits for bytes to send, which replace the content of `bytes`. Returns true if the session ends after them.
    pub(crate) async fn take_outgoing(&self, bytes: &mut Vec<u8>) -> bool {
        bytes.clear();
        loop {
            {
                let mut outgoing = self.outgoing.lock();
                let is_last = outgoing.closed.is_some();
                if is_last || !outgoing.bytes.is_empty() {
                    swap(&mut outgoing.bytes, bytes);
                    return is_last;
                }
            }
            self.written.notified().await;
        }
    }

    /// Waits until the worker ends the session. Only one task may wait.
    pub(crate) async fn ended(&self) {
        while self.outgoing.lock().closed.is_none() {
            self.ended.notified().await;
        }
    }

    /// The close code with which the worker ended the session.
    pub(crate) fn closed(&self) -> Closed {
        self.outgoing.lock().closed.clone().flatten()
    }

    /// Handles that these bytes were passed to QUIC. Returns true if the session was blocked before.
    pub(crate) fn note_sent(&self, bytes: usize) -> bool {
        self.unsent.fetch_sub(bytes, Ordering::Relaxed) > BLOCKED_BYTES
    }

    /// The room to wake when the session is no longer blocked.
    pub(crate) fn sleeping(&self) -> Option<u64> {
        self.wakes.get().copied()
    }
}
