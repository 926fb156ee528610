//! Events as API Gateway sends them, from `fixtures/`, and answers as text.

use functions::serve::sanitize;
use functions::socket::{SocketAnswer, SocketEvent};
use lambda_http::http::HeaderMap;
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Request, Response};
use serde_json::{Value, json};

/// An event of `fixtures/`.
pub(crate) fn fixture(name: &str) -> Value {
    let path = format!("{}/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// An HTTP API event as a handler gets it.
pub(crate) fn request(event: &Value) -> Request {
    let request: LambdaRequest = serde_json::from_value(event.clone()).expect("an HTTP API event");
    sanitize(request).into()
}

/// The event of a call, made from a fixture.
#[derive(Clone)]
pub(crate) struct Call(Value);

impl Call {
    /// Method and path, no token, no body.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let mut event = fixture("me");
        event["rawPath"] = json!(path);
        event["requestContext"]["http"]["method"] = json!(method);
        event["requestContext"]["http"]["path"] = json!(path);
        Self(event).without_header("authorization")
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.0["body"] = json!(body.into());
        self
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        self.0["rawQueryString"] = json!(query);
        self
    }

    pub(crate) fn request(&self) -> Request {
        request(&self.0)
    }

    fn without_header(mut self, name: &str) -> Self {
        self.0["headers"]
            .as_object_mut()
            .expect("an object")
            .remove(name);
        self
    }
}

/// A WebSocket API event.
pub(crate) fn socket_event(event: Value) -> SocketEvent {
    serde_json::from_value(event).expect("a WebSocket API event")
}

/// A message on a connection.
pub(crate) fn message(connection: &str, body: &str) -> SocketEvent {
    let mut event = fixture("socket-message");
    event["requestContext"]["connectionId"] = json!(connection);
    event["body"] = json!(body);
    socket_event(event)
}

/// `$connect` with these subprotocols.
pub(crate) fn connect(connection: &str, subprotocols: &str) -> SocketEvent {
    let mut event = fixture("socket-connect");
    event["requestContext"]["connectionId"] = json!(connection);
    event["headers"]["Sec-WebSocket-Protocol"] = json!(subprotocols);
    event["multiValueHeaders"]["Sec-WebSocket-Protocol"] = json!([subprotocols]);
    socket_event(event)
}

/// Status, headers and body of an answer, a line each.
pub(crate) fn shown(response: Response<Body>) -> String {
    let (parts, body) = response.into_parts();
    let Ok(body) = std::str::from_utf8(body.as_ref()).map(str::to_owned) else {
        panic!("a body that is no text")
    };
    format!(
        "{}\n{}{body}\n",
        parts.status.as_u16(),
        lines(&parts.headers)
    )
}

/// The body of an answer, which must have this status.
pub(crate) fn body(response: Response<Body>, status: u16) -> Value {
    let text = shown(response);
    assert!(text.starts_with(&status.to_string()), "{text}");
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or(Value::Null)
}

/// A socket function's answer, as API Gateway gets it.
pub(crate) fn shown_socket(answer: &SocketAnswer) -> String {
    serde_json::to_string(answer).expect("JSON")
}

fn lines(headers: &HeaderMap) -> String {
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap_or("?")))
        .collect();
    lines.sort();
    lines.concat()
}
