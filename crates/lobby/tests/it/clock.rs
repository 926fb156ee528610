//! A clock that stops or jumps, because Redis paused, or a machine was suspended and resumed. No waiting player is
//! removed.

use expect_test::expect;

use crate::world::World;

const BEGIN: u64 = 1_000_000;

/// A live relay, two players in an open room since `BEGIN`, one in the queue, and a bridge that polls.
async fn waiting() -> World {
    let world = World::new("{}").await;
    let at = world.at(BEGIN);
    at.pool().bridge.poll().await.expect("poll");
    at.relay_up("r").await;
    at.join_all(&["a", "b"]).await;
    at.assign().await;
    at.join("c").await;
    world
}

#[tokio::test]
async fn a_clock_set_forward_by_400_s_removes_no_player() {
    let world = waiting().await;
    let at = world.at(BEGIN + 400_000);
    at.pool().bridge.poll().await.expect("poll");
    expect!["rooms 0 players 0 relays 0"].assert_eq(&at.expire().await);
    at.relay_up("r").await;
    at.assign().await;
    at.check().await;
    // Their remaining time is unchanged, because each of them pings once a minute.
    world.poll_through(BEGIN + 400_000, BEGIN + 409_500).await;
    let later = world.at(BEGIN + 409_500);
    later.expire().await;
    expect!["a: seated, b: seated, c: seated"].assert_eq(&later.states(&["a", "b", "c"]).await);
    let started = world.at(BEGIN + 410_000);
    started.relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&started.expire().await);
    expect!["a: playing, b: playing, c: playing"]
        .assert_eq(&started.states(&["a", "b", "c"]).await);
    started.check().await;
}

#[tokio::test]
async fn a_player_without_a_sign_of_life_after_a_jump_expires_after_the_remaining_time() {
    let world = World::new("{}").await;
    world.at(0).join("a").await;
    world.at(100_000).pool().bridge.poll().await.expect("poll");
    let jump = 400_000;
    for ms in (100_000 + jump..=700_000).step_by(900) {
        world.at(ms).pool().bridge.poll().await.expect("poll");
        expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(ms).expire().await);
    }
    world.at(700_000).pool().bridge.poll().await.expect("poll");
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(700_001).expire().await);
}

#[tokio::test]
async fn a_match_given_to_a_relay_just_before_a_jump_is_not_ended_as_unclaimed() {
    let world = World::new("{}").await;
    world.at(BEGIN).pool().bridge.poll().await.expect("poll");
    let (room, game) = world.at(BEGIN).match_of_five().await;
    let at = world.at(BEGIN + 400_000);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&at.expire().await);
    let pool = at.pool();
    let claimed = pool
        .matches
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
    at.pool().bridge.poll().await.expect("poll");
    at.check().await;
    // A player who joins now is behind the player who was already waiting.
    at.join("d").await;
    expect!["c: queued 1, d: queued 2"].assert_eq(&at.states(&["c", "d"]).await);
    expect!["seated 2 started 0 skipped 0"].assert_eq(&at.assign().await);
    at.check().await;
    world.poll_through(now, now + 10_000).await;
    let started = world.at(now + 10_000);
    started.relay_up("r").await;
    expect!["rooms 1 players 0 relays 0"].assert_eq(&started.expire().await);
    expect!["a: playing, d: playing"].assert_eq(&started.states(&["a", "d"]).await);
    started.check().await;
}

#[tokio::test]
async fn a_clock_set_back_keeps_a_countdown_as_long_as_it_is() {
    let world = World::new("{}").await;
    let at = world.at(BEGIN);
    at.pool().bridge.poll().await.expect("poll");
    at.relay_up("r").await;
    at.join_all(&["a", "b", "c"]).await;
    at.assign().await;
    let later = world.at(BEGIN + 900 - 120_000);
    later.relay_up("r").await;
    later.pool().bridge.poll().await.expect("poll");
    later.check().await;
    // 10 s after the room had three players, within one poll interval.
    let due = BEGIN - 120_000 + 10_000;
    for ms in (BEGIN + 900 - 120_000..due).step_by(900) {
        world.at(ms).relay_up("r").await;
        world.at(ms).pool().bridge.poll().await.expect("poll");
        expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(ms).expire().await);
    }
    expect!["rooms 1 players 0 relays 0"].assert_eq(&world.at(due + 900).expire().await);
    world.at(due + 900).check().await;
}

#[tokio::test]
async fn a_relay_that_died_before_the_clock_was_set_back_is_dead_soon() {
    let world = World::new("{}").await;
    world.at(BEGIN).pool().bridge.poll().await.expect("poll");
    world.at(BEGIN).claimed_match().await;
    for ms in [0, 900, 1800] {
        let at = world.at(BEGIN - 120_000 + ms);
        let mut spare = world.relay("spare", 10);
        "boot-spare".clone_into(&mut spare.boot);
        at.lobby.relays.renew(&spare).await.expect("renew");
        at.pool().bridge.poll().await.expect("poll");
        at.check().await;
    }
    let at = world.at(BEGIN - 120_000 + 1800);
    expect!["rooms 0 players 0 relays 1"].assert_eq(&at.expire().await);
    at.check().await;
}

/// The nonce of a membership is its start time: after the clock was set back, the last nonce is in the future.
#[tokio::test]
async fn a_player_from_before_the_clock_was_set_back_can_join_again() {
    let world = World::new("{}").await;
    world.at(0).join("a").await;
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(300_000).expire().await);
    world.deliver().await;
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

/// A lease in Redis is a key with a TTL: after the clock was set back it lasts longer than any
/// lease may.
#[tokio::test]
async fn leases_taken_before_the_clock_was_set_back_count_as_over() {
    let world = World::new("{}").await;
    let at = world.at(0);
    assert!(at.pool().bridge.hold("dead").await.expect("bridge"));
    assert!(!at.pool().bridge.hold("other").await.expect("bridge"));
    let () = world.redis("SET {}:bridge dead PX 120600").await;
    assert!(at.pool().bridge.hold("other").await.expect("bridge"));

    world.connect(&["a"]).await;
    at.join("a").await;
    let () = world.redis("SET {}:outbox:lease dead PX 2900").await;
    assert!(world.deliver().await.is_empty());
    let () = world.redis("SET {}:outbox:lease dead PX 123000").await;
    assert_eq!(world.deliver().await["a"].len(), 1);
}
