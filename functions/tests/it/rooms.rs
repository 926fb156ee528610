//! Rooms that players make, through the functions: every call, every refusal, and what the players
//! get.

use functions::handlers::{room_create, room_join, room_update, room_watch};
use serde_json::{Value, json};

use crate::support::events::body;
use crate::support::players::{call, finish_match, join, leave, open, player, show, start_match};
use crate::support::world::World;

async fn create(world: &World, number: u32, ask: &str, status: u16) -> Value {
    let call = call(number, "POST", "/lobby/rooms").body(ask);
    let answer = room_create::handle(&world.app, call.request()).await;
    body(answer, status)
}

async fn rematch(world: &World, number: u32, room: &str, status: u16) -> Value {
    let call = call(number, "POST", &format!("/lobby/rooms/{room}/rematch"));
    let answer = room_create::handle(&world.app, call.request()).await;
    body(answer, status)
}

async fn enter(world: &World, number: u32, code: &str, status: u16) -> Value {
    let ask = json!({ "code": code }).to_string();
    let call = call(number, "POST", "/lobby/rooms/join").body(ask);
    let call = call.header("x-forwarded-for", &format!("10.0.0.1, 192.0.2.{number}"));
    body(room_join::handle(&world.app, call.request()).await, status)
}

async fn look(world: &World, number: u32, code: &str, status: u16) -> Value {
    let call = call(number, "GET", &format!("/lobby/codes/{code}"));
    body(room_join::handle(&world.app, call.request()).await, status)
}

async fn watch(world: &World, number: u32, room: &str, ask: &Value, status: u16) -> Value {
    let call = call(number, "POST", &format!("/lobby/rooms/{room}/watch")).body(ask.to_string());
    let call = call.header("x-forwarded-host", "lobby.example");
    body(room_watch::handle(&world.app, call.request()).await, status)
}

/// Player 4 may not join the running match, and may watch it with the code.
async fn check_watching(world: &World, room: &str, code: &str) {
    let refused = enter(world, 4, code, 409).await;
    assert_eq!(
        [slug(&refused), text(&refused, "watch")],
        ["room-started", room]
    );
    assert_eq!(look(world, 4, code, 200).await["watch"], room);
    for ask in [json!({}), json!({ "code": "BCD-FGH" })] {
        let refused = watch(world, 4, room, &ask, 404).await;
        assert_eq!(slug(&refused), "code-unknown");
    }
    let any = call(4, "POST", "/lobby/rooms/watch").body(r#"{"pool":"main"}"#.to_owned());
    let refused = body(room_watch::handle(&world.app, any.request()).await, 404);
    assert_eq!(slug(&refused), "no-match");
    let ask = json!({ "code": code.to_lowercase() });
    let watched = watch(world, 4, room, &ask, 200).await;
    let ticket = text(&watched, "ticket");
    assert_eq!(
        watched,
        json!({
            "room": room, "url": "wss://lobby.example/game/relay-1", "path": "/game/relay-1",
            "ticket": ticket, "relay": "relay-1", "epoch": 1, "delay_ms": 0,
        })
    );
    assert_eq!(show(world, 4, "/lobby/me", 200).await["status"], "out");
}

/// `action`: empty for `PATCH`.
async fn change(
    world: &World,
    number: u32,
    room: &str,
    action: &str,
    ask: &Value,
    status: u16,
) -> Value {
    let path = format!("/lobby/rooms/{room}");
    let call = if action.is_empty() {
        call(number, "PATCH", &path)
    } else {
        call(number, "POST", &format!("{path}/{action}"))
    };
    let call = call.body(ask.to_string());
    body(
        room_update::handle(&world.app, call.request()).await,
        status,
    )
}

/// The last part of a problem's type.
fn slug(problem: &Value) -> &str {
    let kind = problem["type"].as_str().expect("a problem");
    kind.rsplit(':').next().unwrap_or_default()
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    let value = answer[name].as_str();
    value.unwrap_or_else(|| panic!("no {name} in {answer}"))
}

#[tokio::test]
async fn three_players_meet_by_a_code_play_and_gather_again() {
    let world = World::start().await;
    world.relay().await;
    open(&world, 2, "c-2").await;
    let made = create(&world, 1, "{}", 201).await;
    let (room, code) = (text(&made, "room"), text(&made, "code"));
    assert_eq!(
        made,
        json!({
            "status": "seated", "room": room, "code": code, "url": format!("/app?room={code}"),
            "host": player(1),
        })
    );
    let as_typed = code.replace('-', " ").to_lowercase();
    for number in [2, 3] {
        assert_eq!(enter(&world, number, &as_typed, 200).await, made);
    }
    assert_eq!(
        look(&world, 2, code, 200).await,
        json!({
            "pool": "main", "name": "P1", "game": "arena",
            "host": { "player_id": player(1), "name": "P1" }, "players": 3, "seats": 3,
            "settings": {}, "joinable": true,
        })
    );
    let ask = json!({ "code": code });
    assert_eq!(
        slug(&watch(&world, 4, room, &ask, 409).await),
        "not-started"
    );
    change(&world, 2, room, "ready", &json!({ "ready": true }), 204).await;
    let ask = json!({ "settings": { "lives": 1 }, "seats": 3, "name": " Ours " });
    assert_eq!(change(&world, 1, room, "", &ask, 200).await, made);
    let shown = show(&world, 2, &format!("/lobby/rooms/{room}"), 200).await;
    assert_eq!(shown["state"], "gathering");
    assert_eq!(
        [
            &shown["code"],
            &shown["host"],
            &shown["name"],
            &shown["seats_max"]
        ],
        [&json!(code), &json!(player(1)), &json!("Ours"), &json!(3)]
    );
    assert_eq!(shown["settings"], json!({ "lives": 1 }));
    assert_eq!(shown["players"][player(2)]["ready"], false);
    assert_eq!(
        change(&world, 1, room, "start", &json!({}), 200).await,
        made
    );
    assert_eq!(show(&world, 2, "/lobby/me", 200).await["status"], "playing");
    let types = world.types("c-2");
    assert_eq!(
        types.first().map(String::as_str),
        Some("room_joined"),
        "{types:?}"
    );
    assert_eq!(
        types.last().map(String::as_str),
        Some("match_started"),
        "{types:?}"
    );

    check_watching(&world, room, code).await;
    finish_match(&world, room).await;
    assert_eq!(
        slug(&watch(&world, 4, room, &json!({}), 404).await),
        "unknown-room"
    );
    let again = rematch(&world, 2, room, 200).await;
    assert_eq!(
        (text(&again, "code"), text(&again, "host")),
        (code, &*player(2))
    );
    assert_eq!(rematch(&world, 1, room, 200).await, again);
    assert_eq!(slug(&rematch(&world, 4, room, 403).await), "not-member");
    assert_eq!(
        slug(&rematch(&world, 4, "main.nowhere", 404).await),
        "unknown-room"
    );
    leave(&world, 1, "/lobby/queue", 204).await;
    assert_eq!(show(&world, 1, "/lobby/me", 200).await["status"], "out");
}

#[tokio::test]
async fn three_strangers_gather_again_after_a_match_of_the_queue() {
    let world = World::start().await;
    let room = start_match(&world).await;
    assert_eq!(slug(&rematch(&world, 1, &room, 409).await), "in-match");
    assert_eq!(slug(&rematch(&world, 4, &room, 409).await), "match-running");
    finish_match(&world, &room).await;
    let again = rematch(&world, 2, &room, 200).await;
    let (next, code) = (text(&again, "room"), text(&again, "code"));
    assert_eq!(
        again,
        json!({
            "status": "seated", "room": next, "code": code, "url": format!("/app?room={code}"),
            "host": player(2),
        })
    );
    assert_ne!(next, room);
    for number in [1, 3] {
        assert_eq!(rematch(&world, number, &room, 200).await, again);
    }
    assert_eq!(slug(&rematch(&world, 4, &room, 403).await), "not-member");
    let shown = show(&world, 1, &format!("/lobby/rooms/{next}"), 200).await;
    assert_eq!(
        [&shown["name"], &shown["visibility"], &shown["seats_max"]],
        [&json!(""), &json!("private"), &json!(3)]
    );
    assert_eq!(
        change(&world, 2, next, "start", &json!({}), 200).await,
        again
    );
}

#[tokio::test]
async fn every_refusal_has_its_name() {
    let world = World::start().await;
    let made = create(&world, 1, r#"{"seats":3}"#, 201).await;
    let (room, code) = (text(&made, "room"), text(&made, "code"));
    assert_eq!(
        slug(&enter(&world, 2, "BCD-FGH", 404).await),
        "code-unknown"
    );
    assert_eq!(
        slug(&enter(&world, 2, "no code at all", 404).await),
        "code-unknown"
    );
    assert_eq!(slug(&look(&world, 2, "BCD-FGH", 404).await), "code-unknown");
    join(&world, 2, "{}", 202).await;
    assert_eq!(slug(&enter(&world, 2, code, 409).await), "queued");
    assert_eq!(slug(&create(&world, 2, "{}", 409).await), "queued");
    let left = create(&world, 2, r#"{"leave":true}"#, 201).await;
    assert_eq!(text(&left, "host"), player(2));
    for number in [3, 4] {
        enter(&world, number, code, 200).await;
    }
    assert_eq!(slug(&enter(&world, 5, code, 409).await), "room-full");
    assert_eq!(look(&world, 5, code, 200).await["reason"], "full");
    let kick = json!({ "player_id": player(3) });
    assert_eq!(
        slug(&change(&world, 4, room, "kick", &kick, 403).await),
        "not-host"
    );
    assert_eq!(
        slug(&change(&world, 5, room, "kick", &kick, 403).await),
        "not-member"
    );
    change(&world, 1, room, "kick", &kick, 204).await;
    assert_eq!(slug(&enter(&world, 3, code, 409).await), "kicked");
    assert_eq!(
        slug(&change(&world, 1, room, "start", &json!({}), 409).await),
        "too-few"
    );
    let (on, off) = (json!({}), json!({ "queue": false }));
    assert_eq!(
        slug(&change(&world, 4, room, "queue", &on, 403).await),
        "not-host"
    );
    let queued = change(&world, 1, room, "queue", &on, 200).await;
    assert_eq!(text(&queued, "room"), room);
    let path = format!("/lobby/rooms/{room}");
    let seen = show(&world, 4, &path, 200).await;
    assert!(seen["queued_at_ms"].is_u64(), "{seen}");
    change(&world, 1, room, "queue", &off, 200).await;
    let seen = show(&world, 4, &path, 200).await;
    assert!(seen["queued_at_ms"].is_null(), "{seen}");
    let bots = json!({ "bots": 2 });
    let refused = change(&world, 1, room, "start", &bots, 400).await;
    assert_eq!(refused["detail"], "The pool has no bots.");
    let host = json!({ "player_id": player(4) });
    change(&world, 1, room, "host", &host, 204).await;
    assert_eq!(
        slug(&change(&world, 1, room, "host", &host, 403).await),
        "not-host"
    );
    assert_eq!(
        slug(&change(&world, 4, room, "host", &kick, 400).await),
        "bad-request"
    );
    assert_eq!(
        slug(&change(&world, 4, "main.x", "start", &json!({}), 404).await),
        "unknown-room"
    );
    // The joined room is full with three.
    let repeat = create(&world, 4, "{}", 409).await;
    assert_eq!((slug(&repeat), text(&repeat, "room")), ("queued", room));
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    let world = World::start().await;
    for ask in [
        r#"{"seats":2}"#,
        r#"{"seats":6}"#,
        r#"{"settings":{"lives":3000000000}}"#,
        r#"{"settings":{"Lives":1}}"#,
        r#"{"meta":{"mode":"duo"}}"#,
    ] {
        assert_eq!(
            slug(&create(&world, 1, ask, 422).await),
            "settings-invalid",
            "{ask}"
        );
    }
    for ask in [
        r#"{"seats":"many"}"#,
        r#"{"settings":[1]}"#,
        r#"{"visibility":"hidden"}"#,
        r#"{"name":""}"#,
        r#"{"color":"red"}"#,
    ] {
        assert_eq!(
            slug(&create(&world, 1, ask, 400).await),
            "bad-request",
            "{ask}"
        );
    }
    assert_eq!(show(&world, 1, "/lobby/me", 200).await["status"], "out");
    let made = create(&world, 1, "{}", 201).await;
    let ask = json!({ "seats": 9 });
    let refused = change(&world, 1, text(&made, "room"), "", &ask, 422).await;
    assert_eq!(slug(&refused), "settings-invalid");
}

#[tokio::test]
async fn the_eleventh_wrong_code_of_an_address_is_429() {
    let world = World::start().await;
    for _ in 0..10 {
        assert_eq!(
            slug(&enter(&world, 1, "BCD-FGH", 404).await),
            "code-unknown"
        );
    }
    assert_eq!(
        slug(&enter(&world, 1, "BCD-FGH", 429).await),
        "too-many-requests"
    );
    assert_eq!(
        slug(&enter(&world, 2, "BCD-FGH", 404).await),
        "code-unknown"
    );
}
