//! Seating, the countdown, the start, and rooms at their deadline.

use expect_test::{Expect, expect};

use crate::sink::kinds;
use crate::world::World;

/// Checks how many players are in each room after this number of joins and an assign.
async fn check_seating(settings: &str, players: u32, expected: Expect) {
    let world = World::new(settings).await;
    for i in 0..players {
        world.join(&format!("p{i}")).await;
    }
    while world.assign().await.contains("more") {}
    let rooms: Vec<String> = world
        .redis("ZRANGE {}:rooms:available 0 -1 WITHSCORES")
        .await;
    let listed: Vec<&str> = rooms.chunks(2).map(|pair| pair[1].as_str()).collect();
    let keys: Vec<String> = world.redis("KEYS {}:room:*").await;
    let all = keys.iter().filter(|key| !key.ends_with(":ttl")).count();
    expected.assert_eq(&format!("{all} rooms, listed with {}", listed.join(" ")));
    world.check().await;
}

#[tokio::test]
async fn rooms_fill_one_after_the_other() {
    check_seating("{}", 1, expect!["1 rooms, listed with 1"]).await;
    check_seating("{}", 5, expect!["1 rooms, listed with "]).await;
    check_seating("{}", 12, expect!["3 rooms, listed with 2"]).await;
    check_seating("{}", 53, expect!["11 rooms, listed with 3"]).await;
    check_seating(
        r#"{"seats_min":2,"seats_max":2}"#,
        5,
        expect!["3 rooms, listed with 1"],
    )
    .await;
}

#[tokio::test]
async fn the_fullest_room_that_fits_is_filled_first() {
    let world = World::new("{}").await;
    world.join_all(&["a", "b", "c", "d", "e", "f", "g"]).await;
    world.assign().await;
    let (full, small) = (world.room("a").await, world.room("f").await);
    world
        .lobby
        .players
        .queue_leave(&world.id("a"), None)
        .await
        .expect("leave");
    world.check().await;
    // The full room waits for a relay and stays unlisted; below seats_min it is listed again.
    for short in ["b", "c"] {
        world
            .lobby
            .players
            .queue_leave(&world.id(short), None)
            .await
            .expect("leave");
    }
    world
        .lobby
        .players
        .queue_leave(&world.id("g"), None)
        .await
        .expect("leave");
    world.join("h").await;
    world.assign().await;
    assert_eq!(world.room("h").await, full);
    assert_ne!(world.room("h").await, small);
    world.check().await;
}

#[tokio::test]
async fn a_relay_gets_what_tokens_carry_for_the_game() {
    let world = World::new(r#"{"seats_max":3}"#).await;
    world.relay_up("r").await;
    let longest = "é\"\\\n".to_owned() + &"x".repeat(251);
    let join = async |short: &str, game: &str| {
        let player = world.id(short);
        let join = lobby::Join {
            player: &player,
            name: short,
            color: None,
            game,
            latencies: "",
            trace: "",
            priority: 0,
            request: None,
        };
        world.pool().queue_join(join).await.expect("join");
    };
    // The record ends with the membership, including the claim `game`.
    join("b", "gone").await;
    let (b, players) = (world.id("b"), &world.lobby.players);
    players.queue_leave(&b, None).await.expect("leave");
    join("a", &longest).await;
    join("b", "").await;
    join("c", "7").await;
    world.assign().await;
    let me = world.me("a").await;
    let (room, game) = (me.room.expect("a room"), me.game.expect("a ticket"));
    for _ in 0..2 {
        let matches = world.pool().matches;
        let claimed = matches.claim_room(&room, &game.relay, game.epoch, "boot-1");
        let lobby::Claimed::Room { players, .. } = claimed.await.expect("claim") else {
            panic!("stale");
        };
        let games: Vec<&str> = players.iter().map(|player| player.game.as_str()).collect();
        assert_eq!(games, [longest.as_str(), "", "7"]);
        assert!(players.iter().all(|player| !player.is_bot()));
    }
    world.check().await;
}

#[tokio::test]
async fn colours_are_distinct_and_a_free_choice_is_kept() {
    let world = World::new("{}").await;
    for (short, color) in [
        ("a", "#123456"),
        ("b", "#123456"),
        ("c", "#3CB44B"),
        ("d", "nonsense"),
        ("e", "#ffffff"),
    ] {
        let player = world.id(short);
        let join = lobby::Join {
            player: &player,
            name: short,
            color: Some(color),
            game: "",
            latencies: "",
            trace: "",
            priority: 0,
            request: None,
        };
        world.pool().queue_join(join).await.expect("join");
    }
    world.assign().await;
    let room = world.room("a").await;
    let lobby::RoomAnswer::Room(view) = world
        .lobby
        .rooms
        .view(&room, &world.id("a"))
        .await
        .expect("room")
    else {
        panic!("not a member")
    };
    let colors: Vec<&str> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|short| view.players[&world.id(short)].colors[0].as_str())
        .collect();
    expect!["#123456 #ff5d5d #3cb44b #ffa94d #ffffff"].assert_eq(&colors.join(" "));
    world.check().await;
}

#[tokio::test]
async fn the_countdown_starts_with_three_and_is_cleared_below() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    let start = world.at(0);
    start.join_all(&["a", "b", "c"]).await;
    start.assign().await;
    start.check().await;
    let pushed = world.deliver().await;
    expect!["queued room_joined countdown"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][2]["in_ms"], 10_000);

    world
        .at(4000)
        .lobby
        .players
        .queue_leave(&world.id("c"), None)
        .await
        .expect("leave");
    let pushed = world.deliver().await;
    expect!["room_updated countdown"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][1]["starts_at_ms"], serde_json::Value::Null);
    world.at(4000).check().await;
    let later = world.at(11_000);
    later.relay_up("r").await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&later.expire().await);
    expect!["seated"].assert_eq(&later.state("a").await);
}

#[tokio::test]
async fn three_start_when_the_countdown_ends_and_not_before() {
    let world = World::new("{}").await;
    world.at(0).join_all(&["a", "b", "c"]).await;
    world.at(0).assign().await;
    world.at(9000).relay_up("r").await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(9999).expire().await);
    expect!["rooms 1 players 0 relays 0"].assert_eq(&world.at(10_000).expire().await);
    expect!["playing"].assert_eq(&world.at(10_000).state("a").await);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(10_000).expire().await);
    world.at(10_000).check().await;
}

#[tokio::test]
async fn a_full_room_without_a_relay_waits_unlisted_and_starts_when_one_comes() {
    let world = World::new("{}").await;
    let at = world.at(0);
    at.join_all(&["a", "b", "c", "d", "e"]).await;
    expect!["seated 5 started 0 skipped 0"].assert_eq(&at.assign().await);
    assert_eq!(at.redis::<u64>("ZCARD {}:rooms:available").await, 0);
    at.check().await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&world.at(1000).expire().await);
    expect!["seated"].assert_eq(&world.at(1000).state("a").await);
    world.at(2000).relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&world.at(2000).expire().await);
    expect!["playing"].assert_eq(&world.at(2000).state("e").await);
    world.at(2000).check().await;
}

#[tokio::test]
async fn matches_go_to_the_live_relay_with_most_free_capacity() {
    let world = World::new(r#"{"seats_min":2,"seats_max":2}"#).await;
    let mut busy = world.relay("busy", 10);
    busy.rooms = 8;
    let mut draining = world.relay("draining", 1000);
    draining.draining = true;
    for relay in [busy, world.relay("idle", 4), draining] {
        world.lobby.relays.renew(&relay).await.expect("renew");
    }
    for i in 0..14 {
        world.join(&format!("p{i}")).await;
    }
    expect!["seated 14 started 6 skipped 0"].assert_eq(&world.assign().await);
    assert_eq!(
        world
            .redis::<u64>(&format!("SCARD {{}}:relay:{}", world.id("idle")))
            .await,
        4
    );
    assert_eq!(
        world
            .redis::<u64>(&format!("SCARD {{}}:relay:{}", world.id("busy")))
            .await,
        2
    );
    world.check().await;
}

#[tokio::test]
async fn at_its_deadline_a_room_of_two_moves_into_one_that_fits() {
    let world = World::new(r#"{"room_ttl_ms":20000,"seats_min":3}"#).await;
    world.connect(&["a", "f"]).await;
    world.at(0).join_all(&["a", "b", "c", "d", "e"]).await;
    world.at(0).assign().await;
    world.at(5000).join("f").await;
    world.at(5000).assign().await;
    for short in ["c", "d", "e"] {
        world
            .at(5001)
            .lobby
            .players
            .queue_leave(&world.id(short), None)
            .await
            .expect("leave");
    }
    let (of_a, of_f) = (
        world.at(5001).room("a").await,
        world.at(5001).room("f").await,
    );
    assert_ne!(of_a, of_f);
    world.deliver().await;

    let later = world.at(20_000);
    expect!["rooms 1 players 0 relays 0"].assert_eq(&later.expire().await);
    assert_eq!(
        [later.room("a").await, later.room("b").await],
        [of_f.clone(), of_f]
    );
    let pushed = world.deliver().await;
    expect!["room_joined countdown"].assert_eq(&kinds(&pushed, "a"));
    expect!["room_updated countdown"].assert_eq(&kinds(&pushed, "f"));
    later.check().await;
}

#[tokio::test]
async fn at_its_deadline_a_room_that_fits_nowhere_is_requeued_at_the_front() {
    let world = World::new(r#"{"room_ttl_ms":20000}"#).await;
    world.connect(&["a"]).await;
    world.at(0).join_all(&["a", "b"]).await;
    world.at(0).assign().await;
    let later = world.at(20_000);
    world.at(15_000).join("c").await;
    world.deliver().await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&later.expire().await);
    expect!["a: queued 1, b: queued 2, c: queued 3"]
        .assert_eq(&later.states(&["a", "b", "c"]).await);
    let pushed = world.deliver().await;
    expect!["requeued"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][0]["reason"], "room_closed");
    later.check().await;
    later.assign().await;
    assert_eq!(later.room("a").await, later.room("c").await);
    later.check().await;
}

#[tokio::test]
async fn at_its_deadline_a_room_of_three_starts() {
    let world = World::new(r#"{"room_ttl_ms":5000,"countdown_ms":60000}"#).await;
    world.at(0).join_all(&["a", "b", "c"]).await;
    world.at(0).assign().await;
    world.at(4000).relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&world.at(5000).expire().await);
    expect!["playing"].assert_eq(&world.at(5000).state("b").await);
    world.at(5000).check().await;
}

#[tokio::test]
async fn the_room_is_disposed_when_the_last_player_leaves() {
    let world = World::new("{}").await;
    world.join("a").await;
    world.assign().await;
    world
        .lobby
        .players
        .queue_leave(&world.id("a"), None)
        .await
        .expect("leave");
    let keys: Vec<String> = world.redis("KEYS {}:room*").await;
    assert!(keys.is_empty(), "{keys:?}");
    world.check().await;
}

#[tokio::test]
async fn room_view_is_for_members() {
    let world = World::new("{}").await;
    world.join("a").await;
    world.join("b").await;
    world.assign().await;
    let room = world.room("a").await;
    let ask = |room: String, short: &'static str| {
        let world = world.clone();
        async move {
            world
                .lobby
                .rooms
                .view(&room, &world.id(short))
                .await
                .expect("room")
        }
    };
    let lobby::RoomAnswer::Room(view) = ask(room.clone(), "a").await else {
        panic!("not a member")
    };
    assert_eq!(
        (
            view.room_id.as_str(),
            view.state.as_str(),
            view.players.len()
        ),
        (room.as_str(), "open", 2)
    );
    assert!((290..=300).contains(&view.players[&world.id("a")].status.ttl));
    assert_eq!(ask(room.clone(), "c").await, lobby::RoomAnswer::NotMember);
    assert_eq!(
        ask(format!("{}.none", world.name), "a").await,
        lobby::RoomAnswer::Unknown
    );
    assert_eq!(
        ask("nowhere.x".to_owned(), "a").await,
        lobby::RoomAnswer::Unknown
    );
    assert_eq!(ask(String::new(), "a").await, lobby::RoomAnswer::Unknown);
}
