//! One HTTP request to the lobby: bounded in time and size, and retried where that is safe.

use std::time::Duration;

use edge::Backoff;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::Value;

use crate::error::{Error, Problem, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY_AFTER_MAX: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 3;
const BODY_BYTES_MAX: usize = 1 << 20;

/// A request, which may be sent several times.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) token: Option<&'a str>,
    pub(crate) body: Option<Value>,
    /// Makes a repeat harmless; every mutation has one.
    pub(crate) idempotency_key: Option<String>,
}

/// A client whose every wait is bounded.
pub(crate) fn client() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .no_proxy()
        .tls_backend_preconfigured(edge::tls_client_config())
        .build()
        .map_err(|error| Error::Address(error.to_string()))
}

/// Status and JSON body of a success (null when there is none); [`Error::Problem`] for anything
/// else.
pub(crate) async fn send(
    http: &reqwest::Client,
    request: &Request<'_>,
) -> Result<(StatusCode, Value)> {
    let mut backoff = Backoff::default();
    let mut attempt = 1;
    loop {
        let error = match send_once(http, request).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(delay) = retry_delay(&error, &mut backoff) else {
            return Err(error);
        };
        if attempt == ATTEMPTS {
            return Err(error);
        }
        attempt += 1;
        tokio::time::sleep(delay).await;
    }
}

async fn send_once(http: &reqwest::Client, request: &Request<'_>) -> Result<(StatusCode, Value)> {
    let mut builder = http.request(request.method.clone(), request.url.clone());
    if let Some(token) = request.token {
        builder = builder.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    if let Some(key) = &request.idempotency_key {
        builder = builder.header("idempotency-key", key);
    }
    if let Some(body) = &request.body {
        builder = builder.json(body);
    }
    let response = builder.send().await.map_err(|error| unreachable(&error))?;
    let status = response.status();
    if status.is_success() {
        return Ok((status, json(&read(response).await?)?));
    }
    Err(problem(response).await)
}

/// None: trying again would not help.
fn retry_delay(error: &Error, backoff: &mut Backoff) -> Option<Duration> {
    match error {
        Error::Unreachable(_) => Some(backoff.delay()),
        Error::Problem(problem) if matches!(problem.status, 429 | 502..=504) => Some(
            problem
                .retry_after
                .map_or_else(|| backoff.delay(), |after| after.min(RETRY_AFTER_MAX)),
        ),
        _ => None,
    }
}

async fn problem(response: Response) -> Error {
    let status = response.status();
    let retry_after = header(&response, RETRY_AFTER.as_str())
        .and_then(|text| text.parse().ok())
        .map(Duration::from_secs);
    let kind = header(&response, CONTENT_TYPE.as_str())
        .unwrap_or_default()
        .to_owned();
    let body = read(response).await.unwrap_or_default();
    let parsed = kind
        .starts_with("application/problem+json")
        .then(|| serde_json::from_slice(&body).ok())
        .flatten();
    let fallback = || Problem {
        title: status.to_string(),
        detail: excerpt(&body),
        ..Problem::default()
    };
    Problem {
        status: status.as_u16(),
        retry_after,
        ..parsed.unwrap_or_else(fallback)
    }
    .into()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

async fn read(mut response: Response) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(&error))?
    {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(Error::Unexpected(format!(
                "a body of more than {BODY_BYTES_MAX} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn json(body: &[u8]) -> Result<Value> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body)
        .map_err(|error| Error::Unexpected(format!("{error} in {}", excerpt(body))))
}

fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned()
}

/// The innermost cause (`Connection refused`): reqwest's own text is less specific.
fn unreachable(error: &reqwest::Error) -> Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let url = error.url().map(ToString::to_string).unwrap_or_default();
    Error::Unreachable(format!("{url}: {cause}"))
}
