//! The one lease of a relay, and how each pool notices that it ran out.

use expect_test::expect;
use lobby::RelayInfo;

use crate::world::World;

const KEPT_MS: u64 = 120_000;

/// Two pools with a match each on relay `r` at 0, and the relay `spare`, which is live at 1800.
async fn two_pools() -> (World, World) {
    let first = World::with_pools(&["{}", "{}"]).await;
    let second = first.in_second_pool();
    first.at(0).relay_up("r").await;
    for (world, players) in [(&first, "abcde"), (&second, "fghij")] {
        for player in players.chars() {
            let (at, player) = (world.at(0), player.to_string());
            at.join_as(&at.lobby, &at.name, &player, None).await;
        }
        expect!["seated 5 started 1 skipped 0"].assert_eq(&world.at(0).assign().await);
    }
    for ms in [900, 1800] {
        renew(&first, ms, "spare", "boot-spare").await;
        poll(&first, ms).await;
        poll(&second, ms).await;
    }
    (first, second)
}

async fn renew(world: &World, ms: u64, short: &str, boot: &str) {
    let relay = RelayInfo {
        boot: boot.to_owned(),
        ..world.relay(short, 100)
    };
    world
        .at(ms)
        .lobby
        .relays
        .renew(&relay)
        .await
        .expect("renew");
}

async fn poll(world: &World, ms: u64) {
    world.at(ms).pool().bridge.poll().await.expect("poll");
}

async fn relay_of(world: &World, ms: u64, short: &str) -> String {
    let game = world.at(ms).me(short).await.game;
    game.expect("a ticket").relay
}

/// The pools in which relay `r` may own rooms.
async fn pools_of_r(world: &World) -> usize {
    let key = format!("{}:pools:{}", world.fleet(), world.id("r"));
    world.redis::<usize>(&format!("SCARD {key}")).await
}

async fn leases(world: &World) -> usize {
    world
        .redis(&format!("ZCARD {}:leases", world.fleet()))
        .await
}

#[tokio::test]
async fn the_rooms_of_every_pool_of_a_dead_relay_move_and_then_it_is_forgotten() {
    let (first, second) = two_pools().await;
    expect!["rooms 0 players 0 relays 1"].assert_eq(&first.at(1800).expire().await);
    assert_eq!(relay_of(&first, 1800, "a").await, first.id("spare"));
    assert_eq!(relay_of(&second, 1800, "f").await, first.id("r"));
    // The bridge of the second pool was away for longer than a dead relay without rooms is kept.
    for ms in (2700..2700 + KEPT_MS).step_by(900) {
        renew(&first, ms, "spare", "boot-spare").await;
        poll(&first, ms).await;
    }
    let ms = 2700 + KEPT_MS;
    assert_eq!((pools_of_r(&first).await, leases(&first).await), (1, 2));
    first.at(ms).check().await;
    poll(&second, ms).await;
    expect!["rooms 0 players 0 relays 1"].assert_eq(&second.at(ms).expire().await);
    assert_eq!(relay_of(&second, ms, "f").await, first.id("spare"));
    poll(&second, ms).await;
    poll(&second, ms).await;
    assert_eq!((pools_of_r(&first).await, leases(&first).await), (0, 1));
    second.at(ms).check().await;
}

#[tokio::test]
async fn a_relay_that_was_paused_keeps_what_was_not_given_away_and_gets_matches_again() {
    let (first, second) = two_pools().await;
    expect!["rooms 0 players 0 relays 1"].assert_eq(&first.at(1800).expire().await);
    // The second pool knows that the relay is overdue, and has not expired it yet.
    renew(&first, 1900, "r", "boot-1").await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&second.at(1900).expire().await);
    assert_eq!(relay_of(&first, 1900, "a").await, first.id("spare"));
    assert_eq!(relay_of(&second, 1900, "f").await, first.id("r"));
    // The other relay is removed.
    let at = first.at(1900);
    let spare = first.id("spare");
    let removed = at.lobby.relays.remove(&spare, "boot-spare");
    removed.await.expect("remove");
    expect!["rooms 0 players 0 relays 1"].assert_eq(&at.expire().await);
    assert_eq!(relay_of(&first, 1900, "a").await, first.id("r"));
    at.check().await;
}

#[tokio::test]
async fn a_new_run_takes_over_the_rooms_of_every_pool_at_once() {
    let (first, second) = two_pools().await;
    for (world, player) in [(&first, "a"), (&second, "f")] {
        let at = world.at(100);
        let (room, relay) = (at.room(player).await, at.id("r"));
        let matches = at.pool().matches;
        let claimed = matches.claim_room(&room, &relay, 1, "boot-1").await;
        assert_ne!(claimed.expect("claim"), lobby::Claimed::Stale);
    }
    renew(&first, 1400, "r", "boot-2").await;
    for (world, player) in [(&first, "a"), (&second, "f")] {
        let game = world.at(1400).me(player).await.game.expect("a ticket");
        assert_eq!((game.relay, game.epoch), (first.id("r"), 2));
    }
    first.at(1400).check().await;
}

#[tokio::test]
async fn the_free_rooms_of_the_fleet_follow_the_matches_that_start() {
    let world = World::new(r#"{"seats_min":2,"seats_max":2}"#).await;
    let full = RelayInfo {
        rooms: 3,
        ..world.relay("full", 3)
    };
    let draining = RelayInfo {
        draining: true,
        ..world.relay("draining", 50)
    };
    for relay in [full, draining, world.relay("r", 10), world.relay("s", 4)] {
        world.lobby.relays.renew(&relay).await.expect("renew");
    }
    let free = async || world.lobby.relays.rooms_free().await.expect("free");
    assert_eq!(free().await, 14);
    world.join_all(&["a", "b", "c", "d"]).await;
    expect!["seated 4 started 2 skipped 0"].assert_eq(&world.assign().await);
    assert_eq!(free().await, 12);
    let s = world.id("s");
    let removed = world.lobby.relays.remove(&s, "boot-1");
    removed.await.expect("remove");
    assert_eq!(free().await, 8);
}
