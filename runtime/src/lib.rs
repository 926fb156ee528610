//! AWS Lambda on one machine: the Invoke API and function URLs for callers, the Runtime API for
//! functions, and a bounded queue for each function. Only the type of its problem documents is
//! specific to Skirmish.
//!
//! Sources: the Lambda API reference (`Invoke`), the Lambda developer guide (function URLs, "Using
//! the Lambda runtime API for custom runtimes", quotas), and the API Gateway developer guide
//! (payload format version 2.0 of HTTP APIs).

mod call;
mod function;
mod function_url;
mod http_event;
mod invoke_api;
mod metrics;
mod proxy_answer;
mod respond;
mod runtime_api;
mod server;
mod upstream;

use std::net::SocketAddr;
use std::time::Duration;

pub use server::Runtime;

/// Maximum number of queued calls of a function; one more is refused immediately.
pub const QUEUED_MAX: usize = 1024;
/// Maximum total size of the events of a function's queued calls, in bytes.
pub const QUEUED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The largest event and the largest answer, in bytes: Lambda's limit for synchronous invocations.
pub const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;
/// Maximum number of functions; calls of further names are refused.
pub const FUNCTIONS_MAX: usize = 256;
/// Maximum number of concurrent calls of a function at an upstream. `cargo lambda watch` stops answering when more
/// than 100 calls of a function are queued in it: it waits for space in that queue while it holds the lock that
/// taking from the queue needs.
pub const UPSTREAM_RUNNING_MAX: usize = 32;
/// Maximum number of unanswered calls of a function at an upstream, including those that timed out.
pub const UPSTREAM_OWED_MAX: usize = 80;

/// Configuration of a runtime.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on; port 0 selects a free one.
    pub listen: SocketAddr,
    /// What runs the functions.
    pub backend: Backend,
    /// Time limits.
    pub limits: Limits,
}

/// What runs the functions.
#[derive(Clone, Debug)]
pub enum Backend {
    /// Processes that fetch their calls from this runtime's Runtime API.
    Own,
    /// Another Lambda endpoint, `http://host:port`, whose Invoke API gets every call.
    Upstream(String),
}

/// Time limits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the arrival of a call to its answer: API Gateway's limit.
    pub call: Duration,
    /// A call that no function fetched within this time is refused.
    pub queued: Duration,
    /// Time within which a request's body must be complete.
    pub body: Duration,
    /// A connection on which no request's head is complete within this time is closed. Longer than `call`, because a
    /// function's connection is idle while the function works.
    pub idle: Duration,
    /// Maximum number of concurrent connections. Requests on further ones get 503.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(29),
            queued: Duration::from_secs(10),
            body: Duration::from_secs(10),
            idle: Duration::from_mins(3),
            connections: tokio::sync::Semaphore::MAX_PERMITS,
        }
    }
}

/// Why a runtime cannot start.
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
    /// The upstream is not `http://host[:port]`.
    #[error("not an http:// URL to invoke functions at: {0}")]
    Upstream(String),
}
