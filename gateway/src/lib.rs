//! The AWS API Gateway WebSocket API on one machine: a WebSocket becomes function invocations, and
//! functions answer through `/@connections`. It does not depend on the project that uses it.
//!
//! Sources: the API Gateway developer guide (WebSocket APIs: routes, `@connections`, quotas) and
//! the `apigatewaymanagementapi` service model.

mod calendar;
mod connection;
mod event;
mod handshake;
mod invoke;
mod management;
mod metrics;
mod registry;
mod respond;
mod server;
mod session;
mod shared;

use std::net::SocketAddr;
use std::time::Duration;

pub use server::Gateway;

/// The stage every event names. Paths may name any stage.
pub const STAGE: &str = "local";
/// The API id every event names.
pub const API_ID: &str = "local";
/// Maximum size of a message in both directions, bytes. A larger one from a client closes with
/// 1009; a larger one from a function is answered 413.
pub const MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// The largest WebSocket frame of a client, bytes; a larger one closes with 1009.
pub const FRAME_BYTES_MAX: usize = 32 * 1024;
/// Pushes that wait for a client to read; one more closes the connection.
pub const PUSHES_PENDING_MAX: usize = 64;
/// Messages of one connection that may wait for their invocation. Then the gateway stops reading
/// from it.
pub const MESSAGES_PENDING_MAX: usize = 16;

/// Configuration of a gateway.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where functions are invoked, e.g. `http://127.0.0.1:9000` (`cargo lambda watch`). Plain
    /// http.
    pub invoke_url: String,
    /// Which function answers which route.
    pub routes: Routes,
    /// Limits of connections.
    pub limits: Limits,
}

/// The function of each route. One function may serve all three.
#[derive(Clone, Debug)]
pub struct Routes {
    /// `$connect`
    pub connect: String,
    /// `$disconnect`
    pub disconnect: String,
    /// `$default`
    pub default: String,
}

/// Limits. The defaults are those of AWS where AWS has one.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A connection on which nothing moved, either way, for this long is closed (1001).
    pub idle: Duration,
    /// The longest life of a connection; then it is closed (1001).
    pub life: Duration,
    /// The longest invocation.
    pub integration: Duration,
    /// Maximum number of concurrent invocations; others wait. Each one takes a file descriptor.
    pub invocations: usize,
    /// How often a client is sent a ping, so that proxies on the way see that the connection lives.
    /// Its answer does not count as movement.
    pub ping: Duration,
    /// Sockets at the same time; one more is answered 503.
    pub sockets: usize,
    /// Maximum number of connections that are not sockets (yet); others wait to be accepted. Each
    /// one takes a file descriptor.
    pub connections: usize,
    /// A request's head must be complete within this.
    pub handshake: Duration,
    /// At the end: how long open connections have for their close and their `$disconnect`.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_mins(10),
            life: Duration::from_hours(2),
            integration: Duration::from_secs(29),
            invocations: tokio::sync::Semaphore::MAX_PERMITS,
            ping: Duration::from_secs(5),
            sockets: tokio::sync::Semaphore::MAX_PERMITS,
            connections: tokio::sync::Semaphore::MAX_PERMITS,
            handshake: Duration::from_secs(5),
            drain: Duration::from_secs(5),
        }
    }
}

/// Why a gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address of the configuration.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The invoke URL is not `http://host[:port][/path]`.
    #[error("not an http:// URL to invoke functions at: {0}")]
    InvokeUrl(String),
    /// A function name holds other than letters, digits, `-` and `_`.
    #[error("not a function name: {0:?}")]
    FunctionName(String),
}
