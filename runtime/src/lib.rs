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

/// Calls of one function that wait; one more is refused at once.
pub const QUEUED_MAX: usize = 1024;
/// Bytes of the events of one function's waiting calls.
pub const QUEUED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The largest event, and the largest answer, bytes: Lambda's own limit for synchronous
/// invocations.
pub const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;
/// Maximum number of functions; calls of other names are refused.
pub const FUNCTIONS_MAX: usize = 256;
/// Calls of one function that an upstream has at the same time. `cargo lambda watch` answers
/// nothing any more once more than 100 calls of one function wait in it: it waits for space in that
/// queue while it holds the lock that taking from it needs.
pub const UPSTREAM_RUNNING_MAX: usize = 32;
/// Calls of one function that an upstream owes an answer, with those whose time was over long ago.
pub const UPSTREAM_OWED_MAX: usize = 80;

/// Configuration of a runtime.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Who runs the functions.
    pub backend: Backend,
    /// Time limits.
    pub limits: Limits,
}

/// Who runs the functions.
#[derive(Clone, Debug)]
pub enum Backend {
    /// Processes that fetch their calls from this runtime's Runtime API.
    Own,
    /// Another Lambda endpoint, `http://host:port`: its Invoke API gets every call.
    Upstream(String),
}

/// Time limits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the arrival of a call to its answer: API Gateway's own limit.
    pub call: Duration,
    /// A call that no function took within this is refused.
    pub queued: Duration,
    /// A request's body must be complete within this.
    pub body: Duration,
    /// A connection on which no request's head is complete within this is closed. Longer than
    /// `call`: a function's connection is idle while the function works.
    pub idle: Duration,
    /// Connections that are served at once. Requests on further ones get 503.
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
