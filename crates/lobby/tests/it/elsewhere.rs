//! Players who leave a pool for a room of another pool: they leave only if they would get a seat there.

use expect_test::expect;
use lobby::{Entered, Entering, NewRoom, RoomChange};

use crate::world::World;
use crate::world_gathering::{TWO, entering, word};

/// A world with two pools, and the same world with the second pool as its first.
async fn two_pools() -> (World, World) {
    let world = World::with_pools(&[TWO, TWO]).await;
    let other = world.in_second_pool();
    (world, other)
}

impl World {
    async fn enters_leaving(&self, short: &str, code: &str) -> String {
        word(&self.enter(short, code, true).await)
    }
}

#[tokio::test]
async fn a_player_whom_a_room_of_another_pool_refuses_stays_where_they_are() {
    let (world, other) = two_pools().await;
    let (full, full_code) = world.make("a").await;
    for short in ["b", "c", "d"] {
        world.enters(short, &full_code).await;
    }
    let (kicks, kicks_code) = world.make("e").await;
    world.enters("x", &kicks_code).await;
    world
        .change(&kicks, "e", RoomChange::Kick(&world.id("x")))
        .await;
    let (mine, _) = other.make("x").await;
    assert_eq!(other.enters_leaving("x", &full_code).await, "Full");
    assert_eq!(other.enters_leaving("x", &kicks_code).await, "Kicked");
    assert_eq!(other.enters_leaving("x", "BBBBBB").await, "Unknown");
    world.relay_up("r").await;
    world
        .change(&full, "a", RoomChange::Start { bots: 0 })
        .await;
    assert_eq!(other.enters_leaving("x", &full_code).await, "Started");
    expect!["x*"].assert_eq(&other.players("x", &mine).await);
    let player = other.id("x");
    let leaving = Entering {
        leaves: true,
        ..entering(&player, "x")
    };
    let rematch = other.lobby.rooms.room_rematch(&full, leaving).await;
    assert_eq!(rematch.expect("rematch"), Entered::Running);
    expect!["x*"].assert_eq(&other.players("x", &mine).await);
    world.check().await;
}

#[tokio::test]
async fn a_player_leaves_another_pool_for_a_seat_and_for_a_room_of_their_own() {
    let (world, other) = two_pools().await;
    let (room, code) = world.make("a").await;
    let (mine, _) = other.make("x").await;
    other.enters("y", &code).await;
    assert_eq!(other.enters_leaving("x", &code).await, "seated");
    expect!["a* x y"].assert_eq(&world.players("x", &room).await);
    let left: u64 = other.redis(&format!("SCARD {{}}:rooms:{mine}")).await;
    assert_eq!(left, 0);
    world.check().await;

    let player = other.id("x");
    let leaving = Entering {
        leaves: true,
        ..entering(&player, "x")
    };
    let made = other
        .lobby
        .rooms
        .room_create(&other.name, leaving, &NewRoom::default())
        .await;
    assert_eq!(word(&made.expect("create")), "seated");
    expect!["a* y"].assert_eq(&world.players("a", &room).await);
    world.check().await;
}

/// The first call was answered. A repeat gets the same answer and moves no player.
#[tokio::test]
async fn a_repeated_call_does_not_take_the_player_out_of_another_pool() {
    let (world, other) = two_pools().await;
    let (room, code) = world.make("a").await;
    let player = world.id("x");
    let leaving = Entering {
        leaves: true,
        request: Some("once"),
        ..entering(&player, "x")
    };
    let rooms = &world.lobby.rooms;
    let join = || rooms.room_join(&code, &player, leaving);
    let first = join().await.expect("join");
    world.leave("x").await;
    let (mine, _) = other.make("x").await;
    assert_eq!(join().await.expect("join"), first);
    expect!["x*"].assert_eq(&other.players("x", &mine).await);
    expect!["a*"].assert_eq(&world.players("a", &room).await);
    world.check().await;
}
