//! Bad input to the HTTP functions: each kind gets its problem document, before anything is
//! changed.

use expect_test::{Expect, expect};
use functions::handlers::{guest, queue_join};
use lambda_http::Body;
use serde_json::json;

use crate::support::calls::{call, problem, token};
use crate::support::events::{Call, body, shown};
use crate::support::keys::now;
use crate::support::world::{app_with, lonely_app};

async fn check(function: &str, it: &Call, expected: &Expect) {
    expected.assert_eq(&shown(call(function, it).await));
}

fn join(body: &str) -> Call {
    Call::new("POST", "/lobby/queue")
        .token(&token(&json!({})))
        .body(body)
}

#[tokio::test]
async fn problem_documents_look_like_this() {
    let anonymous = Call::new("GET", "/lobby/me");
    check("me", &anonymous, &expect![[r#"
        401
        cache-control: no-store
        content-type: application/problem+json
        www-authenticate: Bearer
        {"detail":"Send a token: Authorization: Bearer <JWT>.","status":401,"title":"A valid token is needed","type":"urn:skirmish:problem:unauthorized"}
    "#]]).await;
    check("queue-join", &join("{"), &expect![[r#"
        400
        cache-control: no-store
        content-type: application/problem+json
        {"detail":"The body is not the expected JSON object: EOF while parsing an object at line 1 column 1.","status":400,"title":"The request cannot be understood","type":"urn:skirmish:problem:bad-request"}
    "#]]).await;
    check("queue-join", &join("{}"), &expect![[r#"
        503
        cache-control: no-store
        content-type: application/problem+json
        retry-after: 1
        {"detail":"The lobby is temporarily unavailable. Try again with the same Idempotency-Key.","status":503,"title":"Unavailable","type":"urn:skirmish:problem:unavailable"}
    "#]]).await;
    check(
        "queue-join",
        &Call::new("PUT", "/lobby/queue"),
        &expect![[r#"
            405
            allow: POST, DELETE
            cache-control: no-store
            content-type: application/problem+json
            {"detail":"This path accepts POST, DELETE.","status":405,"title":"Method not allowed","type":"urn:skirmish:problem:method-not-allowed"}
        "#]],
    )
    .await;
    check("queue-join", &join(r#"{"pool": "nowhere"}"#), &expect![[r#"
        404
        cache-control: no-store
        content-type: application/problem+json
        {"detail":"There is no pool of this name.","status":404,"title":"Unknown pool","type":"urn:skirmish:problem:unknown-pool"}
    "#]]).await;
    check(
        "me",
        &Call::new("GET", "/lobby/you"),
        &expect![[r#"
            404
            cache-control: no-store
            content-type: application/problem+json
            {"detail":"There is nothing at this path.","status":404,"title":"Not found","type":"urn:skirmish:problem:not-found"}
        "#]],
    )
    .await;
    check(
        "queue-join",
        &join(&format!("{{\"x\": \"{}\"}}", "x".repeat(20_000))),
        &expect![[r#"
            413
            cache-control: no-store
            content-type: application/problem+json
            {"detail":"The body must have at most 16384 bytes.","status":413,"title":"The body is too large","type":"urn:skirmish:problem:payload-too-large"}
        "#]],
    )
    .await;
    let app = app_with(&[]);
    expect![[r#"
        403
        cache-control: no-store
        content-type: application/problem+json
        {"detail":"This lobby does not issue guest tokens: sign in.","status":403,"title":"Guests are not enabled","type":"urn:skirmish:problem:guests-disabled"}
    "#]].assert_eq(&shown(
        guest::handle(&app, Call::new("POST", "/lobby/guest").request()).await,
    ));
}

#[tokio::test]
async fn bodies_that_are_not_the_object_expected_are_refused() {
    let long = format!("[{}", "[".repeat(10_000));
    for text in [
        "null",
        "7",
        "\"main\"",
        "[]",
        "[null, null]",
        "{",
        "{\"pool\"}",
        "{'pool': 1}",
        "{\"pool\": NaN}",
        "{} {}",
        "{\"priority\": 1e999}",
        "\u{0}",
        "\u{feff}{}",
        &long,
        r#"{"pool": 7}"#,
        r#"{"pool": {}}"#,
        r#"{"pool": ["main"]}"#,
        r#"{"color": 7}"#,
        r#"{"color": "red"}"#,
        r##"{"color": "#12345"}"##,
        r#"{"latencies": {"EU": 1}}"#,
        r#"{"latencies": {"eu": 10001}}"#,
        r#"{"latencies": {"eu": -1}}"#,
        r#"{"latencies": {"eu": 1.5}}"#,
        r#"{"latencies": ["eu"]}"#,
        r##"{"color": "#1234567"}"##,
        r##"{"color": "#12345g"}"##,
        r##"{"color": "#éa12"}"##,
        r#"{"priority": "9"}"#,
        r#"{"priority": 1.5}"#,
        r#"{"priority": true}"#,
        r#"{"priority": 99999999999999999999}"#,
    ] {
        assert_eq!(
            problem("queue-join", &join(text)).await,
            "400 bad-request",
            "{text}"
        );
    }
}

#[tokio::test]
async fn unknown_members_are_ignored_and_good_input_reaches_redis() {
    for text in [
        "",
        "{}",
        r#"{"more": [1, {"a": null}], "pool": null, "color": null, "priority": null}"#,
        r##"{"pool": "main", "color": "#A0b1C2", "priority": -5}"##,
        " \n{}\t",
    ] {
        assert_eq!(
            problem("queue-join", &join(text)).await,
            "503 unavailable",
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_body_of_bytes_that_are_no_text_is_refused() {
    let mut call = join("gICA").header("x", "y").request();
    *call.body_mut() = Body::Binary(vec![0x80, 0xff]);
    let answer = queue_join::handle(&lonely_app(), call).await;
    assert_eq!(
        body(answer, 400)["type"],
        "urn:skirmish:problem:bad-request"
    );
}

#[tokio::test]
async fn pools_that_are_no_names_are_unknown() {
    for pool in [
        "",
        "Main",
        "main\0",
        "{main}",
        "main:player",
        "../main",
        &"m".repeat(5000),
    ] {
        let text = json!({ "pool": pool }).to_string();
        assert_eq!(
            problem("queue-join", &join(&text)).await,
            "404 unknown-pool",
            "{pool}"
        );
        let query = Call::new("GET", "/leaderboard")
            .query(&format!("pool={}x", pool.replace(['\0', '{', '}'], "%00")));
        assert_eq!(
            problem("leaderboard", &query).await,
            "404 unknown-pool",
            "{pool}"
        );
    }
}

#[tokio::test]
async fn idempotency_keys_are_short_and_visible() {
    let long = "k".repeat(129);
    for key in ["", " ", "a b", "tab\there", "é", &long] {
        assert_eq!(
            problem("queue-join", &join("{}").header("idempotency-key", key)).await,
            "400 bad-request",
            "{key}"
        );
    }
    for key in ["k", "~!@", &long[..128]] {
        assert_eq!(
            problem("queue-join", &join("{}").header("Idempotency-Key", key)).await,
            "503 unavailable",
            "{key}"
        );
    }
}

#[tokio::test]
async fn without_a_good_token_every_call_of_a_player_is_refused() {
    let calls = [
        ("queue-join", "POST", "/lobby/queue"),
        ("queue-leave", "DELETE", "/lobby/queue"),
        ("queue-leave", "DELETE", "/lobby/match"),
        ("me", "GET", "/lobby/me"),
        ("me", "GET", "/lobby/rooms/main.x"),
    ];
    let expired = token(&json!({ "exp": now() - 3600 }));
    for (function, method, path) in calls {
        assert_eq!(
            problem(function, &Call::new(method, path)).await,
            "401 unauthorized"
        );
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "Bearer a.b.c",
            &format!("Bearer {expired}"),
            &format!("Token {}", token(&json!({}))),
        ] {
            let call = Call::new(method, path).header("authorization", value);
            assert_eq!(
                problem(function, &call).await,
                "401 unauthorized",
                "{path} {value}"
            );
        }
        let lower = Call::new(method, path)
            .header("authorization", &format!("bearer {}", token(&json!({}))));
        assert_ne!(
            problem(function, &lower).await,
            "401 unauthorized",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_leaderboard_has_1_to_100_lines() {
    for limit in [
        "0",
        "101",
        "-1",
        "1.5",
        "ten",
        "99999999999999999999",
        "1e1",
        "NaN",
    ] {
        let call = Call::new("GET", "/leaderboard").query(&format!("limit={limit}"));
        assert_eq!(
            problem("leaderboard", &call).await,
            "400 bad-request",
            "{limit}"
        );
    }
    for query in [
        "",
        "limit=",
        "limit=1",
        "limit=100&pool=main",
        "pool=&other=1",
    ] {
        assert_eq!(
            problem(
                "leaderboard",
                &Call::new("GET", "/leaderboard").query(query)
            )
            .await,
            "503 unavailable",
            "{query}"
        );
    }
}
