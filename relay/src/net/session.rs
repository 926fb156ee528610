//! One player's connection to a room: incoming and outgoing messages, and the limits on both.

#[cfg(feature = "echo")]
pub(crate) mod echo;

use std::io::ErrorKind;
use std::sync::Arc;

use bytes::Bytes;
use game::{FRAMES_PER_SECOND, InputSchema};
use lobby::Origin;
use protocol::{
    CLIENT_MESSAGE_BYTES_MAX, ClientError, ClientMessage, CloseCode, DecodeError, Encoding, Form,
};
use tungstenite::protocol::frame::coding::CloseCode as WireCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes, WebSocket};

use crate::config::Limits;
use crate::metrics::Metrics;
use crate::net::closing::Closing;
use crate::net::poller::Poller;
use crate::net::socket::Socket;
use crate::worker::messages::{End, NewConnection};

/// The library's default of 128 KiB is zero-filled at every read and kept per connection.
const READ_BUFFER_BYTES: usize = 512;
/// The messages of a tick are buffered up to this size: one write per player and tick.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// More than a room's reliable queue and a snapshot together.
const WRITE_BUFFER_BYTES_MAX: usize = 256 * 1024;
/// Part of the header of every frame from a client.
const MASK_BYTES: usize = 4;
/// Messages taken from one player in one tick; the rest waits for the next.
const MESSAGES_PER_TICK: u32 = 16;

/// A connected player.
pub(crate) struct Session {
    socket: WebSocket<Socket>,
    encoding: Encoding,
    origin: Option<Origin>,
    limits: Arc<Limits>,
    metrics: Connected,
    /// Remaining messages before the rate limit, in sixtieths of a message; refilled each frame.
    allowance: u32,
    taken_this_tick: u32,
    /// Everything received was read, and no complete frame is left.
    is_drained: bool,
    /// Upper bound of the received bytes that are not part of a message yet.
    unparsed: usize,
    silent_frames: u32,
    pinged_frames: u32,
    outgoing: Outgoing,
    has_written: bool,
}

/// Whether anything waits to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outgoing {
    Nothing,
    /// Something was queued, by us or by the library.
    Queued,
    /// The last flush did not empty the buffer.
    Blocked,
}

/// Counts a session while it exists.
struct Connected(Arc<Metrics>);

impl Connected {
    fn new(metrics: Arc<Metrics>) -> Self {
        metrics.sessions.inc();
        Self(metrics)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.sessions.dec();
    }
}

impl Session {
    /// The session of an upgraded connection. `wakes` as in [`Poller::register`].
    pub(crate) fn new(
        connection: NewConnection,
        limits: Arc<Limits>,
        metrics: Arc<Metrics>,
        poller: &mut Poller,
        wakes: Option<u64>,
    ) -> std::io::Result<Self> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
            .max_message_size(Some(CLIENT_MESSAGE_BYTES_MAX))
            .max_frame_size(Some(CLIENT_MESSAGE_BYTES_MAX));
        let socket = Socket::new(connection.socket, connection.place, poller, wakes)?;
        let came_early = connection.read.to_vec();
        let unparsed = came_early.len();
        let socket = WebSocket::from_partially_read(socket, came_early, Role::Server, Some(config));
        Ok(Self {
            socket,
            encoding: connection.encoding,
            origin: connection.origin,
            allowance: limits.messages_burst * FRAMES_PER_SECOND,
            limits,
            metrics: Connected::new(metrics),
            taken_this_tick: 0,
            is_drained: false,
            unparsed,
            silent_frames: 0,
            pinged_frames: 0,
            outgoing: Outgoing::Nothing,
            has_written: false,
        })
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Origin by which the client reached the front door.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whether any message was written.
    pub(crate) fn has_written(&self) -> bool {
        self.has_written
    }

    /// Begins a tick, this many frames (1/60 s) after the last one: refills the limits and counts
    /// silence.
    pub(crate) fn begin_tick(&mut self, frames: u32) -> Result<(), End> {
        self.socket.get_mut().refill();
        let full = self.limits.messages_burst * FRAMES_PER_SECOND;
        self.allowance = self
            .allowance
            .saturating_add(self.limits.messages_per_second.saturating_mul(frames))
            .min(full);
        self.taken_this_tick = 0;
        self.silent_frames = self.silent_frames.saturating_add(frames);
        if self.silent_frames > in_frames(self.limits.idle) {
            return Err(End::Lost);
        }
        Ok(())
    }

    /// The next message of the client in this tick. `schema` is that of the game's input.
    pub(crate) fn poll_message(
        &mut self,
        schema: &InputSchema,
    ) -> Result<Option<ClientMessage>, End> {
        while self.taken_this_tick < MESSAGES_PER_TICK {
            // At 30 messages a second, every other tick has none: the library need not prepare.
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
            // Usually nothing follows the message. Another read, only to learn that, would cost as
            // much as the message.
            self.unparsed = self.unparsed.saturating_sub(frame_bytes(&message));
            self.is_drained = self.unparsed == 0;
            self.taken_this_tick += 1;
            self.silent_frames = 0;
            self.allowance = self
                .allowance
                .checked_sub(FRAMES_PER_SECOND)
                .ok_or(CloseCode::Flood)?;
            let decoded = match (&message, self.encoding) {
                (Message::Text(text), _) => {
                    protocol::decode_client(schema, Form::Text, text.as_bytes())
                }
                (Message::Binary(bytes), Encoding::Binary) => {
                    protocol::decode_client(schema, Form::Binary, bytes)
                }
                (Message::Binary(_), Encoding::Json) => {
                    Err(DecodeError::Malformed("not text").into())
                }
                (
                    Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_),
                    _,
                ) => {
                    self.note_queued();
                    continue;
                }
            };
            return decoded.map(Some).map_err(|error| match error {
                ClientError::Decode(DecodeError::Malformed(why)) => {
                    End::Close(CloseCode::BadMessage.code(), why)
                }
                ClientError::Decode(DecodeError::UnknownBaseline(_)) => {
                    CloseCode::BadMessage.into()
                }
                ClientError::Field { name, rule } => End::BadField(name, rule),
            });
        }
        Ok(None)
    }

    /// Whether a write would be sent at once. While it would not, no snapshot is made, so none
    /// becomes stale in the buffer.
    pub(crate) fn poll_writable(&mut self) -> Result<bool, End> {
        if self.outgoing == Outgoing::Blocked {
            self.flush()?;
        }
        Ok(self.outgoing != Outgoing::Blocked)
    }

    /// Queues one encoded message; [`Session::end_tick`] sends all of a tick at once.
    pub(crate) fn write(&mut self, form: Form, bytes: &[u8]) -> Result<(), End> {
        self.metrics.0.bytes_out.inc_by(bytes.len() as u64);
        self.has_written = true;
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

    /// Sends what the tick queued, and a ping when one is due.
    pub(crate) fn end_tick(&mut self, frames: u32) -> Result<(), End> {
        self.pinged_frames = self.pinged_frames.saturating_add(frames);
        if self.pinged_frames >= in_frames(self.limits.ping) && self.outgoing != Outgoing::Blocked {
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

    fn flush(&mut self) -> Result<(), End> {
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

    /// Frames until it must be polled: for a ping, to give up a silent client, or at once because it
    /// has more to read.
    pub(crate) fn wakes_in(&self) -> u32 {
        if !self.is_drained || self.socket.get_ref().is_readable() {
            return 1;
        }
        let ping = in_frames(self.limits.ping).saturating_sub(self.pinged_frames);
        let idle = in_frames(self.limits.idle).saturating_sub(self.silent_frames);
        ping.max(1).min(idle.saturating_add(1))
    }

    /// Ends the session. The result must be polled until it is done, so that the peer can read the
    /// reason.
    pub(crate) fn end(mut self, end: End) -> Option<Closing> {
        match end {
            End::Lost => {
                self.metrics.0.closed("lost");
                return None;
            }
            End::Closed => self.metrics.0.closed("peer"),
            End::Close(code, reason) => self.close(code, Utf8Bytes::from_static(reason)),
            End::BadField(name, rule) => {
                let reason = format!("`{name}` {rule}");
                self.close(CloseCode::BadMessage.code(), reason.into());
            }
        }
        Some(Closing::new(self.socket))
    }

    fn close(&mut self, code: u16, reason: Utf8Bytes) {
        self.metrics.0.closed(&code.to_string());
        self.write_error(code, &reason);
        let code = WireCode::from(code);
        // `Closing` sends what could not be sent at once.
        let _ = self.socket.close(Some(CloseFrame { code, reason }));
    }

    /// Writes an `error` message, which has more space for the reason than the close frame.
    fn write_error(&mut self, code: u16, reason: &str) {
        if [CloseCode::BadMessage.code(), CloseCode::Flood.code()].contains(&code) {
            let mut error = Vec::new();
            protocol::encode_error(code, reason, &mut error);
            // The close frame has the reason too.
            let _ = self.write(Form::Text, &error);
        }
    }
}

/// Whether an error of the WebSocket ends the session. An operation that would block does not.
fn none_or_end(error: &Error) -> Result<(), End> {
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

fn in_frames(duration: std::time::Duration) -> u32 {
    u32::try_from(duration.as_millis() * u128::from(FRAMES_PER_SECOND) / 1_000).unwrap_or(u32::MAX)
}
