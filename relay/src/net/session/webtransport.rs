//! A session over WebTransport: a worker's end of its [`Pipe`].

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use protocol::Form;
use web_transport_quinn::SessionError;
use web_transport_quinn::quinn::SendDatagramError;

use super::Received;
use crate::metrics::Metrics;
use crate::net::webtransport::pipe::Pipe;
use crate::worker::messages::End;

/// The player's connection. If it is dropped, it counts as lost.
pub(crate) struct WebTransportLink {
    pipe: Arc<Pipe>,
    metrics: Arc<Metrics>,
    has_queued: bool,
    /// The first snapshot goes by the stream, behind the `welcome` that it needs.
    has_snapshot: bool,
}

impl WebTransportLink {
    pub(super) fn new(pipe: Arc<Pipe>, metrics: Arc<Metrics>, wakes: Option<u64>) -> Self {
        if let Some(room) = wakes {
            pipe.set_wakes(room);
        }
        metrics.webtransport_sessions.inc();
        Self {
            pipe,
            metrics,
            has_queued: false,
            has_snapshot: false,
        }
    }

    pub(super) fn host(&self) -> &str {
        &self.pipe.host
    }

    pub(super) fn poll(&self) -> Result<Option<Received>, End> {
        let message = self.pipe.poll()?;
        Ok(message.map(|(form, bytes)| Received::Message(form, bytes)))
    }

    pub(super) fn is_writable(&self) -> bool {
        !self.pipe.is_blocked()
    }

    pub(super) fn write(&mut self, form: Form, bytes: &[u8]) -> Result<(), End> {
        self.has_queued = true;
        self.pipe.write(form, bytes)
    }

    /// False: it must go by the stream.
    pub(super) fn send_datagram(&mut self, bytes: &[u8]) -> bool {
        if !self.has_snapshot {
            self.has_snapshot = true;
            return false;
        }
        let bytes = Bytes::copy_from_slice(bytes);
        match self.pipe.connection.send_datagram(bytes) {
            // Longer than the path carries; or the client takes no datagrams.
            Err(SessionError::SendDatagramError(
                SendDatagramError::TooLarge
                | SendDatagramError::Disabled
                | SendDatagramError::UnsupportedByPeer,
            )) => false,
            // If the session has ended, the reason arrives with what is read.
            Ok(()) | Err(_) => true,
        }
    }

    pub(super) fn flush(&mut self) {
        if std::mem::take(&mut self.has_queued) {
            self.pipe.flush();
        }
    }

    pub(super) fn wakes_in(&self) -> u32 {
        if self.pipe.has_incoming() {
            1
        } else {
            u32::MAX
        }
    }

    pub(super) fn close(self, close: Option<(u16, Cow<'static, str>)>) {
        let close = close.map(|(code, reason)| (code, reason.into_owned()));
        self.pipe.close(close);
    }
}

impl Drop for WebTransportLink {
    fn drop(&mut self) {
        self.metrics.webtransport_sessions.dec();
        // Changes nothing after a close.
        self.pipe.close(None);
    }
}
