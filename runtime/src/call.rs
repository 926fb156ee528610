//! One call of a function: its event, its deadline and its result.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

/// The outcome of a call.
pub(crate) type Answer = Result<Bytes, CallError>;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The function was not started.
    #[error("too many calls wait for the function")]
    Full,
    /// The function was not started.
    #[error("no function took the call in time")]
    NotTaken,
    #[error("the function did not answer in time")]
    TimedOut,
    /// The function reported a failure: its error document, as in the Runtime API.
    #[error("the function failed")]
    Failed(Bytes),
    #[error("the function ended during the call")]
    Died,
    #[error("cannot reach the function: {0}")]
    Unreachable(String),
}

/// The labels of outcomes in metrics: an answer, and each error.
pub(crate) const OUTCOMES: [&str; 7] = [
    "answered",
    "full",
    "not_taken",
    "timed_out",
    "failed",
    "died",
    "unreachable",
];

impl CallError {
    /// One of [`OUTCOMES`].
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NotTaken => "not_taken",
            Self::TimedOut => "timed_out",
            Self::Failed(_) => "failed",
            Self::Died => "died",
            Self::Unreachable(_) => "unreachable",
        }
    }

    /// A failure in the format of the Runtime API.
    pub(crate) fn failed(error_type: &str, message: &str) -> Self {
        let text = json!({ "errorMessage": message, "errorType": error_type }).to_string();
        Self::Failed(text.into())
    }
}

/// A call, from its arrival to its answer.
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) trace_id: String,
    pub(crate) event: Bytes,
    pub(crate) deadline: Instant,
    /// Closed when the caller has disconnected.
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// The identifiers of a call, which exist before its event.
pub(crate) struct Names {
    pub(crate) id: String,
    /// The trace id of X-Ray.
    pub(crate) trace_id: String,
}

impl Names {
    pub(crate) fn new() -> Self {
        let trace = Uuid::new_v4().simple().to_string();
        let seconds = since_1970().as_secs();
        Self {
            id: Uuid::new_v4().to_string(),
            trace_id: format!("Root=1-{seconds:08x}-{}", &trace[..24]),
        }
    }
}

/// The current time.
pub(crate) fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
