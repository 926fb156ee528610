//! Shared code of the servers: logging, metrics, traces, error texts, open files, the accept loop, HTTP answers, problem
//! documents, TLS, WebSocket handshakes and close codes.

#[cfg(feature = "server")]
pub mod answer;
#[cfg(feature = "backoff")]
mod backoff;
mod error_chain;
mod log;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "open-files")]
mod open_files;
mod problem;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "traces")]
pub mod traces;
#[cfg(feature = "websocket")]
pub mod websocket;

#[cfg(feature = "backoff")]
pub use backoff::Backoff;
pub use error_chain::error_chain;
pub use log::log_json;
#[cfg(feature = "open-files")]
pub use open_files::raise_open_files_max;
pub use problem::problem_document;
#[cfg(feature = "server")]
pub use server::{StopSignals, accept};
#[cfg(feature = "tls")]
pub use tls::tls_client_config;
