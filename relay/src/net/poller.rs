//! Readiness of a worker's sockets. The worker polls the kernel once per phase, and each socket stores the result.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use mio::event::{Event, Source};
use mio::{Events, Interest, Poll, Token, Waker};

/// Maximum number of events in one poll.
const EVENTS: usize = 1024;
/// A token that no socket has.
const WAKER: Token = Token(usize::MAX);

/// Edge-triggered: the kernel reports once when a socket becomes ready.
#[derive(Debug)]
pub(crate) struct Poller {
    poll: Poll,
    waker: Arc<Waker>,
    events: Events,
    /// Indexed by token. The entry of a dropped socket is reused.
    ready: Vec<Arc<Ready>>,
    /// Sleeping rooms whose sockets have become ready since the last [`Poller::take_woken`].
    woken: Vec<u64>,
}

/// What one socket is ready for, until a read or a write would block.
#[derive(Debug)]
pub(crate) struct Ready {
    readable: AtomicBool,
    writable: AtomicBool,
    /// The peer closed its side, or the connection broke: every read returns something.
    ended: AtomicBool,
    /// The room that this socket wakes.
    wakes: Option<u64>,
}

impl Poller {
    /// Fails if the system cannot create a poller.
    pub(crate) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        Ok(Self {
            waker: Arc::new(Waker::new(poll.registry(), WAKER)?),
            poll,
            events: Events::with_capacity(EVENTS),
            ready: Vec::new(),
            woken: Vec::new(),
        })
    }

    /// Watches a socket until it is dropped. `wakes` is the number of the socket's room, if that room sleeps.
    pub(crate) fn register(
        &mut self,
        socket: &mut impl Source,
        wakes: Option<u64>,
    ) -> io::Result<Arc<Ready>> {
        let is_free = |ready: &Arc<Ready>| Arc::strong_count(ready) == 1;
        let at = self.ready.iter().position(is_free).unwrap_or_else(|| {
            self.ready.push(Arc::new(Ready::new(None)));
            self.ready.len() - 1
        });
        self.ready[at] = Arc::new(Ready::new(wakes));
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket, Token(at), interest)?;
        Ok(self.ready[at].clone())
    }

    /// Removes and returns the sleeping rooms whose sockets have become ready.
    pub(crate) fn take_woken(&mut self) -> impl Iterator<Item = u64> {
        self.woken.drain(..)
    }

    /// The waker that ends a [`Poller::wait`] from another thread.
    pub(crate) fn waker(&self) -> Arc<Waker> {
        self.waker.clone()
    }

    /// Fetches the kernel's events, without waiting.
    pub(crate) fn poll(&mut self) {
        self.wait(Duration::ZERO);
    }

    /// Waits for events for this long, and fetches them.
    pub(crate) fn wait(&mut self, mut patience: Duration) {
        loop {
            match self.poll.poll(&mut self.events, Some(patience)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return tracing::error!(%error, "the sockets cannot be polled"),
            }
            let mut count = 0;
            for event in &self.events {
                count += 1;
                if let Some(ready) = self.ready.get(event.token().0) {
                    ready.note(event);
                    self.woken.extend(ready.wakes);
                }
            }
            if count < EVENTS {
                return;
            }
            patience = Duration::ZERO;
        }
    }
}

impl Ready {
    /// A new socket counts as ready: the first read and the first write find out.
    fn new(wakes: Option<u64>) -> Self {
        Self {
            readable: AtomicBool::new(true),
            writable: AtomicBool::new(true),
            ended: AtomicBool::new(false),
            wakes,
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

    /// A read would block.
    pub(crate) fn set_drained(&self) {
        self.readable.store(self.ended.load(Relaxed), Relaxed);
    }

    /// A write would block.
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
