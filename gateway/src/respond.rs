//! HTTP answers in API Gateway's wording.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

/// Every answer of this process.
pub(crate) type Answer = Response<Full<Bytes>>;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

pub(crate) fn empty(status: StatusCode) -> Answer {
    with_body(status, "application/json", Bytes::new())
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    // Our own structs: strings and numbers, nothing that fails to serialize.
    with_body(
        status,
        "application/json",
        serde_json::to_vec(body).unwrap_or_default().into(),
    )
}

pub(crate) fn with_body(status: StatusCode, content_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// `{"message": …}`
pub(crate) fn message(status: StatusCode, message: &str) -> Answer {
    json(status, &serde_json::json!({ "message": message }))
}

/// An exception of the `@connections` API: the SDKs read its name from the header.
pub(crate) fn exception(status: StatusCode, name: &'static str, text: &str) -> Answer {
    let mut answer = message(status, text);
    answer
        .headers_mut()
        .insert(ERROR_TYPE, HeaderValue::from_static(name));
    answer
}

/// What API Gateway says when a function failed, over HTTP at `$connect` and as a message otherwise.
pub(crate) fn failure(connection_id: &str, request_id: &str) -> serde_json::Value {
    serde_json::json!({
        "message": "Internal server error",
        "connectionId": connection_id,
        "requestId": request_id,
    })
}
