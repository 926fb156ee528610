//! Synchronous invocations, `POST /2015-03-31/functions/<name>/invocations`, and functions' proxy
//! answers.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::Error;
use crate::event::Event;
use crate::respond::Answer;

/// The largest answer of a function, in bytes: Lambda's limit for synchronous invocations.
const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    #[error("cannot reach the function: {0}")]
    Unreachable(String),
    #[error("too many invocations of the function wait")]
    Busy,
    #[error("the function failed: {0}")]
    Failed(String),
    #[error("the function's answer is not a proxy answer: {0}")]
    Malformed(serde_json::Error),
    #[error("the function did not answer in time")]
    TimedOut,
}

impl InvokeError {
    /// The status with which the handshake is refused.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Failed(_) | Self::Malformed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unreachable(_) => StatusCode::BAD_GATEWAY,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// Invokes functions at one address, over persistent connections.
pub(crate) struct Invoker {
    client: Client<HttpConnector, Full<Bytes>>,
    /// Without a trailing slash.
    base: String,
    timeout: Duration,
    /// Each call takes a file descriptor.
    in_flight: Semaphore,
}

impl Invoker {
    pub(crate) fn new(url: &str, timeout: Duration, in_flight: usize) -> Result<Self, Error> {
        let parsed: Option<Uri> = url.parse().ok();
        if parsed.is_none_or(|uri| {
            uri.scheme_str() != Some("http") || uri.host().is_none() || uri.query().is_some()
        }) {
            return Err(Error::InvokeUrl(url.to_owned()));
        }
        let mut connector = HttpConnector::new();
        // Head and body are one vectored write. Without this option, a later write could wait for an acknowledgement.
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self {
            client,
            base: url.trim_end_matches('/').to_owned(),
            timeout,
            in_flight: Semaphore::new(in_flight),
        })
    }

    /// Runs the function and returns the bytes of its answer.
    pub(crate) async fn invoke(
        &self,
        function: &str,
        event: &Event<'_>,
    ) -> Result<Bytes, InvokeError> {
        let answer = tokio::time::timeout(self.timeout, self.call(function, event)).await;
        answer.unwrap_or(Err(InvokeError::TimedOut))
    }

    async fn call(&self, function: &str, event: &Event<'_>) -> Result<Bytes, InvokeError> {
        let body = serde_json::to_vec(event).map_err(InvokeError::Malformed)?;
        // The semaphore is never closed, so a permit always becomes free.
        let _permit = self.in_flight.acquire().await;
        let request = Request::post(format!(
            "{}/2015-03-31/functions/{function}/invocations",
            self.base
        ))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::from(body))
        .map_err(|error| InvokeError::Unreachable(error.to_string()))?;
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|error| InvokeError::Unreachable(edge::error_chain(&error)))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body
            .map_err(|error| InvokeError::Unreachable(error.to_string()))?
            .to_bytes();
        if head.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(InvokeError::Busy);
        }
        // Lambda answers 200 with the error in a header; cargo lambda answers 500.
        if !head.status.is_success() || head.headers.contains_key("x-amz-function-error") {
            return Err(InvokeError::Failed(excerpt(&body)));
        }
        Ok(body)
    }
}

/// The answer of a function to `$connect`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxyAnswer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl ProxyAnswer {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, InvokeError> {
        serde_json::from_slice(bytes).map_err(InvokeError::Malformed)
    }

    pub(crate) fn admits(&self) -> bool {
        (200..300).contains(&self.status_code)
    }

    /// A header of the answer; None if its value is not a valid header value.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<HeaderValue> {
        self.header_map().remove(name)
    }

    /// The refusal that the client of the handshake gets.
    pub(crate) fn into_answer(self) -> Answer {
        let mut headers = self.header_map();
        for name in [
            header::CONNECTION,
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::UPGRADE,
        ] {
            headers.remove(name);
        }
        headers.remove(header::SEC_WEBSOCKET_PROTOCOL);
        let text = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded {
            STANDARD.decode(&text).unwrap_or_default()
        } else {
            text.into_bytes()
        };
        let mut answer = Answer::new(Full::from(body));
        // A 1xx status would announce another answer.
        let status = StatusCode::from_u16(self.status_code)
            .ok()
            .filter(|status| !status.is_informational());
        *answer.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *answer.headers_mut() = headers;
        answer
    }

    fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        let single = self.headers.iter().flatten().map(|(name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name, vec![value])
        });
        let multi = self
            .multi_value_headers
            .iter()
            .flatten()
            .map(|(name, values)| (name, values.clone()));
        for (name, values) in single.chain(multi) {
            let Ok(name) = name.parse::<HeaderName>() else {
                continue;
            };
            map.remove(&name);
            for value in values
                .iter()
                .filter_map(|value| HeaderValue::from_str(value).ok())
            {
                map.append(&name, value);
            }
        }
        map
    }
}

/// The beginning of a failed function's answer, for the log.
fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(300).collect()
}
