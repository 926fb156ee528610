//! Paths, methods, hosts and queries, as strange as a client can write them.

use serde_json::json;

use crate::support::calls::{problem, token};
use crate::support::events::Call;

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    for (function, method, path, expected) in [
        (
            "queue-join",
            "GET",
            "/lobby/queue",
            "405 method-not-allowed",
        ),
        ("queue-join", "POST", "/lobby/queue/", "404 not-found"),
        (
            "queue-leave",
            "POST",
            "/lobby/match",
            "405 method-not-allowed",
        ),
        ("queue-leave", "DELETE", "/lobby", "404 not-found"),
        (
            "room-create",
            "GET",
            "/lobby/rooms",
            "405 method-not-allowed",
        ),
        (
            "room-create",
            "DELETE",
            "/lobby/rooms/main.x/rematch",
            "405 method-not-allowed",
        ),
        ("room-create", "POST", "/lobby/rooms/", "404 not-found"),
        (
            "room-join",
            "GET",
            "/lobby/rooms/join",
            "405 method-not-allowed",
        ),
        (
            "room-join",
            "POST",
            "/lobby/codes/BCDFGH",
            "405 method-not-allowed",
        ),
        (
            "room-list",
            "POST",
            "/lobby/rooms",
            "405 method-not-allowed",
        ),
        ("room-list", "GET", "/lobby/rooms/", "404 not-found"),
        (
            "room-update",
            "POST",
            "/lobby/rooms/main.x",
            "405 method-not-allowed",
        ),
        (
            "room-update",
            "PATCH",
            "/lobby/rooms/main.x/kick",
            "405 method-not-allowed",
        ),
        (
            "room-update",
            "POST",
            "/lobby/rooms/main.x/dance",
            "404 not-found",
        ),
        ("me", "POST", "/lobby/me", "405 method-not-allowed"),
        ("me", "GET", "", "404 not-found"),
        ("me", "POST", "/lobby/regions", "405 method-not-allowed"),
        ("me-update", "POST", "/lobby/me", "405 method-not-allowed"),
        ("me-update", "PATCH", "/lobby/rooms/main.x", "404 not-found"),
        (
            "pool-list",
            "POST",
            "/lobby/pools",
            "405 method-not-allowed",
        ),
        ("pool-list", "GET", "/lobby/pools/", "404 not-found"),
        (
            "leaderboard",
            "DELETE",
            "/leaderboard",
            "405 method-not-allowed",
        ),
        ("leaderboard", "GET", "/leaderboards", "404 not-found"),
        ("guest", "GET", "/lobby/guest", "405 method-not-allowed"),
        (
            "replays",
            "DELETE",
            "/replays/main.x",
            "405 method-not-allowed",
        ),
        ("replays", "GET", "/replays", "404 not-found"),
        ("feedback", "PUT", "/feedback", "405 method-not-allowed"),
    ] {
        assert_eq!(
            problem(function, &Call::new(method, path)).await,
            expected,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn only_post_gets_a_watch_ticket() {
    let path = "/lobby/rooms/main.x/watch";
    let refused = problem("room-watch", &Call::new("GET", path)).await;
    assert_eq!(refused, "405 method-not-allowed");
    let refused = problem("room-watch", &Call::new("GET", "/lobby/rooms/watch")).await;
    assert_eq!(refused, "405 method-not-allowed");
    let refused = problem("room-watch", &Call::new("POST", "/lobby/rooms/a/b")).await;
    assert_eq!(refused, "404 not-found");
}

#[tokio::test]
async fn hosts_and_queries_that_fit_no_url_are_harmless() {
    for host in ["a%zz b", "[::", "x:99999999", "\u{e9}\"<>", ""] {
        let call = Call::new("GET", "/leaderboard").header("host", host);
        assert_eq!(
            problem("leaderboard", &call).await,
            "503 unavailable",
            "{host}"
        );
    }
    for query in [
        "a=<\">",
        "{|}",
        "limit=1&\u{0}\u{7f}",
        "%",
        "%zz=%",
        "limit=1#x",
        "\\^`",
        "\u{e9}=\u{1f600}",
    ] {
        let call = Call::new("GET", "/leaderboard").query(query);
        let said = problem("leaderboard", &call).await;
        assert!(
            said == "503 unavailable" || said == "400 bad-request",
            "{query}: {said}"
        );
    }
    for path in ["x", "//", "/\u{0}", "/ ", "/%", "/\\", "/\u{e9}"] {
        assert_eq!(
            problem("leaderboard", &Call::new("GET", path)).await,
            "404 not-found",
            "{path}"
        );
    }
}

#[tokio::test]
async fn rooms_that_cannot_be_are_unknown() {
    let long = "x".repeat(100);
    for room in [
        "",
        "main",
        ".x",
        "main.",
        "main.a/b",
        "main.%00",
        "main.a b",
        "ma{in.x",
        "../main.x",
        "main.x.y",
        &format!("main.{long}"),
    ] {
        let call = Call::new("GET", &format!("/lobby/rooms/{room}")).token(&token(&json!({})));
        assert_eq!(problem("me", &call).await, "404 unknown-room", "{room}");
        let watch = format!("/lobby/rooms/{room}/watch");
        let call = Call::new("POST", &watch).token(&token(&json!({})));
        assert_eq!(
            problem("room-watch", &call).await,
            "404 unknown-room",
            "{room}"
        );
        let call = Call::new("GET", &format!("/replays/{room}")).token(&token(&json!({})));
        assert_eq!(
            problem("replays", &call).await,
            "404 unknown-room",
            "{room}"
        );
        assert_eq!(
            problem(
                "leaderboard",
                &Call::new("GET", &format!("/leaderboard/{room}"))
            )
            .await,
            "404 unknown-room",
            "{room}"
        );
    }
    let elsewhere = Call::new("GET", "/lobby/rooms/nowhere.x").token(&token(&json!({})));
    assert_eq!(problem("me", &elsewhere).await, "404 unknown-room");
}
