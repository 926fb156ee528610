//! Players who join, leave, read their state and play a match through the functions.

use std::collections::BTreeMap;

use functions::handlers::{me, queue_join, queue_leave, socket_connect};
use lobby::{Checkpoint, Claimed, Saved, Score};
use serde_json::{Value, json};

use super::events::{Call, body, connect, fixture, socket_event};
use super::keys::{claims, hs256};
use super::world::World;

/// A player of a test: a UUID, and the connection of that name.
pub(crate) fn player(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn token(number: u32) -> String {
    hs256(&claims(
        &json!({ "sub": player(number), "name": format!("P{number}"), "aud": null }),
    ))
}

pub(crate) fn call(number: u32, method: &str, path: &str) -> Call {
    Call::new(method, path).token(&token(number))
}

pub(crate) async fn join(world: &World, number: u32, ask: &str, status: u16) -> Value {
    let call = call(number, "POST", "/lobby/queue").body(ask);
    body(queue_join::handle(&world.app, call.request()).await, status)
}

pub(crate) async fn leave(world: &World, number: u32, path: &str, status: u16) -> Value {
    body(
        queue_leave::handle(&world.app, call(number, "DELETE", path).request()).await,
        status,
    )
}

pub(crate) async fn show(world: &World, number: u32, path: &str, status: u16) -> Value {
    body(
        me::handle(&world.app, call(number, "GET", path).request()).await,
        status,
    )
}

pub(crate) async fn open(world: &World, number: u32, connection: &str) {
    let event = connect(
        connection,
        &format!("skirmish.lobby.v1, bearer.{}", token(number)),
    );
    assert_eq!(
        socket_connect::handle(&world.app, event).await.status_code,
        200
    );
}

/// The same by way of a front door that was reached so.
pub(crate) async fn open_by(world: &World, number: u32, connection: &str, host: &str, proto: &str) {
    let mut event = fixture("socket-connect");
    event["requestContext"]["connectionId"] = json!(connection);
    let protocols = format!("skirmish.lobby.v1, bearer.{}", token(number));
    event["multiValueHeaders"] = Value::Null;
    event["headers"] = json!({
        "Host": "10.0.0.1",
        "Sec-WebSocket-Protocol": protocols,
        "X-Forwarded-Host": host,
        "X-Forwarded-Proto": proto,
    });
    let answer = socket_connect::handle(&world.app, socket_event(event)).await;
    assert_eq!(answer.status_code, 200);
}

/// Players 1, 2 and 3 in a running match; its room.
pub(crate) async fn start_match(world: &World) -> String {
    world.relay().await;
    for number in 1..=3 {
        join(world, number, "{}", 202).await;
    }
    assert_eq!(world.assign().await.started, 1);
    show(world, 1, "/lobby/me", 200).await["room"]
        .as_str()
        .expect("a room")
        .to_owned()
}

/// What the relay does first: it claims the room and writes a checkpoint.
pub(crate) async fn save_match(world: &World, room: &str) {
    let pool = world.lobby().await.pool("main").expect("a pool");
    let claimed = pool
        .matches
        .claim_room(room, "relay-1", 1, "boot-1")
        .await
        .expect("Redis");
    assert!(matches!(claimed, Claimed::Room { .. }), "{claimed:?}");
    let players = [1, 2, 3].map(|number| json!({ "player_id": player(number) }));
    let header = json!({ "players": players });
    let checkpoint = Checkpoint {
        room: room.to_owned(),
        relay: "relay-1".to_owned(),
        epoch: 1,
        sleeps_ms: 0,
        players: Vec::new(),
        projectiles: Vec::new(),
        saved: Saved {
            replay: b"\xff\x00tick".to_vec(),
            replay_header: Some(format!("{header}\n")),
            ..Saved::default()
        },
    };
    match pool.matches.checkpoint(&checkpoint).await {
        // The match goes on without; only its replay is lost.
        Ok(_) | Err(lobby::Error::Full) => {}
        Err(error) => panic!("Redis: {error}"),
    }
}

/// What the relay does, up to the end: player 2 wins.
pub(crate) async fn finish_match(world: &World, room: &str) {
    save_match(world, room).await;
    let pool = world.lobby().await.pool("main").expect("a pool");
    let score = |number, score, rank| Score {
        player_id: player(number),
        score,
        rank,
        stats: BTreeMap::new(),
    };
    pool.matches
        .finish(
            room,
            "relay-1",
            1,
            &[score(2, 5, 1), score(1, 2, 2), score(3, 0, 3)],
            &lobby::ReplayChunk::default(),
        )
        .await
        .expect("Redis");
}
