//! Bad input to the HTTP functions: each kind gets its problem document, before anything is changed.

use expect_test::{Expect, expect};
use functions::handlers::{feedback, guest, leaderboard, queue_join, queue_leave, queue_status};
use functions::request;
use lambda_http::{Body, Response};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::events::{Call, body, shown};
use crate::support::keys::{claims, hs256, now};
use crate::support::world::{app_with, lonely_app};

/// Without issuer and audience, as the tests' apps are configured.
fn token(changes: Value) -> String {
    let mut changes = changes;
    changes["aud"] = Value::Null;
    hs256(&claims(&changes))
}

/// A call by the function that answers it; Redis is away.
async fn call(function: &str, call: &Call) -> Response<Body> {
    let (app, request) = (lonely_app(), call.request());
    match function {
        "queue-join" => queue_join::handle(&app, request).await,
        "queue-leave" => queue_leave::handle(&app, request).await,
        "queue-status" => queue_status::handle(&app, request).await,
        "leaderboard" => leaderboard::handle(&app, request).await,
        "guest" => guest::handle(&app, &request),
        "feedback" => feedback::handle(&app, request).await,
        _ => panic!("no such function"),
    }
}

async fn check(function: &str, it: &Call, expected: &Expect) {
    expected.assert_eq(&shown(call(function, it).await));
}

/// The status, and what kind of problem it is.
async fn problem(function: &str, it: &Call) -> String {
    let text = shown(call(function, it).await);
    let document: Value =
        serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a problem document");
    let slug = document["type"]
        .as_str()
        .unwrap_or_default()
        .trim_start_matches("urn:skirmish:problem:")
        .to_owned();
    assert!(
        text.contains("content-type: application/problem+json"),
        "{text}"
    );
    format!("{} {slug}", document["status"])
}

fn join(body: &str) -> Call {
    Call::new("POST", "/lobby/queue")
        .token(&token(json!({})))
        .body(body)
}

#[tokio::test]
async fn problem_documents_look_like_this() {
    let anonymous = Call::new("GET", "/lobby/me");
    check("queue-status", &anonymous, &expect![[r#"
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
        {"detail":"The body is not the JSON object expected: EOF while parsing an object at line 1 column 1.","status":400,"title":"The request cannot be understood","type":"urn:skirmish:problem:bad-request"}
    "#]]).await;
    check("queue-join", &join("{}"), &expect![[r#"
        503
        cache-control: no-store
        content-type: application/problem+json
        retry-after: 1
        {"detail":"The lobby cannot answer now. Try again, with the same Idempotency-Key.","status":503,"title":"Unavailable","type":"urn:skirmish:problem:unavailable"}
    "#]]).await;
    check(
        "queue-join",
        &Call::new("PUT", "/lobby/queue"),
        &expect![[r#"
            405
            allow: POST, DELETE
            cache-control: no-store
            content-type: application/problem+json
            {"detail":"This path answers POST, DELETE.","status":405,"title":"Method not allowed","type":"urn:skirmish:problem:method-not-allowed"}
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
        "queue-status",
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
            {"detail":"A body has at most 16384 bytes.","status":413,"title":"The body is too large","type":"urn:skirmish:problem:payload-too-large"}
        "#]],
    )
    .await;
    let app = app_with(&[]);
    expect![[r#"
        403
        cache-control: no-store
        content-type: application/problem+json
        {"detail":"This lobby gives no guest tokens: sign in.","status":403,"title":"Guests are not enabled","type":"urn:skirmish:problem:guests-disabled"}
    "#]].assert_eq(&shown(guest::handle(
        &app,
        &Call::new("POST", "/lobby/guest").request(),
    )));
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
async fn what_is_not_known_is_ignored_and_good_input_gets_as_far_as_redis() {
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
        ("queue-status", "GET", "/lobby/me"),
        ("queue-status", "GET", "/lobby/rooms/main.x"),
    ];
    let expired = token(json!({ "exp": now() - 3600 }));
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
            &format!("Token {}", token(json!({}))),
        ] {
            let call = Call::new(method, path).header("authorization", value);
            assert_eq!(
                problem(function, &call).await,
                "401 unauthorized",
                "{path} {value}"
            );
        }
        let lower = Call::new(method, path)
            .header("authorization", &format!("bearer {}", token(json!({}))));
        assert_ne!(
            problem(function, &lower).await,
            "401 unauthorized",
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
        let call = Call::new("GET", &format!("/lobby/rooms/{room}")).token(&token(json!({})));
        assert_eq!(
            problem("queue-status", &call).await,
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
    let elsewhere = Call::new("GET", "/lobby/rooms/nowhere.x").token(&token(json!({})));
    assert_eq!(
        problem("queue-status", &elsewhere).await,
        "404 unknown-room"
    );
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
            "queue-status",
            "POST",
            "/lobby/me",
            "405 method-not-allowed",
        ),
        ("queue-status", "GET", "", "404 not-found"),
        (
            "leaderboard",
            "DELETE",
            "/leaderboard",
            "405 method-not-allowed",
        ),
        ("leaderboard", "GET", "/leaderboards", "404 not-found"),
        ("guest", "GET", "/lobby/guest", "405 method-not-allowed"),
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
async fn guests_have_names_of_1_to_24_characters() {
    for name in [
        json!(""),
        json!("   "),
        json!("a\u{0}b"),
        json!("line\nbreak"),
        json!("x".repeat(25)),
        json!(7),
        json!(["a"]),
    ] {
        let call = Call::new("POST", "/lobby/guest").body(json!({ "name": name }).to_string());
        assert_eq!(problem("guest", &call).await, "400 bad-request", "{name}");
    }
}

#[tokio::test]
async fn a_guest_s_token_is_good_and_carries_the_name() {
    for (sent, name) in [
        ("", "Player"),
        ("{}", "Player"),
        (r#"{"name": null}"#, "Player"),
        (r#"{"name": " Grace é "}"#, "Grace é"),
    ] {
        let app = app_with(&[
            ("GUESTS", "true"),
            ("JWT_ISSUER", "us"),
            ("JWT_AUDIENCE", "skirmish"),
        ]);
        let guest = body(
            guest::handle(
                &app,
                &Call::new("POST", "/lobby/guest").body(sent).request(),
            ),
            201,
        );
        let caller = app
            .tokens()
            .verify(guest["token"].as_str().expect("a token"))
            .await
            .expect("a good token");
        assert_eq!(
            (caller.name.as_str(), json!(caller.player)),
            (name, guest["player_id"].clone())
        );
        let life = guest["expires_at"].as_u64().expect("seconds") - now();
        assert!((86_000..=86_400).contains(&life), "{life}");
    }
}

#[tokio::test]
async fn feedback_is_1_to_2000_characters_and_needs_no_token() {
    let post = |text: String| Call::new("POST", "/feedback").body(text);
    for text in [
        json!({}),
        json!({ "text": "" }),
        json!({ "text": " \n " }),
        json!({ "text": 7 }),
        json!({ "text": "x".repeat(2001) }),
        json!({ "text": "a\u{0}" }),
        json!({ "text": "a", "contact": 7 }),
        json!({ "text": "a", "contact": "x".repeat(201) }),
    ] {
        assert_eq!(
            problem("feedback", &post(text.to_string())).await,
            "400 bad-request",
            "{text}"
        );
    }
    for text in [
        json!({ "text": "é".repeat(2000) }),
        json!({ "text": "two\nlines", "contact": "", "more": 1 }),
    ] {
        assert_eq!(
            problem("feedback", &post(text.to_string())).await,
            "503 unavailable",
            "{text}"
        );
    }
    let bad = post(json!({ "text": "a" }).to_string()).header("authorization", "Bearer nonsense");
    assert_eq!(problem("feedback", &bad).await, "401 unauthorized");
}

proptest! {
    #[test]
    fn no_body_makes_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = request::object::<Value>(&bytes);
    }

    #[test]
    fn a_name_that_passes_is_short_and_plain(text in ".{0,40}") {
        if let Ok(name) = request::name(&text) {
            prop_assert!((1..=24).contains(&name.chars().count()) && !name.chars().any(char::is_control) && name == name.trim());
        }
    }

    #[test]
    fn a_room_id_that_passes_cannot_leave_its_key(text in "[a-z0-9.{}:/*A-Z-]{0,12}") {
        if request::is_room_id(&text) {
            let stays = !text.contains(['{', '}', ':', '/', '*']) && text.matches('.').count() == 1;
            prop_assert!(stays, "{}", text);
        }
    }
}
