//! One player's connection to a room: incoming and outgoing messages, and the limits on both.

#[cfg(feature = "echo")]
pub(crate) mod echo;
mod websocket;
mod webtransport;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use game::{FRAMES_PER_SECOND, InputSchema};
use lobby::Origin;
use protocol::{ClientError, ClientMessage, CloseCode, DecodeError, Encoding, Form};

use crate::config::Limits;
use crate::metrics::Metrics;
use crate::net::closing::Closing;
use crate::net::poller::Poller;
use crate::worker::messages::{End, FirstTick, NewConnection, NewTransport};

use websocket::WebSocketLink;
pub(crate) use websocket::end_of;
use webtransport::WebTransportLink;

/// Messages handled per player and tick; the others wait for the next tick.
const MESSAGES_PER_TICK: u32 = 16;

/// A connected player.
pub(crate) struct Session {
    transport: Transport,
    encoding: Encoding,
    origin: Option<Origin>,
    limits: Arc<Limits>,
    metrics: Connected,
    /// Remaining messages before the rate limit, in sixtieths of a message; refilled in each frame.
    allowance: u32,
    taken_this_tick: u32,
    has_written: bool,
    first_tick: Option<FirstTick>,
}

#[expect(clippy::large_enum_variant, reason = "most sessions are the large one")]
enum Transport {
    WebSocket(WebSocketLink),
    WebTransport(WebTransportLink),
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
    /// The session of a connection. `wakes`: see [`Poller::register`].
    pub(crate) fn new(
        connection: NewConnection,
        limits: Arc<Limits>,
        metrics: Arc<Metrics>,
        poller: &mut Poller,
        wakes: Option<u64>,
    ) -> std::io::Result<Self> {
        let transport = match connection.transport {
            NewTransport::WebSocket {
                socket,
                place,
                read,
            } => {
                let link = WebSocketLink::new(socket, place, &read, &limits, poller, wakes)?;
                Transport::WebSocket(link)
            }
            NewTransport::WebTransport(pipe) => {
                Transport::WebTransport(WebTransportLink::new(pipe, metrics.clone(), wakes))
            }
        };
        Ok(Self {
            transport,
            encoding: connection.encoding,
            origin: connection.origin,
            allowance: limits.messages_burst * FRAMES_PER_SECOND,
            limits,
            metrics: Connected::new(metrics),
            taken_this_tick: 0,
            has_written: false,
            first_tick: connection.first_tick,
        })
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The receiver of the first tick in which this session is there.
    pub(crate) fn take_first_tick(&mut self) -> Option<FirstTick> {
        self.first_tick.take()
    }

    /// Whether snapshots may be lost.
    pub(crate) fn is_lossy(&self) -> bool {
        matches!(self.transport, Transport::WebTransport(_))
    }

    /// Origin at which the client reached the front door.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The host at which the client reached the front door, or this server itself.
    pub(crate) fn host(&self) -> Option<&str> {
        match &self.transport {
            Transport::WebSocket(_) => self.origin().map(Origin::host),
            Transport::WebTransport(link) => Some(link.host()),
        }
    }

    /// Whether any message was written.
    pub(crate) fn has_written(&self) -> bool {
        self.has_written
    }

    /// Begins a tick, this number of frames (1/60 s) after the last one: refills the limits and counts the time
    /// without messages.
    pub(crate) fn begin_tick(&mut self, frames: u32) -> Result<(), End> {
        let full = self.limits.messages_burst * FRAMES_PER_SECOND;
        self.allowance = self
            .allowance
            .saturating_add(self.limits.messages_per_second.saturating_mul(frames))
            .min(full);
        self.taken_this_tick = 0;
        match &mut self.transport {
            Transport::WebSocket(link) => link.begin_tick(frames),
            // QUIC has its own idle timeout.
            Transport::WebTransport(_) => Ok(()),
        }
    }

    /// The client's next message in this tick. `schema` is the schema of the game's input.
    pub(crate) fn poll_message(
        &mut self,
        schema: &InputSchema,
    ) -> Result<Option<ClientMessage>, End> {
        while self.taken_this_tick < MESSAGES_PER_TICK {
            let received = match &mut self.transport {
                Transport::WebSocket(link) => link.poll()?,
                Transport::WebTransport(link) => link.poll()?,
            };
            let Some(received) = received else {
                return Ok(None);
            };
            self.taken_this_tick += 1;
            self.allowance = self
                .allowance
                .checked_sub(FRAMES_PER_SECOND)
                .ok_or(CloseCode::Flood)?;
            if let Received::Message(form, bytes) = received {
                return self.decode(schema, form, &bytes).map(Some);
            }
        }
        Ok(None)
    }

    fn decode(&self, schema: &InputSchema, form: Form, bytes: &[u8]) -> Result<ClientMessage, End> {
        let decoded = match (form, self.encoding) {
            (Form::Binary, Encoding::Json) => Err(DecodeError::Malformed("not text").into()),
            (form, _) => protocol::decode_client(schema, form, bytes),
        };
        decoded.map_err(|error| match error {
            ClientError::Decode(DecodeError::Malformed(why)) => {
                End::Close(CloseCode::BadMessage.code(), why)
            }
            ClientError::Decode(DecodeError::UnknownBaseline(_)) => CloseCode::BadMessage.into(),
            ClientError::Field { name, rule } => End::BadField(name, rule),
        })
    }

    /// Whether a write would be sent immediately. While it would not, the room makes no snapshot, so none becomes
    /// stale in the buffer.
    pub(crate) fn poll_writable(&mut self) -> Result<bool, End> {
        match &mut self.transport {
            Transport::WebSocket(link) => link.poll_writable(),
            Transport::WebTransport(link) => Ok(link.is_writable()),
        }
    }

    /// Queues one encoded message; [`Session::end_tick`] sends all of a tick at once.
    pub(crate) fn write(&mut self, form: Form, bytes: &[u8]) -> Result<(), End> {
        self.metrics.0.bytes_out.inc_by(bytes.len() as u64);
        self.has_written = true;
        match &mut self.transport {
            Transport::WebSocket(link) => link.write(form, bytes),
            Transport::WebTransport(link) => link.write(form, bytes),
        }
    }

    /// Sends a snapshot as a datagram, which may be lost, if the transport has datagrams and the snapshot fits in
    /// one.
    pub(crate) fn write_snapshot(&mut self, bytes: &[u8]) -> Result<(), End> {
        if let Transport::WebTransport(link) = &mut self.transport
            && link.send_datagram(bytes)
        {
            self.metrics.0.bytes_out.inc_by(bytes.len() as u64);
            return Ok(());
        }
        self.write(Form::Binary, bytes)
    }

    /// Sends what the tick queued, and a ping when one is due.
    pub(crate) fn end_tick(&mut self, frames: u32) -> Result<(), End> {
        match &mut self.transport {
            Transport::WebSocket(link) => link.end_tick(frames),
            Transport::WebTransport(link) => {
                link.flush();
                Ok(())
            }
        }
    }

    /// Frames until the session must be polled: for a ping, to close an idle connection, or immediately because more
    /// data can be read.
    pub(crate) fn wakes_in(&self) -> u32 {
        match &self.transport {
            Transport::WebSocket(link) => link.wakes_in(),
            Transport::WebTransport(link) => link.wakes_in(),
        }
    }

    /// Ends the session. The result must be polled until it is done, so that the peer can read the reason.
    pub(crate) fn end(mut self, end: End) -> Option<Closing> {
        let close = match end {
            End::Lost | End::Closed => None,
            End::Close(code, reason) => Some((code, Cow::Borrowed(reason))),
            End::BadField(name, rule) => Some((
                CloseCode::BadMessage.code(),
                Cow::Owned(format!("`{name}` {rule}")),
            )),
        };
        match (&close, end) {
            (Some((code, reason)), _) => {
                self.metrics.0.closed(&code.to_string());
                self.write_error(*code, reason);
            }
            (None, End::Lost) => self.metrics.0.closed("lost"),
            (None, _) => self.metrics.0.closed("peer"),
        }
        match self.transport {
            Transport::WebSocket(_) if end == End::Lost => None,
            Transport::WebSocket(link) => Some(link.close(close)),
            Transport::WebTransport(link) => {
                link.close(close);
                None
            }
        }
    }

    /// Writes an `error` message, which has more space for the reason than the close frame.
    fn write_error(&mut self, code: u16, reason: &str) {
        if [CloseCode::BadMessage.code(), CloseCode::Flood.code()].contains(&code) {
            let mut error = Vec::new();
            protocol::encode_error(code, reason, &mut error);
            // If this fails, the close frame still has the reason.
            let _ = self.write(Form::Text, &error);
        }
    }
}

/// What a transport received.
enum Received {
    Message(Form, Bytes),
    /// Part of the transport protocol, such as a ping. It counts as a message.
    Control,
}

fn in_frames(duration: std::time::Duration) -> u32 {
    u32::try_from(duration.as_millis() * u128::from(FRAMES_PER_SECOND) / 1_000).unwrap_or(u32::MAX)
}
