//! The state that all requests and connections share.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::event::Event;
use crate::invoke::{InvokeError, Invoker};
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::{Limits, Routes};

/// The state of the gateway that every request and every connection uses.
pub(crate) struct Shared {
    pub(crate) routes: Routes,
    pub(crate) limits: Limits,
    pub(crate) invoker: Invoker,
    pub(crate) connections: Registry,
    pub(crate) metrics: Metrics,
    /// Shutdown has begun: no new connections are admitted, and open ones are closed.
    pub(crate) stopping: CancellationToken,
    /// Permits for sockets, each of which takes a file descriptor.
    pub(crate) places: Arc<Semaphore>,
    /// Permits for connections that are not sockets.
    pub(crate) connections_free: Arc<Semaphore>,
    /// Connections, from their `$connect` to the end of their `$disconnect`.
    pub(crate) sessions: TaskTracker,
}

impl Shared {
    /// Runs a function. Counts the invocation, and logs it if it fails.
    pub(crate) async fn invoke(
        &self,
        function: &str,
        event: &Event<'_>,
    ) -> Result<Bytes, InvokeError> {
        self.metrics.invocations.inc();
        let answer = self.invoker.invoke(function, event).await;
        if let Err(error) = &answer {
            self.metrics.invocation_errors.inc();
            tracing::warn!(function, %error, "invocation failed");
        }
        answer
    }
}
