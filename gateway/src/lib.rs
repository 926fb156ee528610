//! The AWS API Gateway WebSocket API on one machine: WebSocket events become function invocations, and functions send
//! messages through `/@connections`. It does not depend on the rest of this project.
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

/// The stage in every event. Paths may name any stage.
pub const STAGE: &str = "local";
/// The API id in every event.
pub const API_ID: &str = "local";
/// Maximum size of a message in both directions, in bytes. A larger one from a client closes the connection with
/// 1009; a larger one from a function gets status 413.
pub const MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// The largest WebSocket frame of a client, in bytes; a larger one closes the connection with 1009.
pub const FRAME_BYTES_MAX: usize = 32 * 1024;
/// Maximum number of pushes that wait for a client to read; one more closes the connection.
pub const PUSHES_PENDING_MAX: usize = 64;
/// Maximum number of messages of one connection that wait for their invocation. At this limit the gateway stops
/// reading from the connection.
pub const MESSAGES_PENDING_MAX: usize = 16;

/// Configuration of a gateway.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on; port 0 selects a free one.
    pub listen: SocketAddr,
    /// The URL at which functions are invoked, e.g. `http://127.0.0.1:9000` (`cargo lambda watch`). Plain HTTP.
    pub invoke_url: String,
    /// The function of each route.
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

/// Limits. Where AWS has a limit, it is the default.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A connection without traffic in either direction for this long is closed (1001).
    pub idle: Duration,
    /// Maximum duration of a connection, after which it is closed (1001).
    pub life: Duration,
    /// Maximum duration of an invocation.
    pub integration: Duration,
    /// Maximum number of concurrent invocations; others wait. Each one takes a file descriptor.
    pub invocations: usize,
    /// Interval between pings to a client, which show proxies on the path that the connection is alive. The pong does
    /// not count as traffic.
    pub ping: Duration,
    /// Maximum number of concurrent sockets; one more gets status 503.
    pub sockets: usize,
    /// Maximum number of connections that are not, or not yet, sockets; others wait to be accepted. Each one takes a
    /// file descriptor.
    pub connections: usize,
    /// Time within which a request's head must be complete.
    pub handshake: Duration,
    /// How long open connections have for their close and their `$disconnect` at shutdown.
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
    /// A function name contains characters other than letters, digits, `-` and `_`.
    #[error("not a function name: {0:?}")]
    FunctionName(String),
}
