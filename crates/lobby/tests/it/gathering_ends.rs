//! Rooms that players make: how they fill, start, empty, close and gather again, and what the sweep repairs.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{Entered, RoomChange};

use crate::world::World;
use crate::world_gathering::{TWO, word};

#[tokio::test]
async fn a_code_of_a_room_that_just_closed_is_unknown() {
    let world = World::new(TWO).await;
    let (_, code) = world.at(0).make("a").await;
    world.at(1000).leave("a").await;
    // The room is empty and waits for two minutes.
    assert_eq!(world.at(2000).enters("b", &code).await, "seated");
    world.at(2000).check().await;
    world.at(3000).leave("b").await;
    world.poll_through(3000, 122_900).await;
    assert_eq!(
        world.at(122_900).expire().await,
        "rooms 0 players 0 relays 0"
    );
    assert_eq!(world.at(122_900).enters("c", &code).await, "seated");
    world.at(122_900).leave("c").await;
    world.poll_through(122_900, 242_900).await;
    assert_eq!(
        world.at(242_900).expire().await,
        "rooms 1 players 0 relays 0"
    );
    assert_eq!(world.at(242_900).enters("d", &code).await, "Unknown");
    expect!["d: out"].assert_eq(&world.at(242_900).states(&["d"]).await);
    world.at(242_900).deliver().await;
    assert_eq!(world.code_text(&code).await, None);
    world.at(242_900).check().await;
}

#[tokio::test]
async fn the_first_player_who_enters_an_empty_room_is_host() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    world.leave("a").await;
    world.check().await;
    world.enters("b", &code).await;
    expect!["b*"].assert_eq(&world.players("b", &room).await);
    world.check().await;
}

#[tokio::test]
async fn a_room_whose_host_started_it_without_a_relay_starts_when_there_is_one() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.at(0).enters("b", &code).await;
    world
        .at(0)
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    world.at(0).check().await;
    expect!["a: seated, b: seated"].assert_eq(&world.at(0).states(&["a", "b"]).await);
    world.at(900).relay_up("r").await;
    assert_eq!(world.at(1000).expire().await, "rooms 1 players 0 relays 0");
    expect!["a: playing, b: playing"].assert_eq(&world.at(1000).states(&["a", "b"]).await);
    world.at(1000).check().await;
}

#[tokio::test]
async fn a_silent_host_is_replaced_after_ten_seconds_and_keeps_the_seat_for_two_minutes() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.at(0).enters("b", &code).await;
    let away = |ms| {
        let world = world.at(ms);
        async move {
            let id = world.id("a");
            world.lobby.sessions.open(&id, &id).await.expect("open");
            world.lobby.sessions.close(&id).await.expect("close");
        }
    };
    away(1000).await;
    world.poll_through(1000, 10_900).await;
    assert_eq!(
        world.at(10_900).expire().await,
        "rooms 0 players 0 relays 0"
    );
    assert_eq!(
        world.at(11_000).expire().await,
        "rooms 0 players 1 relays 0"
    );
    expect!["a b*"].assert_eq(&world.at(11_000).players("b", &room).await);
    world.at(11_000).check().await;
    // They return after 20 s, no longer as the host.
    expect!["a: seated"].assert_eq(&world.at(21_000).states(&["a"]).await);
    world.poll_through(11_000, 140_000).await;
    world.at(140_000).expire().await;
    expect!["a b*"].assert_eq(&world.at(140_000).players("b", &room).await);

    away(141_000).await;
    world.poll_through(140_000, 151_000).await;
    world.at(151_000).expire().await;
    world.poll_through(151_000, 260_000).await;
    assert_eq!(
        world.at(260_000).expire().await,
        "rooms 0 players 0 relays 0"
    );
    assert_eq!(
        world.at(261_000).expire().await,
        "rooms 0 players 1 relays 0"
    );
    expect!["b*"].assert_eq(&world.at(261_000).players("b", &room).await);
    expect!["a: out expired"].assert_eq(&world.at(261_000).states(&["a"]).await);
    world.at(261_000).check().await;
}

#[tokio::test]
async fn a_room_whose_only_player_fell_silent_closes_after_two_minutes() {
    let world = World::new(TWO).await;
    let (_, code) = world.at(0).make("a").await;
    let id = world.id("a");
    world
        .at(0)
        .lobby
        .sessions
        .open(&id, &id)
        .await
        .expect("open");
    world.at(0).lobby.sessions.close(&id).await.expect("close");
    world.poll_through(0, 10_000).await;
    world.at(10_000).expire().await;
    world.poll_through(10_000, 120_000).await;
    world.at(119_900).check().await;
    assert_eq!(
        world.at(120_000).expire().await,
        "rooms 0 players 1 relays 0"
    );
    world.at(120_000).deliver().await;
    assert_eq!(world.code_text(&code).await, None);
    assert_eq!(world.at(120_000).enters("b", &code).await, "Unknown");
    world.at(120_000).check().await;
}

#[tokio::test]
async fn a_room_with_players_stays_open() {
    let world = World::new(r#"{"seats_min":2,"room_ttl_ms":5000}"#).await;
    let (room, code) = world.at(0).make("a").await;
    for ms in [5000, 10_000, 15_000] {
        world.poll_through(ms - 5000, ms).await;
        assert_eq!(world.at(ms).expire().await, "rooms 1 players 0 relays 0");
        world.at(ms).check().await;
    }
    assert_eq!(world.at(15_000).enters("b", &code).await, "seated");
    expect!["a* b"].assert_eq(&world.at(15_000).players("a", &room).await);
}

#[tokio::test]
async fn the_players_of_a_match_gather_again_with_the_same_code() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    for short in ["b", "c"] {
        world.enters(short, &code).await;
    }
    assert_eq!(world.rematch("d", &room).await, Entered::Running);
    world.play(&room).await;
    world.check().await;
    // The code stays taken for them, even after a sweep, and admits nobody else.
    assert_eq!(world.sweep().await, BTreeMap::new());
    assert_eq!(world.enters("d", &code).await, "Unknown");
    assert_eq!(word(&world.rematch("d", &room).await), "NotMember");

    // All of them call it concurrently.
    let (a, b, c) = tokio::join!(
        world.rematch("a", &room),
        world.rematch("b", &room),
        world.rematch("c", &room)
    );
    let rooms: Vec<String> = [a, b, c]
        .into_iter()
        .map(|entered| match entered {
            Entered::Seated {
                room, code: same, ..
            } if same == code => room,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        rooms
            .iter()
            .all(|other| *other == rooms[0] && *other != room),
        "{rooms:?}"
    );
    world.check().await;
    assert_eq!(world.enters("d", &code).await, "seated");
    world.check().await;
    assert_eq!(world.sweep().await, BTreeMap::new());
    world.relay_up("r").await;
    let host = world.players("a", &rooms[0]).await;
    assert_eq!(host.matches('*').count(), 1, "{host}");
}

#[tokio::test]
async fn a_kicked_player_may_enter_the_next_generation() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    for short in ["b", "c"] {
        world.enters(short, &code).await;
    }
    world
        .change(&room, "a", RoomChange::Kick(&world.id("c")))
        .await;
    world.play(&room).await;
    assert_eq!(word(&world.rematch("c", &room).await), "NotMember");
    assert_eq!(word(&world.rematch("b", &room).await), "seated");
    assert_eq!(world.enters("c", &code).await, "seated");
    world.check().await;
}

#[tokio::test]
async fn the_sweep_repairs_codes() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.redis::<u64>(&format!("DEL code:{code}")).await;
    let sweep = || async { world.at(40_000).sweep().await };
    assert_eq!(sweep().await, BTreeMap::from([("code_lost".to_owned(), 1)]));
    assert_eq!(sweep().await, BTreeMap::new());
    world.at(40_000).check().await;
    // The function died after it took a code.
    let stray = format!("{} {room}x 1800000000000000", world.name);
    world.set("code:BBBBBZ", &stray).await;
    assert_eq!(
        sweep().await,
        BTreeMap::from([("code_without_room".to_owned(), 1)])
    );
    assert_eq!(world.code_text("BBBBBZ").await, None);
    // The host is not in the room.
    world
        .redis::<u64>(&format!("HSET {{}}:room:{room} host nobody"))
        .await;
    assert_eq!(
        sweep().await,
        BTreeMap::from([("host_not_member".to_owned(), 1)])
    );
    world.at(40_000).check().await;
}

#[tokio::test]
async fn a_match_of_a_made_room_takes_no_late_player_of_the_queue() {
    let world = World::new(r#"{"seats_min":2,"seats_max":4,"late":{"until_s":120}}"#).await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    world.relay_up("r").await;
    world
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    let (relay, matches) = (world.id("r"), world.pool().matches);
    matches
        .claim_room(&room, &relay, 1, "boot-1")
        .await
        .expect("claim");
    let offered = matches.offer_seats(&room, &relay, 1, &[2, 3]).await;
    assert_eq!(offered.expect("offer"), lobby::Offered::Seats(0));
    world.join("c").await;
    world.assign().await;
    assert_ne!(world.room("c").await, room);
    world.check().await;
}

#[tokio::test]
async fn a_hundred_concurrent_joins_fill_exactly_the_seats() {
    let world = World::new(r#"{"seats_min":2,"seats_max":5}"#).await;
    let (room, code) = world.make("a").await;
    let shorts: Vec<String> = (0..100).map(|n| format!("p{n}")).collect();
    let joins = shorts.iter().map(|short| world.enters(short, &code));
    let entered = futures_util::future::join_all(joins).await;
    assert_eq!(
        entered
            .iter()
            .filter(|entered| *entered == "seated")
            .count(),
        4
    );
    assert_eq!(
        entered.iter().filter(|entered| *entered == "Full").count(),
        96
    );
    world.check().await;
    let claims: u64 = world.redis(&format!("SCARD {{}}:rooms:{room}")).await;
    assert_eq!(claims, 5);
}

#[tokio::test]
async fn a_returning_silent_player_does_not_end_a_match_that_has_started() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.at(0).enters("b", &code).await;
    let id = world.id("b");
    let sessions = &world.at(0).lobby.sessions;
    sessions.open(&id, &id).await.expect("open");
    sessions.close(&id).await.expect("close");
    world.poll_through(0, 10_000).await;
    assert_eq!(
        world.at(10_000).expire().await,
        "rooms 0 players 1 relays 0"
    );
    world.at(10_500).relay_up("r").await;
    let started = world
        .at(10_500)
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    assert_eq!(started, "host a");
    expect!["a: playing, b: playing"].assert_eq(&world.at(11_000).states(&["a", "b"]).await);
    assert_eq!(
        world.at(11_000).expire().await,
        "rooms 0 players 0 relays 0"
    );
    expect!["a: playing, b: playing"].assert_eq(&world.at(11_500).states(&["a", "b"]).await);
    world.at(11_500).check().await;
}

#[tokio::test]
async fn a_room_stores_the_last_hundred_kicked_players() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    for n in 0..=100 {
        let short = format!("k{n:03}");
        assert_eq!(world.enters(&short, &code).await, "seated");
        let kick = world.id(&short);
        let changed = world.change(&room, "a", RoomChange::Kick(&kick)).await;
        assert_eq!(changed, "host a");
    }
    assert_eq!(world.enters("k100", &code).await, "Kicked");
    assert_eq!(world.enters("k001", &code).await, "Kicked");
    assert_eq!(world.enters("k000", &code).await, "seated");
    world.check().await;
}
