//! A session over WebSocket: the socket, its buffers, pings and silence.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::net::TcpStream;

use bytes::Bytes;
use protocol::{CLIENT_MESSAGE_BYTES_MAX, CloseCode, Form};
use tokio::sync::OwnedSemaphorePermit;
use tungstenite::protocol::frame::coding::CloseCode as WireCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes, WebSocket};

use super::{Received, in_frames};
use crate::config::Limits;
use crate::net::closing::Closing;
use crate::net::poller::Poller;
use crate::net::socket::Socket;
use crate::worker::messages::End;

/// The library's default of 128 KiB would be zeroed at every read, and allocated per connection.
const READ_BUFFER_BYTES: usize = 512;
/// The messages of a tick are buffered up to this size: one write per player and tick.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// More than a room's reliable queue and a snapshot together.
const WRITE_BUFFER_BYTES_MAX: usize = 256 * 1024;
/// Part of the header of every frame from a client.
const MASK_BYTES: usize = 4;

/// The player's socket.
pub(crate) struct WebSocketLink {
    pub(super) socket: WebSocket<Socket>,
    /// Whether everything received was read and no complete frame is left.
    is_drained: bool,
    /// Upper bound of the received bytes that are not yet part of a message.
    unparsed: usize,
    silent_frames: u32,
    idle_frames: u32,
    pinged_frames: u32,
    ping_frames: u32,
    outgoing: Outgoing,
}

/// Whether anything is waiting to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outgoing {
    Nothing,
    /// Something was queued, by this code or by the library.
    Queued,
    /// The last flush did not empty the buffer.
    Blocked,
}

impl WebSocketLink {
    pub(super) fn new(
        socket: TcpStream,
        place: Option<OwnedSemaphorePermit>,
        read: &[u8],
        limits: &Limits,
        poller: &mut Poller,
        wakes: Option<u64>,
    ) -> std::io::Result<Self> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
            .max_message_size(Some(CLIENT_MESSAGE_BYTES_MAX))
            .max_frame_size(Some(CLIENT_MESSAGE_BYTES_MAX));
        let socket = Socket::new(socket, place, poller, wakes)?;
        let came_early = read.to_vec();
        let unparsed = came_early.len();
        let socket = WebSocket::from_partially_read(socket, came_early, Role::Server, Some(config));
        Ok(Self {
            socket,
            is_drained: false,
            unparsed,
            silent_frames: 0,
            idle_frames: in_frames(limits.idle),
            pinged_frames: 0,
            ping_frames: in_frames(limits.ping),
            outgoing: Outgoing::Nothing,
        })
    }

    pub(super) fn begin_tick(&mut self, frames: u32) -> Result<(), End> {
        self.socket.get_mut().refill();
        self.silent_frames = self.silent_frames.saturating_add(frames);
        if self.silent_frames > self.idle_frames {
            return Err(End::Lost);
        }
        Ok(())
    }

    pub(super) fn poll(&mut self) -> Result<Option<Received>, End> {
        // At 30 messages a second, every other tick has none: this skips the library's preparation of a read.
        if self.is_drained && !self.socket.get_ref().is_readable() {
            return Ok(None);
        }
        let read = self.socket.read();
        self.unparsed += self.socket.get_mut().take_received();
        let message = match read {
            Ok(message) => message,
            Err(error) => {
                self.is_drained = true;
                return none_or_end(&error).map(|()| None);
            }
        };
        // Usually nothing follows the message. Another read that only confirms this would cost as much as the
        // message.
        self.unparsed = self.unparsed.saturating_sub(frame_bytes(&message));
        self.is_drained = self.unparsed == 0;
        self.silent_frames = 0;
        Ok(Some(match message {
            Message::Text(text) => Received::Message(Form::Text, text.into()),
            Message::Binary(bytes) => Received::Message(Form::Binary, bytes),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {
                self.note_queued();
                Received::Control
            }
        }))
    }

    pub(super) fn poll_writable(&mut self) -> Result<bool, End> {
        if self.outgoing == Outgoing::Blocked {
            self.flush()?;
        }
        Ok(self.outgoing != Outgoing::Blocked)
    }

    pub(super) fn write(&mut self, form: Form, bytes: &[u8]) -> Result<(), End> {
        self.note_queued();
        let bytes = Bytes::copy_from_slice(bytes);
        let message = match form {
            Form::Binary => Message::Binary(bytes),
            Form::Text => match Utf8Bytes::try_from(bytes) {
                Ok(text) => Message::Text(text),
                Err(_) => return Err(CloseCode::RoomFailed.into()),
            },
        };
        match self.socket.write(message) {
            Ok(()) => Ok(()),
            Err(error) => none_or_end(&error),
        }
    }

    pub(super) fn end_tick(&mut self, frames: u32) -> Result<(), End> {
        self.pinged_frames = self.pinged_frames.saturating_add(frames);
        if self.pinged_frames >= self.ping_frames && self.outgoing != Outgoing::Blocked {
            self.pinged_frames = 0;
            self.note_queued();
            if let Err(error) = self.socket.write(Message::Ping(Bytes::new())) {
                none_or_end(&error)?;
            }
        }
        if self.outgoing == Outgoing::Nothing {
            return Ok(());
        }
        self.flush()
    }

    fn note_queued(&mut self) {
        if self.outgoing == Outgoing::Nothing {
            self.outgoing = Outgoing::Queued;
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), End> {
        match self.socket.flush() {
            Ok(()) => {
                self.outgoing = Outgoing::Nothing;
                Ok(())
            }
            Err(error) => {
                self.outgoing = Outgoing::Blocked;
                none_or_end(&error)
            }
        }
    }

    pub(super) fn wakes_in(&self) -> u32 {
        if !self.is_drained || self.socket.get_ref().is_readable() {
            return 1;
        }
        let ping = self.ping_frames.saturating_sub(self.pinged_frames);
        let idle = self.idle_frames.saturating_sub(self.silent_frames);
        ping.max(1).min(idle.saturating_add(1))
    }

    /// `close` is the code and the reason. None: the peer closed, and its close is answered.
    pub(super) fn close(mut self, close: Option<(u16, Cow<'static, str>)>) -> Closing {
        if let Some((code, reason)) = close {
            let reason = match reason {
                Cow::Borrowed(reason) => Utf8Bytes::from_static(reason),
                Cow::Owned(reason) => reason.into(),
            };
            let code = WireCode::from(code);
            // `Closing` sends what could not be sent immediately.
            let _ = self.socket.close(Some(CloseFrame { code, reason }));
        }
        Closing::new(self.socket)
    }
}

/// Whether an error of the WebSocket ends the session. An operation that would block does not.
pub(super) fn none_or_end(error: &Error) -> Result<(), End> {
    match error {
        Error::Io(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        error => Err(end_of(error)),
    }
}

/// How an error of the WebSocket ends the session.
pub(crate) fn end_of(error: &Error) -> End {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => End::Closed,
        Error::WriteBufferFull(_) => CloseCode::TooSlow.into(),
        error => match edge::websocket::close_code(error) {
            Some(1009) => End::Close(1009, "message too big"),
            Some(1007) => End::Close(1007, "not UTF-8"),
            Some(code) => End::Close(code, "protocol error"),
            None => End::Lost,
        },
    }
}

/// Minimum size of the frame of a client's message.
fn frame_bytes(message: &Message) -> usize {
    let head = match message.len() {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    };
    head + MASK_BYTES + message.len()
}
