//! Replays of finished matches, for their players.

use functions::App;
use functions::handlers::{me, replays};
use serde_json::{Value, json};

use crate::support::events::{Call, body};
use crate::support::keys::{ADMIN_SECRET, ED, SECRET, claims, hs256, hs256_with, now};
use crate::support::players::{call, finish_match, player, start_match};
use crate::support::server::Server;
use crate::support::world::{World, app_with};

#[tokio::test]
async fn a_replay_is_its_players_once_the_match_is_over() {
    let world = World::start().await;
    let room = start_match(&world).await;
    let ask = |number| call(number, "GET", &format!("/replays/{room}"));
    let early = body(replays::handle(&world.app, ask(1).request()).await, 404);
    assert_eq!(early["type"], "urn:skirmish:problem:unknown-room");
    finish_match(&world, &room).await;

    let answer = replays::handle(&world.app, ask(1).request()).await;
    let header = |name| answer.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(answer.status(), 200);
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(
        header("content-disposition"),
        format!("attachment; filename=\"{room}.replay\"")
    );
    let bytes: &[u8] = answer.body().as_ref();
    assert!(bytes.ends_with(b"\xff\x00tick"), "{bytes:?}");

    let stranger = body(replays::handle(&world.app, ask(9).request()).await, 403);
    assert_eq!(stranger["type"], "urn:skirmish:problem:not-member");
}

/// As Lambda gets it: bytes that are no text travel as base64.
#[tokio::test]
async fn a_replay_leaves_a_function_as_base64() {
    let world = World::start().await;
    let room = start_match(&world).await;
    finish_match(&world, &room).await;
    let call = call(2, "GET", &format!("/replays/{room}"));
    let answer = replays::handle(&world.app, call.request()).await;
    assert!(matches!(answer.body(), lambda_http::Body::Binary(_)));
}

async fn share(app: &App, number: u32, room: &str, status: u16) -> Value {
    let call = call(number, "POST", &format!("/replays/{room}/share"));
    body(replays::handle(app, call.request()).await, status)
}

/// The status of `GET /replays/<room>` with this token.
async fn status(world: &World, room: &str, token: &str) -> u16 {
    let call = Call::new("GET", &format!("/replays/{room}")).token(token);
    let answer = replays::handle(&world.app, call.request()).await;
    answer.status().as_u16()
}

#[tokio::test]
async fn a_link_opens_one_replay_for_everybody_until_the_replay_expires() {
    let world = World::start().await;
    let room = start_match(&world).await;
    share(&world.app, 1, &room, 404).await;
    finish_match(&world, &room).await;
    let stranger = share(&world.app, 9, &room, 403).await;
    assert_eq!(stranger["type"], "urn:skirmish:problem:not-member");

    let link = share(&world.app, 1, &room, 200).await;
    let token = link["token"].as_str().expect("a token");
    let left_s = link["expires_at"].as_u64().expect("a time") - now();
    assert!((3_500..=3_600).contains(&left_s), "{left_s} s");
    assert_eq!(status(&world, &room, token).await, 200);
    assert_eq!(status(&world, "main.another", token).await, 401);
    let me = Call::new("GET", "/lobby/me").token(token).request();
    body(me::handle(&world.app, me).await, 401);
    let path = format!("/replays/{room}/share");
    let again = Call::new("POST", &path).token(token).request();
    body(replays::handle(&world.app, again).await, 401);

    world.redis.nodes[0].run(&format!("DEL {{main}}:replay:{room}"));
    assert_eq!(status(&world, &room, token).await, 404);
}

#[tokio::test]
async fn no_other_token_opens_a_replay() {
    let world = World::start().await;
    let room = start_match(&world).await;
    finish_match(&world, &room).await;
    let good = json!({ "aud": "skirmish-replay", "room": room, "exp": now() + 60 });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    assert_eq!(status(&world, &room, &hs256(&good)).await, 200);
    let none = Value::Null;
    for (what, token, expected) in [
        ("expired", hs256(&with("exp", json!(now() - 1))), 401),
        ("no end", hs256(&with("exp", none.clone())), 401),
        ("another audience", hs256(&with("aud", json!("x"))), 401),
        ("no audience", hs256(&with("aud", none.clone())), 401),
        ("another room", hs256(&with("room", json!("main.b"))), 401),
        ("no room", hs256(&with("room", none)), 401),
        ("another key", hs256_with(ADMIN_SECRET, &good), 401),
        (
            "somebody else's",
            hs256(&claims(&json!({ "sub": player(9) }))),
            403,
        ),
        (
            "somebody else's with a room",
            hs256(&claims(&json!({ "sub": player(9), "room": room }))),
            403,
        ),
    ] {
        assert_eq!(status(&world, &room, &token).await, expected, "{what}");
    }
    assert_ne!(ADMIN_SECRET, SECRET);
}

#[tokio::test]
async fn without_a_secret_there_are_no_links() {
    let world = World::start().await;
    let room = start_match(&world).await;
    finish_match(&world, &room).await;
    let keys = json!({ "keys": [ED.jwk()] }).to_string();
    let provider = Server::start(move |_| Some((200, "", keys.clone()))).await;
    let app = app_with(&[
        ("REDIS_URL", &world.redis.url),
        ("JWT_SECRET", ""),
        ("JWKS_URL", &provider.url),
        ("JWT_ISSUER", "https://id.example"),
        ("JWT_AUDIENCE", "skirmish"),
    ]);
    let token = ED.sign(&claims(&json!({ "sub": player(1) })));
    let path = format!("/replays/{room}/share");
    let call = Call::new("POST", &path).token(&token).request();
    let refused = body(replays::handle(&app, call).await, 403);
    assert_eq!(refused["type"], "urn:skirmish:problem:links-disabled");
    let link = json!({ "aud": "skirmish-replay", "room": room, "exp": now() + 60 });
    let path = format!("/replays/{room}");
    let call = Call::new("GET", &path).token(&hs256(&link)).request();
    body(replays::handle(&app, call).await, 401);
}
