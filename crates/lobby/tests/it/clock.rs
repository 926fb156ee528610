//! A clock that stands still or jumps: Redis paused, a machine was suspended and resumed. Nobody who waits is thrown out.

use expect_test::expect;

use crate::world::World;

const BEGIN: u64 = 1_000_000;

/// A live relay, two in an open room since `BEGIN`, one in the queue, and somebody who looks.
async fn waiting() -> World {
    let world = World::new("{}").await;
    let at = world.at(BEGIN);
    at.pool().look().await.expect("look");
    at.relay_up("r").await;
    at.join_all(&["a", "b"]).await;
    at.assign().await;
    at.join("c").await;
    world
}

#[tokio::test]
async fn a_clock_set_forward_by_400_s_throws_nobody_out() {
    let world = waiting().await;
    let at = world.at(BEGIN + 400_000);
    at.pool().look().await.expect("look");
    expect!["rooms 0 players 0 relays 0"].assert_eq(&at.decide().await);
    at.relay_up("r").await;
    at.assign().await;
    at.check().await;
    // They have as much of their life left as before: each pings once a minute.
    world.look_through(BEGIN + 400_000, BEGIN + 409_500).await;
    let later = world.at(BEGIN + 409_500);
    later.decide().await;
    expect!["a: seated, b: seated, c: seated"].assert_eq(&later.states(&["a", "b", "c"]).await);
    let started = world.at(BEGIN + 410_000);
    started.relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&started.decide().await);
    expect!["a: playing, b: playing, c: playing"]
        .assert_eq(&started.states(&["a", "b", "c"]).await);
    started.check().await;
}

#[tokio::test]
async fn who_gives_no_sign_of_life_after_a_jump_is_out_once_the_rest_of_that_life_is_over() {
    let world = World::new("{}").await;
    world.at(0).join("a").await;
    world.at(100_000).pool().look().await.expect("look");
    let jump = 400_000;
    for ms in (100_000 + jump..=700_000).step_by(900) {
        world.at(ms).pool().look().await.expect("look");
        expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(ms).decide().await);
    }
    world.at(700_000).pool().look().await.expect("look");
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(700_001).decide().await);
}

#[tokio::test]
async fn a_match_given_to_a_relay_just_before_a_jump_is_not_ended_as_unclaimed() {
    let world = World::new("{}").await;
    world.at(BEGIN).pool().look().await.expect("look");
    let (room, game) = world.at(BEGIN).match_of_five().await;
    let at = world.at(BEGIN + 400_000);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&at.decide().await);
    let pool = at.pool();
    let claimed = pool
        .claim_room(&room, &game.relay, game.epoch, "boot-1")
        .await;
    assert!(matches!(
        claimed.expect("claim"),
        lobby::Claimed::Room { .. }
    ));
    at.check().await;
}

#[tokio::test]
async fn a_clock_set_back_by_120_s_delays_no_seat_and_no_start() {
    let world = waiting().await;
    let now = BEGIN - 120_000;
    let at = world.at(now);
    at.relay_up("r").await;
    at.pool().look().await.expect("look");
    at.check().await;
    // A player who comes now stands behind the one who waited before.
    at.join("d").await;
    expect!["c: queued 1, d: queued 2"].assert_eq(&at.states(&["c", "d"]).await);
    expect!["seated 2 started 0 skipped 0"].assert_eq(&at.assign().await);
    at.check().await;
    world.look_through(now, now + 10_000).await;
    let started = world.at(now + 10_000);
    started.relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&started.decide().await);
    expect!["a: playing, d: playing"].assert_eq(&started.states(&["a", "d"]).await);
    started.check().await;
}

#[tokio::test]
async fn a_clock_set_back_keeps_a_countdown_as_long_as_it_is() {
    let world = World::new("{}").await;
    let at = world.at(BEGIN);
    at.pool().look().await.expect("look");
    at.relay_up("r").await;
    at.join_all(&["a", "b", "c"]).await;
    at.assign().await;
    let later = world.at(BEGIN + 900 - 120_000);
    later.relay_up("r").await;
    later.pool().look().await.expect("look");
    later.check().await;
    // 10 s after the room had three, to within the time between two looks.
    let due = BEGIN - 120_000 + 10_000;
    for ms in (BEGIN + 900 - 120_000..due).step_by(900) {
        world.at(ms).relay_up("r").await;
        world.at(ms).pool().look().await.expect("look");
        expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(ms).decide().await);
    }
    expect!["rooms 1 players 0 relays 0"].assert_eq(&world.at(due + 900).decide().await);
    world.at(due + 900).check().await;
}

#[tokio::test]
async fn a_relay_that_died_before_the_clock_was_set_back_is_dead_soon() {
    let world = World::new("{}").await;
    world.at(BEGIN).pool().look().await.expect("look");
    world.at(BEGIN).claimed_match().await;
    for ms in [0, 900, 1800] {
        let at = world.at(BEGIN - 120_000 + ms);
        let mut spare = world.relay("spare", 10);
        "boot-spare".clone_into(&mut spare.boot);
        at.lobby.relay_renew(&spare).await.expect("renew");
        at.pool().look().await.expect("look");
        at.check().await;
    }
    let at = world.at(BEGIN - 120_000 + 1800);
    expect!["rooms 0 players 0 relays 1"].assert_eq(&at.decide().await);
    at.check().await;
}

/// The nonce of a stay is the time it began at: after the clock was set back, that of the last stay lies ahead.
#[tokio::test]
async fn who_played_before_the_clock_was_set_back_can_join_again() {
    let world = World::new("{}").await;
    world.at(0).join("a").await;
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(300_000).decide().await);
    world.drain().await;
    let record = format!("{{}}:player:{}", world.id("a"));
    let nonce: u64 = world.redis(&format!("HGET {record} nonce")).await;
    let ahead = nonce + 120_000_000;
    let _: u64 = world.redis(&format!("HSET {record} nonce {ahead}")).await;
    let joined = world.at(300_000).join("a").await;
    assert_eq!(
        joined,
        lobby::Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.at(300_000).check().await;
}

/// A lease in Redis is a key with a TTL: after the clock was set back it lasts longer than any lease may.
#[tokio::test]
async fn leases_taken_before_the_clock_was_set_back_count_as_over() {
    let world = World::new("{}").await;
    let at = world.at(0);
    assert!(at.pool().bridge("dead").await.expect("bridge"));
    assert!(!at.pool().bridge("other").await.expect("bridge"));
    let () = world.redis("SET {}:bridge dead PX 120600").await;
    assert!(at.pool().bridge("other").await.expect("bridge"));

    world.connect(&["a"]).await;
    at.join("a").await;
    let () = world.redis("SET {}:outbox:lease dead PX 2900").await;
    assert!(world.drain().await.is_empty());
    let () = world.redis("SET {}:outbox:lease dead PX 123000").await;
    assert_eq!(world.drain().await["a"].len(), 1);
}
