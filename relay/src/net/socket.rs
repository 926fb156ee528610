//! A player's TCP stream as the tick loop reads and writes it: never waiting, and never more than its share of a tick.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use mio::net::TcpStream;
use socket2::SockRef;
use tokio::sync::OwnedSemaphorePermit;

use crate::net::poller::{Poller, Ready};

/// Bytes read from one player in one tick. Further bytes wait in the kernel's buffer; so a stream
/// of empty frames, of
/// which no message ever comes, cannot keep a worker busy.
const READ_BYTES_PER_TICK: usize = 4 * 1024;
/// Unsent bytes the kernel may hold before a write blocks: what waits there is old, the newest snapshot is better.
const UNSENT_BYTES_MAX: u32 = 8 * 1024;

/// A registered stream. A read or a write that would block costs no system call, and a read that got less than it asked for
/// is not repeated.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    ready: Arc<Ready>,
    /// Free again once the stream is closed.
    _place: Option<OwnedSemaphorePermit>,
    budget: usize,
    received: usize,
}

impl Socket {
    /// Registers the stream, which does not block.
    pub(crate) fn new(
        stream: std::net::TcpStream,
        place: Option<OwnedSemaphorePermit>,
        poller: &mut Poller,
    ) -> io::Result<Self> {
        let socket = SockRef::from(&stream);
        socket.set_tcp_nodelay(true)?;
        socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
        let mut stream = TcpStream::from_std(stream);
        Ok(Self {
            ready: poller.register(&mut stream)?,
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

    /// Whether a read would give anything, as far as the poller's last look knows.
    pub(crate) fn is_readable(&self) -> bool {
        self.ready.is_readable()
    }

    /// Bytes that were read since the last call.
    pub(crate) fn take_received(&mut self) -> usize {
        std::mem::take(&mut self.received)
    }

    /// Says that nothing more will be sent. Reading goes on.
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
