//! Lingering close: the close frame is sent, the peer gets time to read it, then the socket is
//! closed.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use tungstenite::{Error, WebSocket};

use crate::net::socket::Socket;

/// How long a peer may take to read the close frame.
const LINGER: Duration = Duration::from_secs(2);

/// A connection that is closed on our side. If it were dropped while bytes of the peer are unread, the system would
/// reset it, and the peer could lose the close frame. So bytes are read and discarded until the peer closes.
pub(crate) struct Closing {
    socket: WebSocket<Socket>,
    until: Instant,
    sent: bool,
}

impl Closing {
    pub(crate) fn new(socket: WebSocket<Socket>) -> Self {
        Self {
            socket,
            until: Instant::now() + LINGER,
            sent: false,
        }
    }

    /// Returns true once the connection can be dropped.
    pub(crate) fn poll(&mut self) -> bool {
        if Instant::now() >= self.until {
            return true;
        }
        if !self.sent {
            match self.socket.flush() {
                Ok(()) | Err(Error::ConnectionClosed) => {
                    self.sent = true;
                    self.socket.get_ref().finish();
                }
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return true,
            }
        }
        self.discard()
    }

    fn discard(&mut self) -> bool {
        let socket = self.socket.get_mut();
        socket.refill();
        let mut scratch = [0; 1024];
        loop {
            match socket.read(&mut scratch) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}
