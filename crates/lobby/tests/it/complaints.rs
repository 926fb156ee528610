//! Common complaints about comparable systems, each tested against this one.

use expect_test::expect;
use lobby::{Claimed, Joined, Redeemed};

use crate::world::World;

#[tokio::test]
async fn a_seat_reservation_does_not_expire_under_load() {
    let world = World::new("{}").await;
    let (_, game) = world.match_of_five().await;
    let key = game.ticket.split_once('.').expect("a dot").1.to_owned();
    let _: u64 = world.redis(&format!("DEL {{}}:seat:{key}")).await;
    assert_eq!(
        world
            .lobby
            .tickets
            .redeem(&game.ticket, &game.relay)
            .await
            .expect("redeem"),
        Redeemed::Invalid
    );
    // The player keeps the seat even if a ticket is lost: `me` returns a new ticket.
    let game = world.me("a").await.game.expect("a ticket");
    assert!(matches!(
        world
            .lobby
            .tickets
            .redeem(&game.ticket, &game.relay)
            .await
            .expect("redeem"),
        Redeemed::Seat { .. }
    ));
}

#[tokio::test]
async fn the_same_room_is_not_created_twice_after_a_timeout() {
    let world = World::new("{}").await;
    let (room, game) = world.match_of_five().await;
    // The answer to the first claim was lost: the relay repeats it and gets the same room.
    let claim = || async {
        world
            .pool()
            .matches
            .claim_room(&room, &game.relay, game.epoch, "boot-1")
            .await
            .expect("claim")
    };
    let first = claim().await;
    assert!(matches!(first, Claimed::Room { .. }));
    assert_eq!(claim().await, first);
    expect!["seated 0 started 0 skipped 0"].assert_eq(&world.assign().await);
    assert_eq!(world.outbox().await.matches("match_started").count(), 1);
}

#[tokio::test]
async fn a_room_never_has_more_players_than_seats() {
    let world = World::new("{}").await;
    let shorts: Vec<String> = (0..23).map(|i| format!("p{i}")).collect();
    let joins = shorts.iter().map(|short| async {
        world.join(short).await;
        world.assign().await
    });
    futures_util::future::join_all(joins).await;
    let keys: Vec<String> = world.redis("KEYS {}:rooms:*").await;
    let mut seated = Vec::new();
    for key in keys.iter().filter(|key| !key.ends_with(":available")) {
        seated.push(world.redis::<u64>(&format!("SCARD {key}")).await);
    }
    seated.sort_unstable();
    assert_eq!(seated, [3, 5, 5, 5, 5]);
    world.check().await;
}

#[tokio::test]
async fn an_empty_or_full_room_is_not_listed() {
    let world = World::new("{}").await;
    let listed = || async { world.redis::<u64>("ZCARD {}:rooms:available").await };
    world.join("a").await;
    world.assign().await;
    assert_eq!(listed().await, 1);
    world
        .lobby
        .players
        .queue_leave(&world.id("a"), None)
        .await
        .expect("leave");
    assert_eq!(listed().await, 0);
    world.match_of_five().await;
    assert_eq!(listed().await, 0);
    world.check().await;
}

#[tokio::test]
async fn a_player_is_not_matched_twice_in_one_room() {
    let world = World::new(r#"{"seats_min":2,"seats_max":2}"#).await;
    world.relay_up("r").await;
    for _ in 0..4 {
        world.join("a").await;
        world.assign().await;
    }
    expect!["seated"].assert_eq(&world.state("a").await);
    world.check().await;
}

#[tokio::test]
async fn when_a_match_dies_its_players_are_notified() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    let room = world.claimed_match().await;
    world.deliver().await;
    world
        .pool()
        .matches
        .abandon(&room, &world.id("r"), 1)
        .await
        .expect("abandon");
    let pushed = world.deliver().await;
    assert_eq!(
        (&pushed["a"][0]["type"], &pushed["a"][0]["reason"]),
        (&"removed".into(), &"room_failed".into())
    );
    expect!["out room_failed"].assert_eq(&world.state("a").await);
    assert_eq!(
        world.join("a").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
}

#[tokio::test]
async fn the_queue_outlives_every_process_that_matched() {
    let world = World::new("{}").await;
    world.join_all(&["a", "b"]).await;
    let pools = lobby::Pools::parse(&format!("{{{:?}:{{}}}}", world.name)).expect("pools");
    let another = lobby::Lobby::connect(&world.server.url, pools)
        .await
        .expect("a lobby");
    let assigned = another
        .pool(&world.name)
        .expect("the pool")
        .assign()
        .await
        .expect("assign");
    assert_eq!(assigned.seated, 2);
    world.check().await;
}
