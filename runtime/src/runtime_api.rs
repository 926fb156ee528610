//! The Runtime API: `/.rt/<function>/2018-06-01/runtime/…`, where a function's process fetches calls and answers
//! them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;

use crate::call::{Answer as Outcome, CallError, since_1970};
use crate::function::{Function, Started, time_left};
use crate::respond::{self, Answer, Unread};
use crate::server::{Shared, not_found};

/// The calls that a connection has fetched. When it closes, unanswered calls fail: a process keeps its connection
/// open, so it must have ended. A call that was fetched with `Connection: close` is exempt.
#[derive(Default)]
pub(crate) struct Held(Mutex<Vec<(Arc<Function>, String)>>);

impl Held {
    fn add(&self, function: &Arc<Function>, id: &str) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(function, id)| function.is_running(id));
        held.push((Arc::clone(function), id.to_owned()));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let held = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (function, id) in held.drain(..) {
            if function.finish(&id, Err(CallError::Died)) {
                let function = &function.name;
                tracing::warn!(function, request = id, "the function ended during a call");
            }
        }
    }
}

/// `parts`: the segments of the path after the function's name.
pub(crate) async fn handle<'a>(
    shared: &Shared,
    held: &Held,
    name: &str,
    parts: impl Iterator<Item = &'a str>,
    request: Request<Incoming>,
) -> Answer {
    let parts: Vec<&str> = parts.collect();
    let ["2018-06-01", "runtime", parts @ ..] = &parts[..] else {
        return not_found();
    };
    let Some(function) = shared.functions.get(name) else {
        return not_found();
    };
    let patience = shared.limits.body;
    match (request.method(), parts) {
        (&Method::GET, ["invocation", "next"]) => next(&function, held, &request).await,
        (&Method::POST, ["invocation", id, "response"]) => {
            response(&function, id, request.into_body(), patience).await
        }
        (&Method::POST, ["invocation", id, "error"]) => {
            let why = failure(request.into_body(), patience).await;
            ended(function.finish(id, Err(CallError::Failed(why))))
        }
        (&Method::POST, ["init", "error"]) => {
            let why = failure(request.into_body(), patience).await;
            let text = String::from_utf8_lossy(&why);
            tracing::error!(function = name, %text, "the function could not start");
            function.init_failed(&why);
            ended(true)
        }
        _ => not_found(),
    }
}

async fn next(function: &Arc<Function>, held: &Held, request: &Request<Incoming>) -> Answer {
    let started = function.next().await;
    let closes = request.headers().get(CONNECTION);
    if closes.is_none_or(|value| !value.as_bytes().eq_ignore_ascii_case(b"close")) {
        held.add(function, &started.id);
    }
    invocation(&function.name, started)
}

fn invocation(function: &str, started: Started) -> Answer {
    let deadline = since_1970() + time_left(started.deadline);
    let headers = [
        ("lambda-runtime-aws-request-id", started.id),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            format!("arn:aws:lambda:us-east-1:000000000000:function:{function}"),
        ),
        ("lambda-runtime-trace-id", started.trace_id),
    ];
    let mut answer = Response::new(Full::new(started.event));
    let map = answer.headers_mut();
    map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in headers {
        // All of them consist of digits, letters and dashes.
        if let Ok(value) = HeaderValue::try_from(value) {
            map.insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

async fn response(function: &Function, id: &str, body: Incoming, patience: Duration) -> Answer {
    let (outcome, too_large): (Outcome, bool) = match respond::read(body, patience).await {
        Ok(body) => (Ok(body), false),
        Err(Unread::TooLarge) => {
            let text =
                "Response payload size exceeded maximum allowed payload size (6291456 bytes).";
            let kind = "Function.ResponseSizeTooLarge";
            (Err(CallError::failed(kind, text)), true)
        }
        Err(Unread::Broken) => (Err(CallError::Died), false),
    };
    let was_running = function.finish(id, outcome);
    if too_large {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge");
    }
    ended(was_running)
}

/// A function's error document, or a substitute if it cannot be read.
async fn failure(body: Incoming, patience: Duration) -> Bytes {
    let unknown = r#"{"errorMessage":"Unknown error","errorType":"Runtime.Unknown"}"#;
    let document = respond::read(body, patience).await.unwrap_or_default();
    if document.is_empty() {
        Bytes::from_static(unknown.as_bytes())
    } else {
        document
    }
}

/// The answer to a late result. AWS would end the process; here it may fetch another call.
fn ended(was_running: bool) -> Answer {
    if was_running {
        respond::json(StatusCode::ACCEPTED, &json!({ "status": "OK" }))
    } else {
        refusal(StatusCode::GONE, "InvalidRequestID")
    }
}

fn refusal(status: StatusCode, kind: &str) -> Answer {
    let body = json!({ "errorMessage": status.canonical_reason(), "errorType": kind });
    respond::json(status, &body)
}
