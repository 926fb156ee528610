//! The runtime in front of another Lambda endpoint: how many calls reach it, and which.

use std::time::Duration;

use runtime::{Backend, Limits, UPSTREAM_RUNNING_MAX};

use crate::support::{DEADLINE, Upstream, World};

const CALLS: usize = 100;

async fn world(upstream: &Upstream, limits: Limits) -> World {
    World::start(Backend::Upstream(upstream.url.clone()), limits).await
}

async fn until(what: &str, reached: impl Fn() -> bool) {
    let wait = async {
        while !reached() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(DEADLINE, wait).await;
    assert!(waited.is_ok(), "{what}");
}

#[tokio::test]
async fn no_more_calls_than_the_limit_reach_an_upstream_even_when_callers_leave() {
    let upstream = Upstream::start().await;
    let world = world(&upstream, Limits::default()).await;
    let mut callers = Vec::new();
    for _ in 0..CALLS {
        callers.push(world.write("GET /lambda-url/f/").await);
    }
    world
        .until("queued", (CALLS - UPSTREAM_RUNNING_MAX) as u64)
        .await;
    drop(callers);
    world.until("queued", 0).await;
    // It still has the calls that it was given.
    let later = world.clone();
    let later = tokio::spawn(async move { later.invoke("{}").await });
    world.until("queued", 1).await;
    assert_eq!(upstream.count(), UPSTREAM_RUNNING_MAX);
    upstream.permits.add_permits(UPSTREAM_RUNNING_MAX + 1);
    assert_eq!(later.await.unwrap().status, 200);
    assert_eq!(upstream.count(), UPSTREAM_RUNNING_MAX + 1);
}

#[tokio::test]
async fn calls_of_an_upstream_that_disconnects_are_not_counted() {
    let upstream = Upstream::start().await;
    let world = world(&upstream, Limits::default()).await;
    let waiting = world.clone();
    let waiting =
        tokio::spawn(async move { waiting.request("GET", "/lambda-url/f/", &[], "").await });
    until("it has the call", || upstream.count() == 1).await;
    upstream.end();
    assert_eq!(waiting.await.unwrap().status, 502);
    world.until("running", 0).await;
}

#[tokio::test]
async fn calls_that_an_upstream_never_answers_free_their_place_but_stay_counted() {
    let upstream = Upstream::start().await;
    let limits = Limits {
        call: Duration::from_millis(200),
        queued: Duration::from_millis(200),
        ..Limits::default()
    };
    let world = world(&upstream, limits).await;
    for _ in 0..2 * CALLS {
        assert_eq!(world.send("{}").await.status, 202);
    }
    until("the limit of running calls", || {
        upstream.count() >= UPSTREAM_RUNNING_MAX
    })
    .await;
    world.until("queued", 0).await;
    for _ in 0..2 * CALLS {
        assert_eq!(world.send("{}").await.status, 202);
    }
    world.until("queued", 0).await;
    assert!(
        upstream.count() <= runtime::UPSTREAM_OWED_MAX,
        "{}",
        upstream.count()
    );
    upstream.permits.add_permits(4 * CALLS);
    assert_eq!(world.invoke("{}").await.status, 200);
}

#[tokio::test]
async fn no_header_of_a_caller_is_forwarded() {
    let upstream = Upstream::start().await;
    let world = world(&upstream, Limits::default()).await;
    upstream.permits.add_permits(2);
    let headers = [
        ("lambda-runtime-cognito-identity", "x"),
        ("lambda-runtime-client-context", "x"),
        ("x-amzn-trace-id", "x"),
        ("authorization", "Bearer x"),
    ];
    let invocations = "/2015-03-31/functions/f/invocations";
    for (method, path) in [("GET", "/lambda-url/f/"), ("POST", invocations)] {
        assert_eq!(
            world.request(method, path, &headers, "{}").await.status,
            200
        );
    }
    let seen = upstream.seen.lock().unwrap();
    for head in seen.iter() {
        let mut names: Vec<&str> = head.keys().map(hyper::header::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-length", "content-type", "host"]);
    }
}
