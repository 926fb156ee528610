//! HTTP answers that this process itself gives, and reading of bodies.

use std::time::Duration;

use bytes::Bytes;
use edge::answer::with_error_type;
pub(crate) use edge::answer::{Answer, empty, json, with_body};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{HeaderValue, RETRY_AFTER};
use serde_json::json;

use crate::PAYLOAD_BYTES_MAX;

/// An exception of the Lambda API.
pub(crate) fn exception(status: StatusCode, name: &'static str, message: &str) -> Answer {
    let kind = if status.is_client_error() {
        "User"
    } else {
        "Service"
    };
    let body = json!({ "Type": kind, "Message": message });
    with_error_type(json(status, &body), name)
}

/// A problem document (RFC 9457) for a function URL.
pub(crate) fn problem(status: StatusCode, kind: &str, title: &str, detail: &str) -> Answer {
    let body = edge::problem_document(kind, title, status.as_u16(), detail);
    let body = Bytes::from(body.to_string());
    with_body(status, "application/problem+json", body)
}

/// The same answer with `Retry-After: 1`.
pub(crate) fn soon(mut answer: Answer) -> Answer {
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// Why a body was not read.
pub(crate) enum Unread {
    TooLarge,
    Broken,
}

/// Reads a complete body of up to the size of an event.
pub(crate) async fn read(body: Incoming, patience: Duration) -> Result<Bytes, Unread> {
    let read = Limited::new(body, PAYLOAD_BYTES_MAX).collect();
    match tokio::time::timeout(patience, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        _ => Err(Unread::Broken),
    }
}
