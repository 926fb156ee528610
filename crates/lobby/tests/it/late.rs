//! Calls that are late, repeated, or from a relay that lost its rooms change no byte of the pool.

use std::collections::BTreeMap;

use lobby::{Checkpointed, Claimed, Finished, HandedOver, ReplayChunk, Score};

use crate::checkpoints::saved;
use crate::world::World;

const HOURS_MS: u64 = 3_600_000;

#[tokio::test]
async fn after_a_move_the_old_relay_writes_nothing() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let (pool, old) = (world.pool(), world.id("r"));
    let save = |from, tick| {
        let (pool, checkpoint) = (pool.clone(), saved(&world, &room, from, tick));
        async move {
            pool.matches
                .checkpoint(&checkpoint)
                .await
                .expect("checkpoint")
        }
    };
    assert_eq!(save(0, 0).await, Checkpointed::Written);
    world.relay_up("spare").await;
    let moved = pool
        .matches
        .hand_over(&room, &old, 1)
        .await
        .expect("hand over");
    assert!(matches!(moved, HandedOver::Moved { epoch: 2, .. }));

    let scores = [Score {
        player_id: world.id("a"),
        score: 9,
        rank: 1,
        stats: BTreeMap::new(),
    }];
    let chunk = ReplayChunk {
        bytes: b"12".to_vec(),
        from: 0,
        to: 2,
    };
    let all_is_refused = async || {
        let before = world.everything().await;
        assert_eq!(save(0, 2).await, Checkpointed::Stale);
        let finished = pool.matches.finish(&room, &old, 1, &scores, &chunk).await;
        assert_eq!(finished.expect("finish"), Finished::Stale);
        let abandoned = pool.matches.abandon(&room, &old, 1).await;
        assert_eq!(abandoned.expect("abandon"), Finished::Stale);
        let claimed = pool.matches.claim_room(&room, &old, 1, "boot-1").await;
        assert_eq!(claimed.expect("claim"), Claimed::Stale);
        let handed_over = pool
            .matches
            .hand_over(&room, &old, 2)
            .await
            .expect("hand over");
        assert_eq!(handed_over, HandedOver::Stale, "not its own epoch");
        assert_eq!(world.everything().await, before);
    };
    all_is_refused().await;
    let spare = world.id("spare");
    let claimed = pool.matches.claim_room(&room, &spare, 2, "boot-1").await;
    assert!(matches!(claimed.expect("claim"), Claimed::Room { .. }));
    all_is_refused().await;
    let finished = pool.matches.finish(&room, &spare, 2, &scores, &chunk).await;
    assert_eq!(finished.expect("finish"), Finished::Done);
    all_is_refused().await;
}

/// Delivers each function's event twice, in both orders, and asserts that nothing changes.
async fn check_events_change_nothing(world: &World) {
    let pool = world.pool();
    pool.bridge.poll().await.expect("poll");
    let before = world.everything().await;
    for order in [[0, 1, 2], [2, 1, 0]] {
        for event in order.into_iter().chain(order) {
            match event {
                0 => drop(pool.assign().await.expect("assign")),
                1 => drop(pool.deadlines.expire(100).await.expect("expire")),
                _ => drop(world.deliver().await),
            }
            let after = world.everything().await;
            assert_eq!(after, before, "event {event} of {order:?}");
        }
    }
}

#[tokio::test]
async fn events_that_are_repeated_or_hours_late_change_nothing() {
    let world = World::new("{}").await;
    // A match of five and a countdown of three, with all notifications delivered.
    for (at_ms, shorts) in [(0, &["a", "b", "c", "d", "e"][..]), (10, &["f", "g", "h"])] {
        let then = world.at(at_ms);
        then.relay_up("r").await;
        then.join_all(shorts).await;
        then.assign().await;
        then.deliver().await;
        check_events_change_nothing(&then).await;
    }
    let room = world.at(10).room("a").await;
    let claim = world.at(10).pool();
    let claimed = claim
        .matches
        .claim_room(&room, &world.id("r"), 1, "boot-1")
        .await;
    assert!(matches!(claimed.expect("claim"), Claimed::Room { .. }));
    check_events_change_nothing(&world.at(11)).await;

    // Six hours later those players are gone and there are new ones: the old events find no work.
    let mut late = world.at(6 * HOURS_MS);
    for _ in 0..4 {
        late.pool().bridge.poll().await.expect("poll");
        late.expire().await;
        late = late.at(6 * HOURS_MS + 60_000);
    }
    late.deliver().await;
    late.relay_up("r").await;
    late.join_all(&["x", "y"]).await;
    late.assign().await;
    late.deliver().await;
    check_events_change_nothing(&late).await;
    late.check().await;
}
