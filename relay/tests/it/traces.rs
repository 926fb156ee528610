//! Traces: the spans of tickets and of first ticks, over both transports.

use std::collections::BTreeMap;

use expect_test::expect;
use serde_json::Value;

use crate::support::{FakeLambda, WebClient, World, until};

const PARENT: &str = "00f067aa0ba902b7";

/// The spans that a collector has received. It stands in for Lambda too, and takes any path.
fn spans(collector: &FakeLambda) -> Vec<Value> {
    let requests = collector.of("/v1/traces").into_iter();
    let of = |request: Value| {
        let spans = &request["resourceSpans"][0]["scopeSpans"][0]["spans"];
        spans.as_array().expect("spans").clone()
    };
    let requests = requests.map(|it| serde_json::from_str(&it.payload).expect("JSON"));
    requests.flat_map(of).collect()
}

/// Each span by the number of its trace, with its parent: a span of that trace, or the lobby's. Sorted.
fn shown(spans: &[Value]) -> String {
    let text = |span: &Value, name: &str| span[name].as_str().unwrap_or_default().to_owned();
    let names: BTreeMap<String, String> = spans
        .iter()
        .map(|span| (text(span, "spanId"), text(span, "name")))
        .collect();
    let line = |span: &Value| {
        let (trace, parent) = (text(span, "traceId"), text(span, "parentSpanId"));
        let parent = names.get(&parent).unwrap_or(&parent);
        format!("{}: {} < {parent}\n", &trace[31..], text(span, "name"))
    };
    let mut lines: Vec<String> = spans.iter().map(line).collect();
    lines.sort();
    lines.concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_has_a_span_and_so_has_the_first_tick_of_a_session_that_is_still_there() {
    let collector = FakeLambda::start(|_, _| Ok("{}")).await;
    let change = |config: &mut relay::Config| {
        config.otlp_endpoint = collector.url();
        "127.0.0.1:0".clone_into(&mut config.webtransport_address);
    };
    let world = World::start_with("{}", change).await;
    let seated = world.seat_three().await;
    for (number, one) in (1..).zip(&seated) {
        let record = format!("{{main}}:player:{}", one.player);
        let trace = format!("00-{number:032x}-{PARENT}-01");
        world.redis.command(&["HSET", &record, "trace", &trace]);
    }
    // The third player leaves before the match starts, which then waits for them.
    drop(world.open(&seated[2]).await);
    until("the third player is away", async || {
        let ended = world.metric("skirmish_sessions").await < 0.5;
        (ended && spans(&collector).len() == 1).then_some(())
    })
    .await;
    let mut first = WebClient::start(&seated[0].game).await;
    let mut second = world.open(&seated[1]).await;
    first.text("welcome").await;
    second
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    world.server.shutdown().await;
    expect![[r#"
        1: first-tick < ticket
        1: ticket < 00f067aa0ba902b7
        2: first-tick < ticket
        2: ticket < 00f067aa0ba902b7
        3: ticket < 00f067aa0ba902b7
    "#]]
    .assert_eq(&shown(&spans(&collector)));
}
