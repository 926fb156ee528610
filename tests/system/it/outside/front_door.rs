//! The pages that the front door serves, and the requests that it refuses.

use support::System;
use support::http::{Answer, request};

#[test]
fn pages_are_served() {
    let system = System::shared();
    let get = |path: &str| request(&system.url, "GET", path, &[], b"");
    for path in ["/app", "/app/", "/feedback"] {
        let page = get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-type")
                .is_some_and(|kind| kind.starts_with("text/html")),
            "{path}"
        );
        let text = page.text();
        for file in linked(&text) {
            assert_eq!(get(file).status, 200, "{file} of {path}");
        }
    }
    assert_eq!(get("/app/nothing.js").problem(), "404 not-found");
    assert_eq!(get("/app/../nginx.conf").status, 404);
    assert_eq!(get("/app/%2e%2e/package.json").status, 404);
    assert_eq!(get("/healthz").json()["status"], "ok");
}

#[test]
fn what_the_front_door_refuses_is_a_problem_document() {
    let system = System::shared();
    let call = |method: &str, path: &str| request(&system.url, method, path, &[], b"");
    let not_allowed = |method: &str, path: &str, allow: &str| {
        let answer: Answer = call(method, path);
        assert_eq!(
            answer.problem(),
            "405 method-not-allowed",
            "{method} {path}"
        );
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    };
    not_allowed("GET", "/lobby/queue", "POST, DELETE");
    not_allowed("PUT", "/lobby/me", "GET, PATCH");
    not_allowed("POST", "/leaderboard", "GET");
    not_allowed("POST", "/app", "GET, HEAD");
    not_allowed("DELETE", "/feedback", "GET, HEAD, POST");
    let relay = &system.relays()[0];
    not_allowed("POST", &format!("/game/{relay}"), "GET");
    for path in [
        "/nothing",
        "/lobby/nothing",
        "//lobby/me",
        "/game/nobody",
        &format!("/game/{relay}/x"),
        // Only the complete name of a relay is routed.
        &format!("/game/{relay}-x"),
        &format!("/game/x-{relay}"),
        "/game/127-0-0-1",
        "/game/localhost",
        "/@connections/x",
    ] {
        assert_eq!(call("GET", path).problem(), "404 not-found", "{path}");
    }
    assert_eq!(call("GET", "/lambda-url/guest/").problem(), "404 not-found");
    assert_eq!(
        call("POST", "/2015-03-31/functions/sweep/invocations").problem(),
        "404 not-found"
    );
    assert_eq!(call("GET", "/lobby").problem(), "426 upgrade-required");
    assert_eq!(
        call("GET", &format!("/game/{relay}")).problem(),
        "426 upgrade-required"
    );
    assert_eq!(
        call("GET", "/metrics").problem(),
        "404 not-found",
        "metrics are not public"
    );
}

/// The scripts and styles of a page.
fn linked(page: &str) -> Vec<&str> {
    ["src=\"", "href=\""]
        .into_iter()
        .flat_map(|start| page.split(start).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .filter(|file| file.starts_with("/app/"))
        .collect()
}
