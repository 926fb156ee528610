//! Readiness of a worker's sockets. The worker polls the kernel once a phase, and each socket keeps
//! the result.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use mio::event::{Event, Source};
use mio::{Events, Interest, Poll, Token};

/// Maximum number of events in one poll.
const EVENTS: usize = 1024;

/// Edge-triggered: the kernel reports once that a socket has become ready.
#[derive(Debug)]
pub(crate) struct Poller {
    poll: Poll,
    events: Events,
    /// By token. The entry of a dropped socket is reused.
    ready: Vec<Arc<Ready>>,
}

/// What one socket is ready for, until a read or a write would block.
#[derive(Debug)]
pub(crate) struct Ready {
    readable: AtomicBool,
    writable: AtomicBool,
    /// The peer closed its side, or the connection broke: a read always returns something.
    ended: AtomicBool,
}

impl Poller {
    /// Fails if the system cannot create a poller.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            ready: Vec::new(),
        })
    }

    /// Watches a socket until it is dropped.
    pub(crate) fn register(&mut self, socket: &mut impl Source) -> io::Result<Arc<Ready>> {
        let is_free = |ready: &Arc<Ready>| Arc::strong_count(ready) == 1;
        let at = self.ready.iter().position(is_free).unwrap_or_else(|| {
            self.ready.push(Arc::default());
            self.ready.len() - 1
        });
        self.ready[at] = Arc::default();
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket, Token(at), interest)?;
        Ok(self.ready[at].clone())
    }

    /// Fetches the kernel's events, without waiting.
    pub(crate) fn poll(&mut self) {
        loop {
            match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return tracing::error!(%error, "the sockets cannot be polled"),
            }
            let mut count = 0;
            for event in &self.events {
                count += 1;
                if let Some(ready) = self.ready.get(event.token().0) {
                    ready.note(event);
                }
            }
            if count < EVENTS {
                return;
            }
        }
    }
}

impl Default for Ready {
    /// The first read and the first write find out what a new socket is ready for.
    fn default() -> Self {
        Self {
            readable: AtomicBool::new(true),
            writable: AtomicBool::new(true),
            ended: AtomicBool::new(false),
        }
    }
}

impl Ready {
    pub(crate) fn is_readable(&self) -> bool {
        self.readable.load(Relaxed)
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.writable.load(Relaxed)
    }

    /// Everything was read.
    pub(crate) fn set_drained(&self) {
        self.readable.store(self.ended.load(Relaxed), Relaxed);
    }

    /// The kernel takes no more.
    pub(crate) fn set_full(&self) {
        self.writable.store(false, Relaxed);
    }

    fn note(&self, event: &Event) {
        if event.is_read_closed() || event.is_error() {
            self.ended.store(true, Relaxed);
        }
        if event.is_readable() || self.ended.load(Relaxed) {
            self.readable.store(true, Relaxed);
        }
        if event.is_writable() || event.is_error() || event.is_write_closed() {
            self.writable.store(true, Relaxed);
        }
    }
}
