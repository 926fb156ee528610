//! A player's TCP stream as the tick loop reads and writes it: never waiting, and never more than its share of a tick.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Bytes read from one player in one tick. Whoever sends more waits in the kernel's buffer; so a stream of empty frames, of
/// which no message ever comes, cannot keep a worker busy.
const READ_BYTES_PER_TICK: usize = 4 * 1024;
/// Unsent bytes the kernel may hold before a write blocks: what waits there is old, the newest snapshot is better.
const UNSENT_BYTES_MAX: u32 = 8 * 1024;

/// A registered stream. Readiness comes from the worker's runtime, which is turned once a phase; a read that would block
/// costs no system call, and one that got less than it asked for is not repeated.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    budget: usize,
}

impl Socket {
    /// Registers the stream with the runtime that is entered.
    pub(crate) fn new(stream: std::net::TcpStream) -> io::Result<Self> {
        let socket = SockRef::from(&stream);
        socket.set_tcp_nodelay(true)?;
        socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
        Ok(Self {
            stream: TcpStream::from_std(stream)?,
            budget: READ_BYTES_PER_TICK,
        })
    }

    /// A new tick has begun.
    pub(crate) fn refill(&mut self) {
        self.budget = READ_BYTES_PER_TICK;
    }

    /// Whether a read would give anything, as far as the last turn of the runtime knows.
    pub(crate) fn is_readable(&self) -> bool {
        self.stream.poll_read_ready(&mut no_context()).is_ready()
    }

    /// Says that nothing more will be sent. Reading goes on.
    pub(crate) fn finish(&self) {
        let _ = SockRef::from(&self.stream).shutdown(Shutdown::Write);
    }
}

impl Read for Socket {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out.len().min(self.budget);
        if most == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut buffer = ReadBuf::new(&mut out[..most]);
        let ready = Pin::new(&mut self.stream).poll_read(&mut no_context(), &mut buffer);
        let bytes = buffer.filled().len();
        self.budget -= bytes;
        finished(ready.map_ok(|()| bytes))
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        finished(Pin::new(&mut self.stream).poll_write(&mut no_context(), bytes))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Nobody is to be woken: the worker looks at every socket of a room at each of its ticks.
fn no_context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn finished(poll: Poll<io::Result<usize>>) -> io::Result<usize> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}
