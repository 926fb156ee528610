//! [`Error`]: why a lobby call failed.

use std::fmt::Display;

/// Why a lobby call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Redis could not be reached or returned an error: *maybe applied*.
    #[error("redis: {0}")]
    Redis(redis::RedisError),
    /// Redis is out of memory: nothing was applied.
    #[error("redis is full")]
    Full,
    /// The pool is not in the configuration.
    #[error("no such pool: {0}")]
    UnknownPool(String),
    /// No outbox has a lane with this number.
    #[error("no such lane of an outbox: {0}")]
    UnknownLane(u32),
    /// The configuration is wrong; the text says where.
    #[error("configuration: {0}")]
    Config(String),
    /// A script's answer or a key's value is not in the format that this version writes.
    #[error("corrupt {key}: {why}")]
    Corrupt {
        /// The key, or the script's name.
        key: String,
        /// What is wrong with it.
        why: String,
    },
}

impl From<redis::RedisError> for Error {
    fn from(error: redis::RedisError) -> Self {
        match (error.code(), error.kind()) {
            (Some("OOM"), _) => Self::Full,
            (_, redis::ErrorKind::InvalidClientConfig) => {
                let text = error.to_string();
                Self::Config(format!("REDIS_URL: {}", error.detail().unwrap_or(&text)))
            }
            _ => Self::Redis(error),
        }
    }
}

/// A lobby call's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[allow(
    clippy::needless_pass_by_value,
    reason = "errors are handed over by map_err"
)]
pub(crate) fn corrupt(key: &str, why: impl Display) -> Error {
    Error::Corrupt {
        key: key.to_owned(),
        why: format!("{why}"),
    }
}
