//! The open connections by id.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hyper::header::{self, HeaderMap};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::PUSHES_PENDING_MAX;
use crate::calendar::now_ms;
use crate::event::new_id;
use crate::session::Close;

/// Who is at the other end, fixed at the handshake.
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

/// What waits to be written to a client, in order.
pub(crate) enum Push {
    Message(Bytes),
    Close(Close),
}

/// The connection is closed, or is now because its client does not read.
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
    /// Queues a message for the client. A client that lets the queue fill up loses its connection.
    pub(crate) fn push(&self, message: Bytes) -> Result<(), Gone> {
        self.queue(Push::Message(message))
    }

    /// Closes once what is queued has been written.
    pub(crate) fn close(&self, close: Close) -> Result<(), Gone> {
        self.queue(Push::Close(close))
    }

    pub(crate) fn touch(&self) {
        self.last_active_at_ms.store(now_ms(), Ordering::Relaxed);
    }

    pub(crate) fn last_active_at_ms(&self) -> u64 {
        self.last_active_at_ms.load(Ordering::Relaxed)
    }

    /// Ends when the client let its queue fill up.
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

/// All open connections.
#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<String, Arc<Connection>>>);

impl Registry {
    /// From here on functions reach it; what they push waits in the receiver.
    pub(crate) fn open(&self, client: Client) -> (Arc<Connection>, mpsc::Receiver<Push>) {
        let (pushes, receiver) = mpsc::channel(PUSHES_PENDING_MAX);
        let last_active_at_ms = AtomicU64::new(now_ms());
        let connection = Arc::new(Connection {
            client,
            pushes,
            last_active_at_ms,
            slow: CancellationToken::new(),
        });
        self.lock().insert(
            connection.client.connection_id.clone(),
            Arc::clone(&connection),
        );
        (connection, receiver)
    }

    pub(crate) fn get(&self, connection_id: &str) -> Option<Arc<Connection>> {
        self.lock().get(connection_id).cloned()
    }

    /// It may be gone already.
    pub(crate) fn remove(&self, connection_id: &str) -> Option<Arc<Connection>> {
        self.lock().remove(connection_id)
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        // No code panics while it holds the lock; the map is whole either way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
