//! The lobby socket's functions, over a real Redis and a real HTTP client.

use std::sync::atomic::{AtomicBool, Ordering};

use expect_test::{Expect, expect};
use functions::handlers::{
    deliver, room_create, socket_connect, socket_disconnect, socket_message,
};
use serde_json::{Value, json};

use crate::support::events::{connect, fixture, message, shown_socket, socket_event};
use crate::support::keys::{claims, hs256};
use crate::support::players::call;
use crate::support::server::Server;
use crate::support::world::{World, app, lonely_app};

const ADA: &str = "0b0e2c1e-6d0f-4c55-9a53-1f3c0a2d7e01";

fn token() -> String {
    hs256(&claims(&json!({ "sub": ADA, "aud": null })))
}

/// Ada opens a socket.
async fn open(world: &World, connection: &str) {
    let event = connect(
        connection,
        &format!("skirmish.lobby.v1, bearer.{}", token()),
    );
    assert_eq!(
        socket_connect::handle(&world.app, event).await.status_code,
        200
    );
}

async fn check_refused(event: Value, expected: &Expect) {
    expected.assert_eq(&shown_socket(
        &socket_connect::handle(&lonely_app(), socket_event(event)).await,
    ));
}

#[tokio::test]
async fn a_socket_opens_with_the_token_as_a_subprotocol_or_in_the_query() {
    let world = World::start().await;
    let answer = socket_connect::handle(&world.app, socket_event(fixture("socket-connect"))).await;
    expect![[r#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"skirmish.lobby.v1"}}"#]]
        .assert_eq(&shown_socket(&answer));
    let answer =
        socket_connect::handle(&world.app, socket_event(fixture("socket-connect-query"))).await;
    expect![[r#"{"statusCode":200}"#]].assert_eq(&shown_socket(&answer));
    let player = world
        .lobby()
        .await
        .sessions
        .player_of("T9yAKe5wFiACHYQ=")
        .await
        .expect("Redis");
    assert_eq!(player.as_deref(), Some(ADA));
    assert!(
        world.gateway.received().is_empty(),
        "a connection cannot be pushed to before it is open"
    );
}

#[tokio::test]
async fn the_token_s_subprotocol_is_never_named() {
    let world = World::start().await;
    let answer =
        socket_connect::handle(&world.app, connect("a", &format!("bearer.{}", token()))).await;
    assert_eq!(shown_socket(&answer), r#"{"statusCode":200}"#);
}

#[tokio::test]
async fn a_handshake_without_a_good_token_is_refused() {
    let mut event = fixture("socket-connect");
    event["headers"] = Value::Null;
    event["multiValueHeaders"] = Value::Null;
    check_refused(event.clone(), &expect![[r#"{"statusCode":401,"headers":{"Content-Type":"application/problem+json"},"body":"{\"detail\":\"Send a token: Authorization: Bearer <JWT>.\",\"status\":401,\"title\":\"A valid token is needed\",\"type\":\"urn:skirmish:problem:unauthorized\"}"}"#]]).await;
    event["queryStringParameters"] = json!({ "token": "a.b.c" });
    check_refused(event.clone(), &expect![[r#"{"statusCode":401,"headers":{"Content-Type":"application/problem+json"},"body":"{\"detail\":\"The token is not a valid JWT.\",\"status\":401,\"title\":\"A valid token is needed\",\"type\":\"urn:skirmish:problem:unauthorized\"}"}"#]]).await;
    event["queryStringParameters"] = json!({ "token": token() });
    check_refused(event, &expect![[r#"{"statusCode":503,"headers":{"Content-Type":"application/problem+json"},"body":"{\"detail\":\"The lobby is temporarily unavailable. Try again with the same Idempotency-Key.\",\"status\":503,\"title\":\"Unavailable\",\"type\":\"urn:skirmish:problem:unavailable\"}"}"#]]).await;
}

#[tokio::test]
async fn a_second_socket_of_a_player_ends_the_first() {
    let world = World::start().await;
    open(&world, "first").await;
    open(&world, "second").await;
    assert_eq!(world.received("first")[0]["reason"], "superseded");
    assert_eq!(world.closed(), ["first"]);
    // The gateway tells of the first's end late: the second stays.
    let mut late = fixture("socket-disconnect");
    late["requestContext"]["connectionId"] = json!("first");
    assert_eq!(
        shown_socket(&socket_disconnect::handle(&world.app, socket_event(late)).await),
        r#"{"statusCode":200}"#
    );
    socket_message::handle(&world.app, message("second", r#"{"action":"ping"}"#)).await;
    assert_eq!(world.types("second"), ["pong"]);
}

#[tokio::test]
async fn a_first_socket_that_is_gone_stops_no_second() {
    let world = World::start().await;
    open(&world, "gone-1").await;
    open(&world, "second").await;
    let player = world
        .lobby()
        .await
        .sessions
        .player_of("second")
        .await
        .expect("Redis");
    assert_eq!(player.as_deref(), Some(ADA));
}

#[tokio::test]
async fn ping_sync_and_leave_are_answered() {
    let world = World::start().await;
    open(&world, "a").await;
    for action in ["ping", "sync", "leave"] {
        let body = json!({ "action": action, "more": 1 }).to_string();
        assert_eq!(
            shown_socket(&socket_message::handle(&world.app, message("a", &body)).await),
            r#"{"statusCode":200}"#
        );
    }
    assert_eq!(
        world.received("a"),
        [
            json!({ "type": "pong" }),
            json!({ "type": "state", "status": "out" }),
            json!({ "type": "state", "status": "out" })
        ]
    );
}

#[tokio::test]
async fn an_invalid_message_is_answered_with_a_problem() {
    let world = World::start().await;
    open(&world, "a").await;
    let huge = format!(r#"{{"action":"ping","x":"{}"}}"#, "x".repeat(20_000));
    for body in [
        "",
        "{",
        "null",
        "[]",
        "\"ping\"",
        r#"{"action":"dance"}"#,
        r#"{"action":7}"#,
        r#"{"action":"Ping"}"#,
        &huge,
    ] {
        socket_message::handle(&world.app, message("a", body)).await;
        let received = world.received("a").pop().expect("an answer");
        assert_eq!(received["type"], "error", "{body}");
        let status = if body.len() > 16_384 { 413 } else { 400 };
        assert_eq!(received["problem"]["status"], status, "{body}");
    }
    let mut binary = fixture("socket-message");
    binary["requestContext"]["connectionId"] = json!("a");
    binary["isBase64Encoded"] = json!(true);
    socket_message::handle(&world.app, socket_event(binary)).await;
    expect![[r#"{"problem":{"detail":"Messages must be text.","status":400,"title":"The request cannot be understood","type":"urn:skirmish:problem:bad-request"},"type":"error"}"#]].assert_eq(&world.received("a").pop().expect("an answer").to_string());
}

#[tokio::test]
async fn a_watch_of_the_list_of_rooms_is_answered_with_it_and_with_its_changes() {
    let world = World::start().await;
    open(&world, "a").await;
    let say = async |body: &Value| {
        let answer = socket_message::handle(&world.app, message("a", &body.to_string())).await;
        assert_eq!(shown_socket(&answer), r#"{"statusCode":200}"#);
    };
    say(&json!({ "action": "watch_rooms", "where": "level:gte:2", "sort": "-players" })).await;
    let nothing = json!({ "type": "rooms", "pool": "main", "full": true, "added": [], "changed": [], "gone": [] });
    assert_eq!(world.received("a"), [nothing]);
    let listed = json!({ "visibility": "listed", "meta": { "level": 2 } }).to_string();
    let make = call(1, "POST", "/lobby/rooms").body(listed);
    room_create::handle(&world.app, make.request()).await;
    let event = || deliver::LaneEvent {
        pool: "main".to_owned(),
        lane: Some(0),
    };
    // The second message of the watch comes half a second after the first.
    while world.received("a").len() < 2 {
        deliver::handle(&world.app, event())
            .await
            .expect("delivered");
    }
    let changes = &world.received("a")[1];
    assert_eq!(changes["full"], false);
    assert_eq!(changes["added"][0]["meta"], json!({ "level": 2 }));
    say(&json!({ "action": "watch_rooms", "where": null })).await;
    assert_eq!(world.received("a").len(), 2);
}

#[tokio::test]
async fn a_watch_that_cannot_be_is_refused() {
    let world = World::start().await;
    open(&world, "a").await;
    for (body, status) in [
        (r#"{"action":"watch_rooms"}"#, 400),
        (r#"{"action":"watch_rooms","where":7}"#, 400),
        (r#"{"action":"watch_rooms","where":"banana"}"#, 400),
        (r#"{"action":"watch_rooms","where":"","sort":"name"}"#, 400),
        (r#"{"action":"watch_rooms","where":"","pool":"x"}"#, 404),
    ] {
        socket_message::handle(&world.app, message("a", body)).await;
        let received = world.received("a").pop().expect("an answer");
        assert_eq!(received["problem"]["status"], status, "{body}");
    }
}

#[tokio::test]
async fn a_connection_without_a_player_is_closed() {
    let world = World::start().await;
    socket_message::handle(&world.app, message("stranger", r#"{"action":"sync"}"#)).await;
    assert_eq!(world.closed(), ["stranger"]);
    assert!(world.received("stranger").is_empty());
}

#[tokio::test]
async fn a_connection_that_is_gone_is_forgotten() {
    let world = World::start().await;
    open(&world, "gone-1").await;
    socket_message::handle(&world.app, message("gone-1", r#"{"action":"ping"}"#)).await;
    assert_eq!(
        world
            .lobby()
            .await
            .sessions
            .player_of("gone-1")
            .await
            .expect("Redis"),
        None
    );
}

#[tokio::test]
async fn an_answer_is_sent_again_if_the_first_call_fails() {
    let world = World::start().await;
    open(&world, "a").await;
    let has_failed = AtomicBool::new(false);
    let gateway = Server::start(move |_| {
        let status = if has_failed.swap(true, Ordering::Relaxed) {
            200
        } else {
            500
        };
        Some((status, "", String::new()))
    });
    let gateway = gateway.await;
    let app = app(&world.redis.url, &gateway.url);
    socket_message::handle(&app, message("a", r#"{"action":"ping"}"#)).await;
    let received = gateway.received();
    let bodies: Vec<&str> = received.iter().map(|one| one.body.as_str()).collect();
    assert_eq!(bodies, [r#"{"type":"pong"}"#; 2]);
}

#[tokio::test]
async fn with_redis_away_messages_are_answered_all_the_same() {
    let world = World::start().await;
    let app = app("redis://127.0.0.1:1", &world.gateway.url);
    socket_message::handle(&app, message("a", r#"{"action":"ping"}"#)).await;
    assert_eq!(world.received("a")[0]["problem"]["status"], 503);
    let answer = socket_disconnect::handle(&app, socket_event(fixture("socket-disconnect"))).await;
    assert_eq!(shown_socket(&answer), r#"{"statusCode":200}"#);
}
