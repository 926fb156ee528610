//! The runtime with its own Runtime API, as callers and functions see it.

use std::time::Duration;

use runtime::{Limits, QUEUED_MAX};
use serde_json::json;

use crate::support::{World, rt};

const URL: &str = "GET /lambda-url/f/";

#[tokio::test]
async fn a_call_goes_to_the_process_that_fetches_it_and_its_answer_to_the_caller() {
    let world = World::own(Limits::default()).await;
    let (reply, ()) = tokio::join!(world.invoke(r#"{"a":1}"#), async {
        let call = world.next().await;
        assert_eq!(call.body, r#"{"a":1}"#);
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        assert_eq!(
            call.header("lambda-runtime-invoked-function-arn"),
            Some(arn)
        );
        let deadline = call.header("lambda-runtime-deadline-ms").unwrap();
        assert!(deadline.parse::<u64>().unwrap() > 1_700_000_000_000);
        let trace = call.header("lambda-runtime-trace-id").unwrap();
        assert!(trace.starts_with("Root=1-"), "{trace}");
        assert_eq!(world.end(&call, "response", "[2]").await.status, 202);
        assert_eq!(
            world.end(&call, "response", "[3]").await.status,
            410,
            "late"
        );
    });
    assert_eq!((reply.status, reply.body.as_str()), (200, "[2]"));
    assert_eq!(reply.header("x-amz-function-error"), None);
    assert_eq!(reply.header("x-amz-executed-version"), Some("$LATEST"));
}

#[tokio::test]
async fn a_failed_call_is_a_function_error_and_a_500_of_a_function_url() {
    let world = World::own(Limits::default()).await;
    let failing = async {
        for _ in 0..2 {
            let call = world.next().await;
            world.end(&call, "error", r#"{"errorType":"Boo"}"#).await;
        }
    };
    let asking = async {
        let reply = world.invoke("{}").await;
        assert_eq!(
            (reply.status, reply.json()),
            (200, json!({"errorType": "Boo"}))
        );
        assert_eq!(reply.header("x-amz-function-error"), Some("Unhandled"));
        let reply = world.request("GET", "/lambda-url/f/", &[], "").await;
        assert_eq!(reply.status, 500);
        assert_eq!(reply.json()["type"], "urn:skirmish:problem:internal");
    };
    tokio::join!(failing, asking);
    let metrics = world.request("GET", "/metrics", &[], "").await.body;
    for series in [
        r#"skirmish_runtime_calls_total{function="f",outcome="answered"} 0"#,
        r#"skirmish_runtime_calls_total{function="f",outcome="failed"} 2"#,
        r#"skirmish_runtime_call_seconds_count{function="f"} 2"#,
        r#"skirmish_runtime_http_responses_total{code="500",function="f"} 1"#,
        r#"skirmish_runtime_pollers{function="f"} 0"#,
    ] {
        assert!(metrics.lines().any(|line| line == series), "{metrics}");
    }
}

#[tokio::test]
async fn a_call_of_a_function_that_dies_fails_immediately() {
    let world = World::own(Limits::default()).await;
    for (path, status) in [
        ("/2015-03-31/functions/f/invocations", 200),
        ("/lambda-url/f/", 502),
    ] {
        let dying = async {
            let function = world.write(&format!("GET {}", rt("invocation/next"))).await;
            world.until("running", 1).await;
            drop(function);
        };
        let (reply, ()) = tokio::join!(world.request("POST", path, &[], "{}"), dying);
        assert_eq!(reply.status, status, "{path}");
        if status == 200 {
            assert_eq!(reply.json()["errorType"], "Runtime.ExitError");
            assert_eq!(reply.header("x-amz-function-error"), Some("Unhandled"));
        }
    }
    world.until("pollers", 0).await;
}

#[tokio::test]
async fn a_call_whose_caller_has_disconnected_is_not_given_to_the_function() {
    let world = World::own(Limits::default()).await;
    let gone = world.write(URL).await;
    world.until("queued", 1).await;
    drop(gone);
    world.until("queued", 0).await;
    let (reply, ()) = tokio::join!(world.invoke(r#""second""#), async {
        let call = world.next().await;
        assert_eq!(call.body, r#""second""#);
        world.end(&call, "response", "1").await;
    });
    assert_eq!(reply.body, "1");
}

#[tokio::test]
async fn a_full_queue_refuses_immediately_with_retry_after() {
    let world = World::own(Limits::default()).await;
    for _ in 0..QUEUED_MAX {
        assert_eq!(world.send("{}").await.status, 202);
    }
    let reply = world.invoke("{}").await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.header("retry-after"), Some("1"));
    let kind = reply.header("x-amzn-errortype");
    assert_eq!(kind, Some("TooManyRequestsException"));
    let reply = world.request("GET", "/lambda-url/f/", &[], "").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json")
    );
    // Other functions have separate queues.
    let (reply, ()) = tokio::join!(world.request("GET", "/lambda-url/g/", &[], ""), async {
        let path = "/.rt/g/2018-06-01/runtime/invocation/";
        let call = world.request("GET", &format!("{path}next"), &[], "").await;
        let id = call.header("lambda-runtime-aws-request-id").unwrap();
        let answer = r#"{"statusCode":204}"#;
        world
            .request("POST", &format!("{path}{id}/response"), &[], answer)
            .await;
    });
    assert_eq!(reply.status, 204);
}

#[tokio::test]
async fn a_call_that_no_process_fetches_is_refused_and_one_without_an_answer_times_out() {
    let world = World::own(Limits {
        queued: Duration::from_millis(100),
        call: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    let reply = world.request("GET", "/lambda-url/f/", &[], "").await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (503, Some("1"))
    );
    let (reply, call) = tokio::join!(
        world.request("GET", "/lambda-url/f/", &[], ""),
        world.next()
    );
    assert_eq!(reply.status, 504);
    // The function has not answered yet.
    world.until("running", 1).await;
    assert_eq!(world.end(&call, "response", "{}").await.status, 202);
    world.until("running", 0).await;
    let (reply, _) = tokio::join!(world.invoke("{}"), world.next());
    assert_eq!(reply.json()["errorType"], "Sandbox.Timedout");
}

#[tokio::test]
async fn a_connection_beyond_the_limit_is_refused_and_later_ones_are_served() {
    let world = World::own(Limits {
        connections: 1,
        ..Limits::default()
    })
    .await;
    let first = world.hold_connection().await;
    let reply = world.request("GET", "/healthz", &[], "").await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(reply.header("connection"), Some("close"));
    drop(first);
    while world.request("GET", "/healthz", &[], "").await.status != 200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn calls_of_a_function_that_cannot_start_fail_with_its_error() {
    let world = World::own(Limits::default()).await;
    let (reply, ()) = tokio::join!(world.invoke("{}"), async {
        world.until("queued", 1).await;
        let why = r#"{"errorType":"NoRedis"}"#;
        let reply = world.request("POST", &rt("init/error"), &[], why).await;
        assert_eq!(reply.status, 202);
    });
    assert_eq!(reply.json()["errorType"], "NoRedis");
}

#[tokio::test]
async fn invalid_calls_are_refused_in_lambdas_wording() {
    let world = World::own(Limits::default()).await;
    let refused = async |path: &str, body| {
        let reply = world.request("POST", path, &[], body).await;
        let kind = reply
            .header("x-amzn-errortype")
            .unwrap_or_default()
            .to_owned();
        (reply.status, kind)
    };
    let invocations = "/2015-03-31/functions/f/invocations";
    let not_found = (404, "ResourceNotFoundException".to_owned());
    let not_json = (400, "InvalidRequestContentException".to_owned());
    assert_eq!(refused(invocations, "{").await, not_json);
    let odd = "/2015-03-31/functions/a%2Fb/invocations";
    assert_eq!(refused(odd, "{}").await, not_found);
    assert_eq!(refused("/lambda-url/a.b/", "").await, not_found);
    assert_eq!(refused("/elsewhere", "").await, not_found);
}
