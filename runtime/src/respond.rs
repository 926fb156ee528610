//! HTTP answers of this process itself, and reading of bodies.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::PAYLOAD_BYTES_MAX;

/// Every answer of this process.
pub(crate) type Answer = Response<Full<Bytes>>;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

pub(crate) fn with_body(status: StatusCode, content_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

pub(crate) fn empty(status: StatusCode) -> Answer {
    with_body(status, "application/json", Bytes::new())
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    // Our own structs: strings and numbers, nothing that fails to serialize.
    let body = serde_json::to_vec(body).unwrap_or_default();
    with_body(status, "application/json", body.into())
}

/// An exception of the Lambda API: the SDKs read its name from the header.
pub(crate) fn exception(status: StatusCode, name: &'static str, message: &str) -> Answer {
    let kind = if status.is_client_error() {
        "User"
    } else {
        "Service"
    };
    let mut answer = json(status, &json!({ "Type": kind, "Message": message }));
    answer
        .headers_mut()
        .insert(ERROR_TYPE, HeaderValue::from_static(name));
    answer
}

/// A problem document (RFC 9457) of a function URL.
pub(crate) fn problem(status: StatusCode, kind: &str, title: &str, detail: &str) -> Answer {
    let body = edge::problem_document(kind, title, status.as_u16(), detail);
    let body = Bytes::from(body.to_string());
    with_body(status, "application/problem+json", body)
}

/// The same answer, and that it may be asked for again in a second.
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

/// A whole body that is not larger than an event may be.
pub(crate) async fn read(body: Incoming, patience: Duration) -> Result<Bytes, Unread> {
    let read = Limited::new(body, PAYLOAD_BYTES_MAX).collect();
    match tokio::time::timeout(patience, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        _ => Err(Unread::Broken),
    }
}
