//! What the programs at the edge share: logging, error texts, open files, problem documents, TLS,
//! WebSocket handshakes and close codes.

mod error_chain;
mod log;
#[cfg(feature = "open-files")]
mod open_files;
mod problem;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "websocket")]
pub mod websocket;

pub use error_chain::error_chain;
pub use log::log_json;
#[cfg(feature = "open-files")]
pub use open_files::raise_open_files_max;
pub use problem::problem_document;
#[cfg(feature = "tls")]
pub use tls::tls_client_config;
