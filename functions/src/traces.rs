//! The spans of functions: of HTTP calls, of time in the queue and in the outbox, and of pushes.

use std::env;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edge::traces::{Kind, Span, TraceContext, Traces};
use lambda_http::{Body, Request, Response};
use lobby::{TracedPush, TracedSeat};

/// How long an invocation waits for the export of its spans, where the process is frozen after it.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(300);

/// The context of the call's own span, in the request's extensions.
#[derive(Clone, Copy)]
struct OwnSpan(TraceContext);

/// Answers an HTTP call of this function within a span, a child of the caller's if the request has a `traceparent`.
pub async fn call<F>(
    traces: &Traces,
    function: &'static str,
    mut request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response<Body>
where
    F: Future<Output = Response<Body>>,
{
    let traceparent = request.headers().get("traceparent");
    let traceparent = traceparent.and_then(|value| value.to_str().ok());
    let Some((own, caller)) = traces.enter(traceparent) else {
        return answer(request).await;
    };
    let (from, method) = (SystemTime::now(), request.method().to_string());
    request.extensions_mut().insert(OwnSpan(own));
    let response = answer(request).await;
    let status = response.status();
    let span = Span::new(function, Kind::Server, own, caller, from)
        .with("http.request.method", method)
        .with_number("http.response.status_code", status.as_u16().into())
        .failed(status.is_server_error());
    traces.record(span);
    flush(traces).await;
    response
}

/// The `traceparent` that the lobby keeps with the player of this call; empty if the call has no span.
pub fn traceparent(request: &Request) -> String {
    let own = request.extensions().get::<OwnSpan>();
    own.map(|OwnSpan(context)| context.to_string())
        .unwrap_or_default()
}

/// Records how long seated players were in the queue.
pub fn record_seats(traces: &Traces, pool: &str, seats: &[TracedSeat]) {
    for seat in seats {
        let Some(parent) = traces.parent(&seat.trace) else {
            continue;
        };
        let from = at_ms(seat.since_ms);
        let span = Span::new("queue", Kind::Internal, parent.child(), Some(parent), from)
            .until(at_ms(seat.until_ms))
            .with("skirmish.pool", pool)
            .with("skirmish.room", &seat.room)
            .with("skirmish.player", &seat.player);
        traces.record(span);
    }
}

/// Records how long seat tickets were in the outbox, and their pushes.
pub fn record_pushes(traces: &Traces, pushes: &[TracedPush]) {
    for push in pushes {
        let Some(parent) = traces.parent(&push.trace) else {
            continue;
        };
        let (outbox, written) = (parent.child(), at_ms(push.written_ms));
        let spans = [
            Span::new("outbox", Kind::Internal, outbox, Some(parent), written).until(push.from),
            Span::new(
                "push",
                Kind::Client,
                outbox.child(),
                Some(outbox),
                push.from,
            )
            .until(push.until),
        ];
        for span in spans {
            let span = span.with("skirmish.room", &push.room);
            traces.record(span.with("skirmish.player", &push.player));
        }
    }
}

/// At the end of an invocation: AWS freezes the process until the next one, so the spans must leave now. Elsewhere the
/// process keeps running, and nobody waits.
pub async fn flush(traces: &Traces) {
    // Only AWS sets it.
    if env::var_os("AWS_LAMBDA_INITIALIZATION_TYPE").is_some() {
        traces.flush(FLUSH_TIMEOUT).await;
    }
}

fn at_ms(since_1970: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(since_1970)
}
