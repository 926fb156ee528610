//! How groups get seats.

use expect_test::expect;
use lobby::{Lobby, Pools};

use crate::groups::THREE_TO_FIVE;
use crate::sink::kinds;
use crate::world::World;
use crate::world_gathering::TWO;

#[tokio::test]
async fn groups_get_the_fullest_room_with_enough_seats_else_a_new_one() {
    let world = World::new(THREE_TO_FIVE).await;
    // Makes rooms of three and of two players.
    world.queued_group(&["a", "b", "c"]).await;
    assert_eq!(world.assign().await, "seated 3 started 0 skipped 0");
    world.queued_group(&["d", "e", "f"]).await;
    assert_eq!(world.assign().await, "seated 3 started 0 skipped 0");
    world.leave("f").await;
    world.queued_group(&["g", "h"]).await;
    world.queued_group(&["i", "j", "k"]).await;
    world.queued_group(&["l", "m"]).await;
    assert_eq!(world.assign().await, "seated 7 started 0 skipped 0");
    world.check().await;
    expect!["abcgh deijk lm"].assert_eq(
        &world
            .together(&["a", "b", "c", "d", "e", "g", "h", "i", "j", "k", "l", "m"])
            .await,
    );
}

#[tokio::test]
async fn groups_and_players_are_seated_in_the_order_of_the_queue() {
    let world = World::new(THREE_TO_FIVE).await;
    for (ms, short) in [(0, "a"), (2, "d"), (4, "g"), (5, "h")] {
        world.at(ms).join(short).await;
    }
    world.at(1).queued_group(&["b", "c"]).await;
    world.at(3).queued_group(&["e", "f"]).await;
    let world = world.at(10);
    assert_eq!(world.queue_text().await, "a 2 d 2 g h");
    assert_eq!(world.assign().await, "seated 8 started 0 skipped 0");
    world.check().await;
    // e and f do not fit in the room of four. g takes the last seat there.
    expect!["abcdg efh"].assert_eq(
        &world
            .together(&["a", "b", "c", "d", "e", "f", "g", "h"])
            .await,
    );
}

#[tokio::test]
async fn a_group_that_waited_for_20_s_is_first_regardless_of_priority() {
    for (ms, expected) in [(19_999, "vwxyz ab"), (20_000, "vwabx yz")] {
        let world = World::new(r#"{"seats_min":2,"seats_max":5,"countdown_ms":600000}"#).await;
        world.at(0).join_all(&["v", "w"]).await;
        world.at(0).assign().await;
        world.at(0).queued_group(&["a", "b"]).await;
        for short in ["x", "y", "z"] {
            let player = world.id(short);
            let join = lobby::Join {
                player: &player,
                name: short,
                color: None,
                game: "",
                latencies: "",
                trace: "",
                priority: 1000,
                request: None,
            };
            world.at(ms).pool().queue_join(join).await.expect("join");
        }
        let world = world.at(ms);
        assert_eq!(world.queue_text().await, "x y z 2");
        world.assign().await;
        world.check().await;
        let all = world.together(&["v", "w", "a", "b", "x", "y", "z"]).await;
        let mut all: Vec<&str> = all.split(' ').collect();
        all.sort_by_key(|room| !room.starts_with('v'));
        assert_eq!(all.join(" "), expected, "after {ms} ms");
    }
}

#[tokio::test]
async fn many_groups_are_seated_in_several_calls() {
    let world = World::new(r#"{"seats_min":2,"seats_max":64}"#).await;
    for host in 0..9 {
        let shorts: Vec<String> = (0..7).map(|i| format!("{host}{i}")).collect();
        let shorts: Vec<&str> = shorts.iter().map(String::as_str).collect();
        world.queued_group(&shorts).await;
    }
    // One call seats about 50 players.
    assert_eq!(world.assign().await, "seated 56 started 0 skipped 0, more");
    world.check().await;
    assert_eq!(world.assign().await, "seated 7 started 0 skipped 0");
    world.check().await;
}

#[tokio::test]
async fn a_player_who_leaves_while_the_group_is_seated_is_out_and_the_others_are_together() {
    for _ in 0..20 {
        let world = World::new(r#"{"seats_min":3,"seats_max":8}"#).await;
        world.queued_group(&["a", "b", "c"]).await;
        world.join("d").await;
        tokio::join!(world.leave("c"), world.assign());
        world.check().await;
        assert_eq!(world.state("c").await, "out");
        expect!["abd"].assert_eq(&world.together(&["a", "b", "d"]).await);
    }
}

#[tokio::test]
async fn a_group_larger_than_any_room_leaves_the_queue_and_is_notified() {
    let world = World::new(TWO).await;
    world.connect(&["b"]).await;
    let (room, _) = world.group(&["a", "b", "c"]).await;
    // The pool's configuration changes.
    let pools = format!(r#"{{{:?}:{{"seats_min":1,"seats_max":2}}}}"#, world.name);
    let pools = Pools::parse(&pools).expect("pools");
    let lobby = Lobby::connect(&world.server.url, pools).await.expect("it");
    let mut smaller = world.clone();
    smaller.lobby = lobby;
    assert_eq!(smaller.queue_group(&room, "a").await, "TooMany");
    assert_eq!(world.queue_group(&room, "a").await, "host a");
    smaller.join("d").await;
    world.deliver().await;
    assert_eq!(smaller.assign().await, "seated 1 started 0 skipped 1");
    assert_eq!(smaller.queue_text().await, "");
    assert_eq!(smaller.expire().await, "rooms 1 players 0 relays 0");
    let pushed = smaller.deliver().await;
    assert_eq!(kinds(&pushed, "b"), "room_updated");
    assert_eq!(
        pushed["b"][0]["room"]["queued_at_ms"],
        serde_json::Value::Null
    );
    expect!["a* b c"].assert_eq(&smaller.players("a", &room).await);
    smaller.leave("c").await;
    smaller.check().await;
}

#[tokio::test]
async fn a_full_group_without_a_relay_starts_when_there_is_one() {
    let world = World::new(TWO).await;
    world.at(0).queued_group(&["a", "b", "c", "d"]).await;
    assert_eq!(world.at(0).assign().await, "seated 4 started 0 skipped 0");
    world.at(0).check().await;
    expect!["a: seated, d: seated"].assert_eq(&world.at(0).states(&["a", "d"]).await);
    world.at(900).relay_up("r").await;
    assert_eq!(world.at(1000).expire().await, "rooms 1 players 0 relays 0");
    expect!["a: playing, d: playing"].assert_eq(&world.at(1000).states(&["a", "d"]).await);
    world.at(1000).check().await;
}

#[tokio::test]
async fn a_clock_set_back_keeps_the_place_of_a_group() {
    let world = World::new(TWO).await;
    let (room, _) = world.at(200_000).queued_group(&["a", "b"]).await;
    world.at(200_000).pool().bridge.poll().await.expect("poll");
    world.at(80_000).pool().bridge.poll().await.expect("poll");
    world.at(80_000).check().await;
    assert_eq!(
        world.at(80_000).queued_at("a", &room).await,
        Some(1_800_000_080_000)
    );
    assert_eq!(
        world.at(80_000).assign().await,
        "seated 2 started 0 skipped 0"
    );
    world.at(80_000).check().await;
}
