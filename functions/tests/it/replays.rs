//! Replays of finished matches, for their players.

use functions::handlers::replays;

use crate::support::events::body;
use crate::support::players::{call, finish_match, start_match};
use crate::support::world::World;

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
