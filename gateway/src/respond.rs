//! HTTP answers in API Gateway's wording.

use edge::answer::with_error_type;
pub(crate) use edge::answer::{Answer, empty, json, with_body};
use hyper::StatusCode;

/// `{"message": …}`
pub(crate) fn message(status: StatusCode, message: &str) -> Answer {
    json(status, &serde_json::json!({ "message": message }))
}

/// An exception of the `@connections` API.
pub(crate) fn exception(status: StatusCode, name: &'static str, text: &str) -> Answer {
    with_error_type(message(status, text), name)
}

/// The body that API Gateway sends when a function failed: as the answer for `$connect`, otherwise as a message.
pub(crate) fn failure(connection_id: &str, request_id: &str) -> serde_json::Value {
    serde_json::json!({
        "message": "Internal server error",
        "connectionId": connection_id,
        "requestId": request_id,
    })
}
