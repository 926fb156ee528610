//! The Invoke API: `POST /2015-03-31/functions/<function>/invocations`, as AWS SDKs call it.
//! Signatures are not checked.

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::call::{Answer as Outcome, CallError, Names};
use crate::respond::{self, Answer, Unread};
use crate::server::{Shared, not_found};

const INVOCATION_TYPE: &str = "x-amz-invocation-type";
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// `parts`: the segments of the path after `functions`.
pub(crate) async fn handle<'a>(
    shared: &Arc<Shared>,
    parts: impl Iterator<Item = &'a str>,
    request: Request<Incoming>,
) -> Answer {
    let parts: Vec<&str> = parts.collect();
    let [name, "invocations"] = parts[..] else {
        return not_found();
    };
    if *request.method() != Method::POST {
        return not_found();
    }
    let Some(function) = shared.functions.get(name) else {
        let text = format!("Function not found: {name}");
        let kind = "ResourceNotFoundException";
        return respond::exception(StatusCode::NOT_FOUND, kind, &text);
    };
    let way = request.headers().get(INVOCATION_TYPE).cloned();
    let event = match event(request.into_body(), shared).await {
        Ok(event) => event,
        Err(refusal) => return refusal,
    };
    let names = Names::new();
    let id = names.id.clone();
    let answer = match way.as_ref().map(HeaderValue::as_bytes) {
        None | Some(b"RequestResponse") => answer(&id, shared.call(&function, names, event).await),
        Some(b"Event") => match shared.begin(&function, names, event) {
            Ok(()) => respond::empty(StatusCode::ACCEPTED),
            Err(error) => answer(&id, Err(error)),
        },
        Some(b"DryRun") => respond::empty(StatusCode::NO_CONTENT),
        Some(_) => {
            let text = "X-Amz-Invocation-Type is RequestResponse, Event or DryRun";
            let kind = "InvalidParameterValueException";
            respond::exception(StatusCode::BAD_REQUEST, kind, text)
        }
    };
    named(answer, &id)
}

async fn event(body: Incoming, shared: &Shared) -> Result<Bytes, Answer> {
    let body = respond::read(body, shared.limits.body).await;
    let body = body.map_err(|unread| match unread {
        Unread::TooLarge => respond::exception(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        ),
        Unread::Broken => not_json("unreadable"),
    })?;
    if body.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<IgnoredAny>(&body) {
        Ok(_) => Ok(body),
        Err(error) => Err(not_json(&error.to_string())),
    }
}

fn not_json(why: &str) -> Answer {
    let text = format!("Could not parse request body into json: {why}");
    let kind = "InvalidRequestContentException";
    respond::exception(StatusCode::BAD_REQUEST, kind, &text)
}

/// The answer in Lambda's wording. A function's own failure is an answer with a header that marks it.
fn answer(id: &str, outcome: Outcome) -> Answer {
    let (kind, text) = match outcome {
        Ok(body) => {
            let mut answer = respond::with_body(StatusCode::OK, "application/json", body);
            let version = HeaderValue::from_static("$LATEST");
            answer.headers_mut().insert(EXECUTED_VERSION, version);
            return answer;
        }
        Err(CallError::Failed(body)) => return function_error(body),
        Err(CallError::Full | CallError::NotTaken) => {
            let kind = "TooManyRequestsException";
            let refusal = respond::exception(StatusCode::TOO_MANY_REQUESTS, kind, "Rate Exceeded.");
            return respond::soon(refusal);
        }
        Err(error @ CallError::Unreachable(_)) => {
            let (status, kind) = (StatusCode::BAD_GATEWAY, "ServiceException");
            return respond::exception(status, kind, &error.to_string());
        }
        Err(CallError::TimedOut) => ("Sandbox.Timedout", "Error: Task timed out"),
        Err(CallError::Died) => ("Runtime.ExitError", "Error: Runtime exited"),
    };
    let message = format!("RequestId: {id} {text}");
    let body = json!({ "errorType": kind, "errorMessage": message });
    function_error(body.to_string().into())
}

fn function_error(body: Bytes) -> Answer {
    let mut answer = respond::with_body(StatusCode::OK, "application/json", body);
    let headers = answer.headers_mut();
    headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    answer
}

fn named(mut answer: Answer, id: &str) -> Answer {
    // A UUID is a valid header value.
    if let Ok(id) = HeaderValue::from_str(id) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}
