//! Waiting players whose lobby socket closed: they are set aside after a few seconds, and return at the next sign of
//! life.

use expect_test::expect;

use crate::sink::kinds;
use crate::world::World;

const AWAY_MS: u64 = 3000;

async fn close(world: &World, short: &str) {
    let id = world.id(short);
    world.lobby.sessions.close(&id).await.expect("close");
}

/// Three players in an open room; `c` closes the lobby socket at 1000.
async fn room_with_an_away_player() -> World {
    let world = World::new("{}").await;
    world.connect(&["a", "b", "c", "d"]).await;
    world.at(0).join_all(&["a", "b", "c"]).await;
    world.at(0).assign().await;
    world.deliver().await;
    close(&world.at(1000), "c").await;
    world
}

#[tokio::test]
async fn an_away_player_does_not_count_for_the_start() {
    let world = room_with_an_away_player().await;
    let at = world.at(1000 + AWAY_MS - 1);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&at.expire().await);
    let at = world.at(1000 + AWAY_MS);
    expect!["rooms 0 players 1 relays 0"].assert_eq(&at.expire().await);
    at.check().await;
    let pushed = world.deliver().await;
    expect!["room_updated countdown"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(
        pushed["a"][0]["room"]["players"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(
        pushed["a"][1]["in_ms"].is_null(),
        "the countdown is cancelled"
    );

    world.poll_through(1000 + AWAY_MS, 20_000).await;
    let later = world.at(20_000);
    later.relay_up("r").await;
    expect!["seated 0 started 0 skipped 0"].assert_eq(&later.assign().await);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&later.expire().await);
    later.join("d").await;
    expect!["seated 1 started 0 skipped 0"].assert_eq(&later.assign().await);
    world.poll_through(20_000, 30_000).await;
    let started = world.at(30_000);
    started.relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&started.expire().await);
    expect!["a: playing, b: playing, d: playing"]
        .assert_eq(&started.states(&["a", "b", "d"]).await);
    started.check().await;
}

#[tokio::test]
async fn a_returning_player_keeps_their_place_in_the_queue() {
    let world = World::new("{}").await;
    world.connect(&["a", "b", "c"]).await;
    world.at(0).join("a").await;
    world.at(500).join("b").await;
    close(&world.at(1000), "a").await;
    let aside = world.at(1000 + AWAY_MS);
    expect!["rooms 0 players 1 relays 0"].assert_eq(&aside.expire().await);
    aside.check().await;
    world.at(5000).join("c").await;
    assert_eq!(world.redis::<u64>("ZCARD {}:players_queue").await, 2);
    world.deliver().await;

    world.at(6000).connect(&["a"]).await;
    world.at(6000).check().await;
    expect!["a: queued 1, b: queued 2, c: queued 3"]
        .assert_eq(&world.at(6000).states(&["a", "b", "c"]).await);
    let pushed = world.deliver().await;
    expect!["queued"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][0]["position"], 1);
    expect!["seated 3 started 0 skipped 0"].assert_eq(&world.at(6000).assign().await);
    // The next sign of life renews the record's full time to live.
    world.poll_through(1000 + AWAY_MS, 9900).await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(9999).expire().await);
    world.at(9999).check().await;
}

#[tokio::test]
async fn a_reload_within_three_seconds_keeps_the_seat() {
    let world = room_with_an_away_player().await;
    world.at(2000).connect(&["c"]).await;
    let at = world.at(1000 + AWAY_MS);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&at.expire().await);
    assert!(world.deliver().await.is_empty());
    world.poll_through(1000 + AWAY_MS, 10_000).await;
    world.at(10_000).relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&world.at(10_000).expire().await);
    expect!["c: playing"].assert_eq(&world.at(10_000).states(&["c"]).await);
    world.at(10_000).check().await;
}

#[tokio::test]
async fn a_call_is_a_sign_of_life_without_a_socket() {
    let world = room_with_an_away_player().await;
    let (id, room) = (world.id("c"), world.at(1000).room("a").await);
    world
        .at(2000)
        .lobby
        .rooms
        .view(&room, &id)
        .await
        .expect("room");
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(4000).expire().await);
    for ms in [5000, 100_000] {
        expect!["seated"].assert_eq(&world.at(ms).state("c").await);
    }
    world.at(100_000).check().await;
}

#[tokio::test]
async fn a_player_is_away_when_the_last_of_two_sockets_closes() {
    let world = World::new("{}").await;
    let id = world.id("a");
    world.connect(&["a"]).await;
    world.at(0).join("a").await;
    let second = format!("{id}-2");
    let old = world.at(0).lobby.sessions.open(&id, &second).await;
    assert_eq!(old.expect("open"), Some(id));
    close(&world.at(100), "a").await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(100 + AWAY_MS).expire().await);
    world
        .at(5000)
        .lobby
        .sessions
        .close(&second)
        .await
        .expect("close");
    world.poll_through(100 + AWAY_MS, 5000 + AWAY_MS).await;
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(5000 + AWAY_MS).expire().await);
    expect!["seated 0 started 0 skipped 0"].assert_eq(&world.at(5000 + AWAY_MS).assign().await);
    world.at(5000 + AWAY_MS).check().await;
}

/// `$connect` and `$disconnect` ran concurrently: the mark came after the sign of life.
#[tokio::test]
async fn a_player_with_an_open_socket_is_not_set_aside_in_any_order_of_events() {
    let world = room_with_an_away_player().await;
    let id = world.id("c");
    let () = world.redis(&format!("SET session:{id} {id}")).await;
    let at = world.at(1000 + AWAY_MS);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&at.expire().await);
    at.check().await;
    // The record keeps its deadline.
    world.poll_through(1000 + AWAY_MS, 10_000).await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(9999).expire().await);
    world.at(10_000).relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&world.at(10_000).expire().await);
    expect!["c: playing"].assert_eq(&world.at(10_000).states(&["c"]).await);
}

#[tokio::test]
async fn a_player_set_aside_expires_when_the_record_would_have() {
    let world = room_with_an_away_player().await;
    let at = world.at(1000 + AWAY_MS);
    at.expire().await;
    for short in ["a", "b"] {
        let id = world.id(short);
        world
            .at(200_000)
            .lobby
            .players
            .touch(&id)
            .await
            .expect("touch");
    }
    world.poll_through(1000 + AWAY_MS, 300_000).await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(299_999).expire().await);
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(300_000).expire().await);
    expect!["out expired"].assert_eq(&world.at(300_000).state("c").await);
    world.at(300_000).check().await;
}

#[tokio::test]
async fn a_player_set_aside_may_leave_and_join_again() {
    let world = room_with_an_away_player().await;
    let at = world.at(1000 + AWAY_MS);
    at.expire().await;
    at.lobby
        .players
        .queue_leave(&world.id("c"), None)
        .await
        .expect("leave");
    at.check().await;
    assert_eq!(at.redis::<u64>("ZCARD {}:players_aside").await, 0);
    at.join("c").await;
    expect!["queued 1"].assert_eq(&at.state("c").await);
    at.check().await;
}

#[tokio::test]
async fn a_lobby_socket_that_closes_in_a_match_changes_nothing() {
    let world = World::new("{}").await;
    world.connect(&["a", "b"]).await;
    // `b` closes the socket just before the start.
    world.at(0).join_all(&["a", "b", "c", "d"]).await;
    world.at(0).assign().await;
    close(&world.at(0), "b").await;
    world.at(100).relay_up("r").await;
    world.at(100).join("e").await;
    expect!["seated 1 started 1 skipped 0"].assert_eq(&world.at(100).assign().await);
    close(&world.at(200), "a").await;
    let at = world.at(10_000);
    at.expire().await;
    let playing: Vec<String> = at
        .redis(&format!("HVALS {{}}:player:{}", world.id("b")))
        .await;
    assert!(playing.contains(&"playing".to_owned()), "{playing:?}");
    at.check().await;
}
