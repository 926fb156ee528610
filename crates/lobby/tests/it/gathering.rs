//! Rooms that players make: creating them, joining by code, and changes by their players.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{CodeAnswer, Entered, Entering, NewRoom, RoomChange, RoomSettings};
use serde_json::{Value, json};

use crate::sink::kinds;
use crate::world::World;
use crate::world_gathering::{TWO, entering, word};

#[tokio::test]
async fn two_players_meet_by_a_code_and_play() {
    let world = World::new(TWO).await;
    world.connect(&["a", "b"]).await;
    let (room, code) = world.make("a").await;
    world.check().await;
    assert_eq!(world.enters("b", &code).await, "seated");
    world.check().await;
    expect!["a* b"].assert_eq(&world.players("a", &room).await);
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "a"), "room_joined room_updated");
    assert_eq!(kinds(&pushed, "b"), "room_joined");
    let mut seen = pushed["b"][0]["room"].clone();
    seen["expires_at_ms"] = Value::Null;
    let face = |short, color| json!({"player_id": world.id(short), "name": short, "colors": [color], "ready": false});
    let expected = json!({
        "room_id": room, "state": "gathering", "seats_min": 2, "seats_max": 4, "expires_at_ms": null,
        "host": world.id("a"), "code": lobby::show_code(&code), "visibility": "private", "name": "a",
        "settings": {}, "meta": {}, "players": [face("a", "#ff5d5d"), face("b", "#ffa94d")],
    });
    assert_eq!(seen, expected);

    world.relay_up("r").await;
    let (a, b) = (RoomChange::Start { bots: 0 }, RoomChange::Ready(true));
    assert_eq!(world.change(&room, "b", b).await, "host a");
    expect!["a* b+"].assert_eq(&world.players("a", &room).await);
    assert_eq!(world.change(&room, "a", a).await, "host a");
    world.check().await;
    expect!["a: playing, b: playing"].assert_eq(&world.states(&["a", "b"]).await);
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "b"), "room_updated match_started");
    assert_eq!(word(&world.enter("c", &code, false).await), "Started");
}

#[tokio::test]
async fn a_room_that_gathers_gets_nobody_from_the_queue() {
    let world = World::new(TWO).await;
    let (room, _) = world.make("a").await;
    world.join_all(&["b", "c"]).await;
    assert_eq!(world.assign().await, "seated 2 started 0 skipped 0");
    expect!["a*"].assert_eq(&world.players("a", &room).await);
    world.check().await;
}

#[tokio::test]
async fn the_longest_seated_player_is_host_after_the_host_left() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    for short in ["b", "c"] {
        world.enters(short, &code).await;
    }
    world.leave("a").await;
    expect!["b* c"].assert_eq(&world.players("b", &room).await);
    assert_eq!(
        world
            .change(&room, "b", RoomChange::Host(&world.id("c")))
            .await,
        "host c"
    );
    expect!["b c*"].assert_eq(&world.players("b", &room).await);
    world.check().await;
}

#[tokio::test]
async fn only_the_host_changes_the_room_which_resets_ready() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    world.change(&room, "b", RoomChange::Ready(true)).await;
    let settings = RoomSettings {
        seats: Some(3),
        settings: Some(BTreeMap::from([("lives".to_owned(), 1)])),
        name: Some("ours"),
        ..RoomSettings::default()
    };
    let change = RoomChange::Settings(settings.clone());
    assert_eq!(world.change(&room, "b", change).await, "NotHost");
    assert_eq!(
        world
            .change(&room, "c", RoomChange::Start { bots: 0 })
            .await,
        "NotMember"
    );
    expect!["a* b+"].assert_eq(&world.players("a", &room).await);
    let change = RoomChange::Settings(settings.clone());
    assert_eq!(world.change(&room, "a", change).await, "host a");
    expect!["a* b"].assert_eq(&world.players("a", &room).await);
    world.enters("c", &code).await;
    assert_eq!(world.enters("d", &code).await, "Full");
    let fewer = RoomChange::Settings(RoomSettings {
        seats: Some(2),
        ..RoomSettings::default()
    });
    assert_eq!(world.change(&room, "a", fewer).await, "TooMany");
    let CodeAnswer::Room(view) = world.view_code("d", &code).await else {
        panic!("no room")
    };
    assert_eq!(
        (
            &*view.name,
            view.players,
            view.seats,
            view.reason.as_deref()
        ),
        ("ours", 3, 3, Some("full"))
    );
    assert_eq!(view.settings["lives"], 1);
    world.check().await;
}

#[tokio::test]
async fn a_host_chooses_the_number_of_bots() {
    let world = World::new(r#"{"bots":{"fill_to":4}}"#).await;
    world.relay_up("r").await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    let start = |bots| world.change(&room, "a", RoomChange::Start { bots });
    assert_eq!(start(0).await, "TooFew");
    assert_eq!(start(4).await, "TooMany");
    world.check().await;
    assert_eq!(start(1).await, "host a");
    let seats = format!("HMGET {{}}:room:{room} bot:0 bot:1 bot:2 bot:3");
    let bots: [Option<String>; 4] = world.redis(&seats).await;
    let is_bot = bots.map(|bot| bot.is_some());
    assert_eq!(is_bot, [false, false, true, false]);
    world.check().await;
}

#[tokio::test]
async fn a_room_starts_with_enough_players_only() {
    let world = World::new(TWO).await;
    world.relay_up("r").await;
    let (room, _) = world.make("a").await;
    assert_eq!(
        world
            .change(&room, "a", RoomChange::Start { bots: 0 })
            .await,
        "TooFew"
    );
    expect!["a: seated"].assert_eq(&world.states(&["a"]).await);
    world.check().await;
}

#[tokio::test]
async fn a_kicked_player_cannot_return_by_code_queue_or_second_tab() {
    let world = World::new(TWO).await;
    world.connect(&["b"]).await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    world.deliver().await;
    let b = world.id("b");
    assert_eq!(
        world.change(&room, "a", RoomChange::Kick(&b)).await,
        "host a"
    );
    world.check().await;
    let pushed = world.deliver().await;
    assert_eq!(pushed["b"][0]["type"], "removed");
    assert_eq!(pushed["b"][0]["reason"], "kicked");
    expect!["b: out kicked"].assert_eq(&world.states(&["b"]).await);
    assert_eq!(world.enters("b", &code).await, "Kicked");
    world.join("b").await;
    assert_eq!(world.enters("b", &code).await, "Queued { room: None }");
    assert_eq!(word(&world.enter("b", &code, true).await), "Kicked");
    expect!["b: queued 1"].assert_eq(&world.states(&["b"]).await);
    world.assign().await;
    expect!["a*"].assert_eq(&world.players("a", &room).await);
    assert_eq!(
        world.change(&room, "a", RoomChange::Kick(&b)).await,
        "NotThere"
    );
    assert_eq!(
        world
            .change(&room, "a", RoomChange::Kick(&world.id("a")))
            .await,
        "NotThere"
    );
    world.check().await;
}

#[tokio::test]
async fn a_player_leaves_the_queue_or_a_room_and_joins_another_in_one_step() {
    let world = World::with_pools(&[TWO, TWO]).await;
    let (room, code) = world.make("a").await;
    let (_, other) = world.make("b").await;
    world.join("c").await;
    assert_eq!(
        word(&world.enter("c", &code, false).await),
        "Queued { room: None }"
    );
    assert_eq!(word(&world.enter("c", &code, true).await), "seated");
    // They are no longer in the queue.
    assert_eq!(world.assign().await, "seated 0 started 0 skipped 0");
    world.check().await;
    assert!(matches!(
        world.enter("c", &other, false).await,
        Entered::Queued { room: Some(_) }
    ));
    assert_eq!(word(&world.enter("c", &other, true).await), "seated");
    expect!["a*"].assert_eq(&world.players("a", &room).await);
    world.check().await;
    // A refused join does not leave the queue or the room.
    let second = world.pool_name(1);
    world.join_as(&world.lobby, &second, "d", None).await;
    assert!(matches!(
        world.enter("d", &code, false).await,
        Entered::OtherPool { .. }
    ));
    assert_eq!(word(&world.enter("d", &code, true).await), "seated");
    world.check().await;
}

#[tokio::test]
async fn a_repeated_join_or_create_changes_nothing() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    assert!(matches!(
        world.enter("a", &code, false).await,
        Entered::Seated { new: false, .. }
    ));
    let before: usize = world.redis("XLEN {}:outbox").await;
    let again = world.make_with("a", &NewRoom::default()).await;
    assert_eq!(
        again,
        Entered::Queued {
            room: Some(room.clone())
        }
    );
    assert_eq!(world.redis::<usize>("XLEN {}:outbox").await, before);
    // The same request gets the same room.
    let player = world.id("b");
    let asked = Entering {
        request: Some("once"),
        ..entering(&player, "b")
    };
    let rooms = &world.lobby.rooms;
    let new = NewRoom::default();
    let create = || rooms.room_create(&world.name, asked, &new);
    let (
        Entered::Seated { room: first, .. },
        Entered::Seated {
            room: second, new, ..
        },
    ) = (
        create().await.expect("create"),
        create().await.expect("create"),
    )
    else {
        panic!("not seated")
    };
    assert_eq!((first, new), (second, true));
    world.check().await;
    assert_eq!(world.sweep().await, BTreeMap::new());
}

#[tokio::test]
async fn ten_unknown_codes_block_their_address() {
    let world = World::new(TWO).await;
    let (_, code) = world.make("a").await;
    let (player, address) = (world.id("b"), world.id("address"));
    let enter = |code: &'static str| {
        world
            .lobby
            .rooms
            .room_join(code, &address, entering(&player, "b"))
    };
    for _ in 0..10 {
        // Real codes contain no vowels.
        assert_eq!(enter("AAAAAA").await.expect("join"), Entered::Unknown);
    }
    assert_eq!(enter("AAAAAA").await.expect("join"), Entered::TooManyMisses);
    let right = world
        .lobby
        .rooms
        .room_join(&code, &address, entering(&player, "b"));
    assert_eq!(right.await.expect("join"), Entered::TooManyMisses);
    let viewed = world.lobby.rooms.code_view(&code, &address, &player).await;
    assert_eq!(viewed.expect("view"), CodeAnswer::TooManyMisses);
    let ttl: i64 = world.redis(&format!("PTTL misses:{address}")).await;
    assert!((1..=60_000).contains(&ttl), "{ttl}");
    // A player at another address.
    assert_eq!(world.enters("b", &code).await, "seated");
}
