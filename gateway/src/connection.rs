//! One open connection: its client, its queue of pushes, and why it closed.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use bytes::Bytes;
use hyper::header::{self, HeaderMap};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::PUSHES_PENDING_MAX;
use crate::calendar::now_ms;

/// The client of a connection, fixed at the handshake.
pub(crate) struct Client {
    pub(crate) connection_id: String,
    pub(crate) connected_at_ms: u64,
    pub(crate) peer: SocketAddr,
    /// The Host header.
    pub(crate) host: String,
    pub(crate) user_agent: Option<String>,
}

impl Client {
    /// A new client with a new connection id.
    pub(crate) fn new(peer: SocketAddr, headers: &HeaderMap) -> Self {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        Self {
            connection_id: new_id(),
            connected_at_ms: now_ms(),
            peer,
            host: text(header::HOST).unwrap_or_default(),
            user_agent: text(header::USER_AGENT),
        }
    }
}

/// What is queued for a client, in order.
pub(crate) enum Push {
    Message(Bytes),
    Close(Close),
}

/// The connection is closed, or was closed just now because its client does not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// An open connection.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pushes: mpsc::Sender<Push>,
    last_active_at_ms: AtomicU64,
    slow: CancellationToken,
}

impl Connection {
    /// Creates a connection and the receiver of its pushes.
    pub(crate) fn new(client: Client) -> (Self, mpsc::Receiver<Push>) {
        let (pushes, receiver) = mpsc::channel(PUSHES_PENDING_MAX);
        let connection = Self {
            client,
            pushes,
            last_active_at_ms: AtomicU64::new(now_ms()),
            slow: CancellationToken::new(),
        };
        (connection, receiver)
    }

    /// Queues a message for the client. If the client's queue is full, the connection is closed.
    pub(crate) fn push(&self, message: Bytes) -> Result<(), Gone> {
        self.queue(Push::Message(message))
    }

    /// Closes the connection after the queued messages were written.
    pub(crate) fn close(&self, close: Close) -> Result<(), Gone> {
        self.queue(Push::Close(close))
    }

    pub(crate) fn touch(&self) {
        self.last_active_at_ms.store(now_ms(), Ordering::Relaxed);
    }

    pub(crate) fn last_active_at_ms(&self) -> u64 {
        self.last_active_at_ms.load(Ordering::Relaxed)
    }

    /// Returns when the client has let its queue fill up.
    pub(crate) async fn slow(&self) {
        self.slow.cancelled().await;
    }

    fn queue(&self, push: Push) -> Result<(), Gone> {
        self.pushes.try_send(push).map_err(|error| {
            if matches!(error, mpsc::error::TrySendError::Full(_)) {
                self.slow.cancel();
            }
            Gone
        })
    }
}

/// Why a connection ended, for the event `$disconnect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Close {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

impl Close {
    pub(crate) fn normal() -> Self {
        Self::new(1000, "Connection Closed Normally")
    }

    /// The client disappeared without a close frame.
    pub(crate) fn abnormal() -> Self {
        Self::new(1006, "Connection Closed Abnormally")
    }

    pub(crate) fn going_away() -> Self {
        Self::new(1001, "Going away")
    }

    pub(crate) fn new(code: u16, reason: &str) -> Self {
        Self {
            code,
            reason: reason.to_owned(),
        }
    }

    pub(crate) fn by_client(frame: Option<CloseFrame>) -> Self {
        match frame {
            Some(frame) => Self::new(frame.code.into(), frame.reason.as_str()),
            None => Self::new(1005, "Client-side close frame status not set"),
        }
    }
}

/// A new id in the format of API Gateway: 16 characters of URL-safe base64, the last of which is `=`.
pub(crate) fn new_id() -> String {
    let random = Uuid::new_v4().into_bytes();
    // Bytes 6 and 8 of a v4 UUID are not entirely random.
    let mut id = [0; 11];
    id[..6].copy_from_slice(&random[..6]);
    id[6..].copy_from_slice(&random[9..14]);
    URL_SAFE.encode(id)
}
