//! HTTP answers whose body is in memory.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;

/// An HTTP answer.
pub type Answer = Response<Full<Bytes>>;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An answer without a body.
pub fn empty(status: StatusCode) -> Answer {
    with_body(status, "application/json", Bytes::new())
}

/// An answer with a JSON body. The body is empty if the value cannot be serialized.
pub fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(body).unwrap_or_default();
    with_body(status, "application/json", body.into())
}

/// An answer with this body.
pub fn with_body(status: StatusCode, content_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}

/// The same answer with the name of an AWS exception, which SDKs read from the header.
pub fn with_error_type(mut answer: Answer, name: &'static str) -> Answer {
    let name = HeaderValue::from_static(name);
    answer.headers_mut().insert(ERROR_TYPE, name);
    answer
}
