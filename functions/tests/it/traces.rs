//! Traces: the spans of calls, queue, outbox and pushes, as a collector receives them, and collectors that fail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use edge::traces::{Kind, Span, TraceContext, TraceSettings, Traces};
use expect_test::{Expect, expect};
use functions::handlers::queue_join;
use functions::traces::call;
use futures_util::FutureExt;
use serde_json::Value;

use crate::support::events::{Call, body};
use crate::support::players::{self, open};
use crate::support::server::Server;
use crate::support::world::World;
use testkit::PATIENCE;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// Spans that are exported to this collector.
fn traces(url: &str) -> Traces {
    let settings = TraceSettings::read(url, "", "").expect("settings");
    Traces::start(settings.as_ref(), "skirmish-test")
}

/// A lobby whose functions export to a collector.
async fn traced_world() -> (World, Server) {
    let collector = Server::start(|_| Some((200, "", "{}".to_owned()))).await;
    let World {
        app,
        gateway,
        redis,
    } = World::start().await;
    let app = app.with_traces(traces(&collector.url));
    let world = World {
        app,
        gateway,
        redis,
    };
    (world, collector)
}

/// Player `number` joins, as the function `queue-join` is called.
async fn join_traced(world: &World, number: u32, traceparent: Option<&str>) {
    let plain = players::call(number, "POST", "/lobby/queue").body("{}");
    let with = |text: &str| plain.clone().header("traceparent", text);
    let request = traceparent.map_or_else(|| plain.clone(), with);
    let answer = |request| queue_join::handle(&world.app, request);
    let traces = world.app.traces();
    let response = call(traces, "queue-join", Call::request(&request), answer).await;
    body(response, 202);
}

/// The spans that the collector has received.
fn spans(collector: &Server) -> Vec<Value> {
    let bodies = collector.received().into_iter().map(|received| {
        assert_eq!(received.path, "/v1/traces");
        serde_json::from_str::<Value>(&received.body).expect("JSON")
    });
    let of_body = |body: Value| {
        let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
        spans.as_array().expect("spans").clone()
    };
    bodies.flat_map(of_body).collect()
}

/// The spans of [`TRACE`], each with its parent: a span, or the caller. Sorted.
fn shown(spans: &[Value]) -> String {
    let names: BTreeMap<&str, &str> = spans
        .iter()
        .map(|span| (text(span, "spanId"), text(span, "name")))
        .collect();
    let lines = spans.iter().filter(|span| span["traceId"] == TRACE);
    let line = |span: &Value| {
        let parent = text(span, "parentSpanId");
        let parent = names.get(parent).copied().unwrap_or(parent);
        format!("{} < {parent}\n", text(span, "name"))
    };
    let mut lines: Vec<String> = lines.map(line).collect();
    lines.sort();
    lines.concat()
}

fn text<'a>(span: &'a Value, name: &str) -> &'a str {
    span[name].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_join_is_a_child_of_its_caller_and_what_follows_is_a_child_of_the_join() {
    let (world, collector) = traced_world().await;
    for (number, connection) in [(1, "one"), (2, "two"), (3, "three")] {
        open(&world, number, connection).await;
    }
    world.relay().await;
    join_traced(&world, 1, Some(SAMPLED)).await;
    join_traced(&world, 2, None).await;
    join_traced(&world, 3, Some(&UNSAMPLED.replace(TRACE, &"1".repeat(32)))).await;
    assert_eq!(world.assign().await.started, 1);
    world.app.traces().flush(PATIENCE).await;
    let spans = spans(&collector);
    expect![[r#"
        outbox < queue-join
        push < outbox
        queue < queue-join
        queue-join < 00f067aa0ba902b7
    "#]]
    .assert_eq(&shown(&spans));
    // Player 2 has a trace of their own, and the caller of player 3 records none.
    assert_eq!(spans.len(), 8);
    assert_eq!(
        world.types("one").last().map(String::as_str),
        Some("match_started")
    );
    assert!(
        world
            .received("one")
            .iter()
            .all(|it| it.get("trace").is_none())
    );
    let http = spans.iter().find(|span| span["name"] == "queue-join");
    expect![[r#"[{"key":"http.request.method","value":{"stringValue":"POST"}},{"key":"http.response.status_code","value":{"intValue":"202"}}]"#]]
        .assert_eq(&http.expect("a span")["attributes"].to_string());
}

/// What the lobby keeps with player `number`, who joins with this header.
async fn check_trace_kept(world: &World, number: u32, traceparent: &str, expected: &Expect) {
    join_traced(world, number, Some(traceparent)).await;
    let key = format!("{{main}}:player:{}", players::player(number));
    let kept = world.redis.command(&["HGET", &key, "trace"]);
    let shown = match TraceContext::parse(kept.trim()) {
        Some(_) if kept.contains(TRACE) => "the caller's trace",
        Some(_) => "a new trace",
        None => kept.trim(),
    };
    expected.assert_eq(shown);
}

#[tokio::test]
async fn only_a_valid_traceparent_names_the_trace() {
    let (world, _collector) = traced_world().await;
    check_trace_kept(&world, 1, SAMPLED, &expect!["the caller's trace"]).await;
    check_trace_kept(&world, 2, UNSAMPLED, &expect![""]).await;
    let many = format!("{SAMPLED},{SAMPLED}");
    let long = format!("00-{}", TRACE.repeat(1000));
    for (number, invalid) in (3..).zip(["", "x", "00-{a}-1-01", "\u{e9}", &many, &long]) {
        check_trace_kept(&world, number, invalid, &expect!["a new trace"]).await;
    }
}

#[tokio::test]
async fn without_a_collector_nothing_is_kept() {
    let world = World::start().await;
    join_traced(&world, 1, Some(SAMPLED)).await;
    let key = format!("{{main}}:player:{}", players::player(1));
    assert_eq!(world.redis.command(&["HEXISTS", &key, "trace"]).trim(), "0");
}

fn record(traces: &Traces) {
    let (context, from) = (TraceContext::begin(), SystemTime::now());
    traces.record(Span::new("x", Kind::Internal, context, None, from));
}

/// Whether a flush returns without waiting.
fn is_skipped(traces: &Traces) -> bool {
    traces.flush(PATIENCE).now_or_never().is_some()
}

#[tokio::test]
async fn a_collector_that_hangs_delays_one_call_and_then_none() {
    let collector = Server::start(|_| None).await;
    let traces = traces(&collector.url);
    record(&traces);
    assert!(!is_skipped(&traces));
    traces.flush(Duration::from_millis(10)).await;
    record(&traces);
    assert!(is_skipped(&traces));
}

#[tokio::test]
async fn a_collector_that_is_away_fails_no_call_and_is_used_when_it_is_back() {
    let traces_away = traces("http://127.0.0.1:1");
    record(&traces_away);
    traces_away.flush(PATIENCE).await;
    assert!(is_skipped(&traces_away));

    let is_back = Arc::new(AtomicBool::new(false));
    let known = is_back.clone();
    let status = move || {
        if known.load(Ordering::Relaxed) {
            200
        } else {
            503
        }
    };
    let collector = Server::start(move |_| Some((status(), "", String::new()))).await;
    let traces = traces(&collector.url);
    record(&traces);
    traces.flush(PATIENCE).await;
    assert!(is_skipped(&traces));
    is_back.store(true, Ordering::Relaxed);
    record(&traces);
    while is_skipped(&traces) {
        tokio::task::yield_now().await;
    }
    assert_eq!(spans(&collector).len(), 2);
}

#[tokio::test]
async fn spans_beyond_the_queue_are_dropped() {
    let collector = Server::start(|_| Some((200, "", String::new()))).await;
    let traces = traces(&collector.url);
    // No other task runs in between.
    for _ in 0..5_000 {
        record(&traces);
    }
    while spans(&collector).len() < 2_048 {
        traces.flush(PATIENCE).await;
        tokio::task::yield_now().await;
    }
    record(&traces);
    traces.flush(PATIENCE).await;
    assert_eq!(spans(&collector).len(), 2_049);
}

#[tokio::test]
async fn an_error_of_the_function_is_an_error_of_the_span() {
    let (world, collector) = traced_world().await;
    world.redis.fill();
    let request = players::call(1, "POST", "/lobby/queue")
        .body("{}")
        .request();
    let answer = |request| queue_join::handle(&world.app, request);
    let response = call(world.app.traces(), "queue-join", request, answer).await;
    body(response, 503);
    world.app.traces().flush(PATIENCE).await;
    let status = &spans(&collector)[0]["status"];
    expect![[r#"{"code":2}"#]].assert_eq(&status.to_string());
}
