//! A player's TCP stream, non-blocking, with a limit on the bytes that are read in one tick.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use mio::net::TcpStream;
use socket2::SockRef;
use tokio::sync::OwnedSemaphorePermit;

use crate::net::poller::{Poller, Ready};

/// Bytes read from one player in one tick. Further bytes wait in the kernel's buffer. So a stream
/// of empty frames, which never contains a message, cannot keep a worker busy.
const READ_BYTES_PER_TICK: usize = 4 * 1024;
/// Unsent bytes that the kernel may hold before a write blocks. What waits there is older than the
/// newest snapshot.
const UNSENT_BYTES_MAX: u32 = 8 * 1024;

/// A registered stream. A read or a write that would block costs no system call, and a read that
/// returned fewer bytes than fit is not repeated.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    ready: Arc<Ready>,
    /// Held while the stream is open.
    _place: Option<OwnedSemaphorePermit>,
    budget: usize,
    received: usize,
}

impl Socket {
    /// Registers the stream, which does not block. `wakes` as in [`Poller::register`].
    pub(crate) fn new(
        stream: std::net::TcpStream,
        place: Option<OwnedSemaphorePermit>,
        poller: &mut Poller,
        wakes: Option<u64>,
    ) -> io::Result<Self> {
        let socket = SockRef::from(&stream);
        socket.set_tcp_nodelay(true)?;
        socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
        let mut stream = TcpStream::from_std(stream);
        Ok(Self {
            ready: poller.register(&mut stream, wakes)?,
            stream,
            _place: place,
            budget: READ_BYTES_PER_TICK,
            received: 0,
        })
    }

    /// A new tick has begun.
    pub(crate) fn refill(&mut self) {
        self.budget = READ_BYTES_PER_TICK;
    }

    /// Whether a read would return anything, as of the last poll.
    pub(crate) fn is_readable(&self) -> bool {
        self.ready.is_readable()
    }

    /// Bytes that were read since the last call.
    pub(crate) fn take_received(&mut self) -> usize {
        std::mem::take(&mut self.received)
    }

    /// Closes the write side. Reads continue.
    pub(crate) fn finish(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

impl Read for Socket {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out.len().min(self.budget);
        if most == 0 || !self.ready.is_readable() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let read = self.stream.read(&mut out[..most]);
        match &read {
            Ok(bytes) => {
                self.budget -= bytes;
                self.received += bytes;
                if *bytes < most {
                    self.ready.set_drained();
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.ready.set_drained(),
            Err(_) => {}
        }
        read
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.ready.is_writable() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let written = self.stream.write(bytes);
        if let Err(error) = &written
            && error.kind() == ErrorKind::WouldBlock
        {
            self.ready.set_full();
        }
        written
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
