//! Function URLs, `/lambda-url/<function>/<path>`: a request becomes an event of HTTP API v2, and the proxy answer
//! becomes a response.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Request, StatusCode};

use crate::call::{CallError, Names};
use crate::function::Function;
use crate::respond::{self, Answer, Unread};
use crate::server::{Shared, not_found};
use crate::{http_event, proxy_answer};

/// Calls the function and counts its response.
pub(crate) async fn handle(
    shared: &Arc<Shared>,
    name: &str,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Answer {
    let Some(function) = shared.functions.get(name) else {
        return not_found();
    };
    let answer = respond_by(shared, &function, peer, request).await;
    shared.metrics.responded(name, answer.status());
    answer
}

async fn respond_by(
    shared: &Arc<Shared>,
    function: &Arc<Function>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Answer {
    let name = &function.name;
    let (head, body) = request.into_parts();
    let body = match respond::read(body, shared.limits.body).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => {
            let text = "A body may have at most 6291456 bytes.";
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return respond::problem(status, "payload-too-large", "The body is too large", text);
        }
        Err(Unread::Broken) => {
            let (status, title) = (StatusCode::BAD_REQUEST, "Bad request");
            return respond::problem(status, "bad-request", title, "The body cannot be read.");
        }
    };
    let names = Names::new();
    let event = http_event::of(&names, name, &head, peer, &body);
    match shared.call(function, names, event).await {
        Ok(answer) => proxy_answer::into_response(&answer).unwrap_or_else(|error| {
            tracing::warn!(function = name, %error, "not a proxy answer");
            failed()
        }),
        Err(error) => refusal(&error),
    }
}

/// The response to a failed call, with the status that an HTTP API of API Gateway returns. A full queue, which AWS
/// does not have, gets 503.
fn refusal(error: &CallError) -> Answer {
    let unavailable = |status, text| respond::problem(status, "unavailable", "Unavailable", text);
    let applied = "The request may have been applied.";
    match error {
        CallError::Full | CallError::NotTaken => {
            let text = "Too many requests are waiting for this function. This one was not applied.";
            respond::soon(unavailable(StatusCode::SERVICE_UNAVAILABLE, text))
        }
        CallError::Failed(_) => failed(),
        CallError::Died | CallError::Unreachable(_) => {
            let text =
                format!("The function is not running, or it stopped during the call. {applied}");
            unavailable(StatusCode::BAD_GATEWAY, &text)
        }
        CallError::TimedOut => {
            let text = format!("The function did not respond in time. {applied}");
            unavailable(StatusCode::GATEWAY_TIMEOUT, &text)
        }
    }
}

fn failed() -> Answer {
    let text = "The function failed. The request may have been applied.";
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    respond::problem(status, "internal", "Internal error", text)
}
