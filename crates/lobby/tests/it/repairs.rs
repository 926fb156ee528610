//! Each violated invariant: the checker reports it and the sweep repairs it.

use crate::world::World;

/// Violates invariants with raw commands in a world that has a waiting room of a and b, a queued q, and a claimed
/// match of m1..m5. In commands, `{a}` is a player's id, `{room}` the room of a, `{match}` that of m1, `{}` the
/// pool's tag, and `{fleet}` the tag of the relays. The checker must report the violation, and the sweep must repair
/// these kinds.
async fn check_repaired(commands: &[&str], expected: &[&str]) {
    let world = World::new("{}").await;
    world.relay_up("r").await;
    world.join_all(&["m1", "m2", "m3", "m4", "m5"]).await;
    world.assign().await;
    world.join_all(&["a", "b"]).await;
    world.assign().await;
    world.join("q").await;
    world.check().await;
    assert!(world.sweep().await.is_empty());
    let (room, playing) = (world.room("a").await, world.room("m1").await);
    for command in commands {
        let mut command = command
            .replace("{room}", &room)
            .replace("{match}", &playing)
            .replace("{r}", &world.id("r"))
            .replace("{fleet}", &world.fleet());
        for short in ["a", "q", "m1"] {
            command = command.replace(&format!("{{{short}}}"), &world.id(short));
        }
        let _: redis::Value = world.redis(&command).await;
    }
    let wrong = lobby::check::violations(&world.lobby, &world.name)
        .await
        .expect("check");
    assert!(!wrong.is_empty(), "{commands:?} is not seen");
    let repaired = world.sweep().await;
    assert_eq!(
        repaired.keys().map(String::as_str).collect::<Vec<_>>(),
        expected,
        "{commands:?}: {wrong:#?}"
    );
    world.check().await;
    assert!(world.sweep().await.is_empty());
}

#[tokio::test]
async fn every_violation_is_reported_and_repaired() {
    check_repaired(
        &[
            "DEL {}:player:{q}",
            "ZREM {}:deadlines player:{q}",
            "DEL {}:player:{q}:ttl",
        ],
        &["queue_without_record"],
    )
    .await;
    check_repaired(&["ZREM {}:players_queue {q}"], &["queued_without_entry"]).await;
    check_repaired(
        &["ZREM {}:deadlines player:{q}"],
        &["player_without_deadline"],
    )
    .await;
    check_repaired(
        &["ZREM {}:deadlines room:{match}"],
        &["room_without_deadline"],
    )
    .await;
    check_repaired(&["ZREM {}:rooms:available {room}"], &["listing_wrong"]).await;
    check_repaired(&["ZADD {}:rooms:available 4 {room}"], &["listing_wrong"]).await;
    check_repaired(&["ZADD {}:rooms:available 4 nowhere"], &["listing_wrong"]).await;
    check_repaired(
        &["ZADD {}:deadlines 5 room:nowhere"],
        &["deadline_without_owner"],
    )
    .await;
    check_repaired(
        &["SREM {}:rooms:{room} {a}"],
        &["listing_wrong", "record_without_seat"],
    )
    .await;
    check_repaired(
        &["SADD {}:rooms:{room} nobody"],
        &["listing_wrong", "seat_without_record"],
    )
    .await;
    check_repaired(&["SADD {}:rooms:nowhere nobody"], &["seats_without_room"]).await;
    check_repaired(
        &["HSET {}:player:{q} state nonsense"],
        &["queue_without_record", "record_broken"],
    )
    .await;
    check_repaired(&["SREM {}:relay:{r} {match}"], &["relay_without_room"]).await;
    check_repaired(&["SADD {}:relay:{r} nowhere"], &["relay_with_foreign_room"]).await;
    check_repaired(&["ZREM {fleet}:leases {r}"], &["relay_without_lease"]).await;
    check_repaired(&["DEL {fleet}:pools:{r}"], &["relay_without_pool"]).await;
    check_repaired(
        &["RPUSH {}:projectile:nowhere 1"],
        &["projectiles_without_room"],
    )
    .await;
    check_repaired(
        &["SET {}:checkpoint:nowhere x"],
        &["checkpoint_without_room"],
    )
    .await;
    check_repaired(&["SET {}:replay:nowhere x"], &["replay_without_room"]).await;
}

#[tokio::test]
async fn a_claim_without_a_membership_is_released_after_its_time() {
    let world = World::new("{}").await.at(0);
    world.join("live").await;
    let claim = |short: &str| format!("claim:{}", world.id(short));
    for (short, age_ms) in [("young", 30_000), ("old", 30_001)] {
        let text = format!("{} 5 {}", world.name, 1_800_000_000_000_u64 - age_ms);
        world.set(&claim(short), &text).await;
    }
    world.set(&claim("elsewhere"), "another 5 0").await;
    let repaired = world.sweep().await;
    assert_eq!(
        repaired.into_iter().collect::<Vec<_>>(),
        [("claim_without_record".to_owned(), 1)]
    );
    for (short, stays) in [("live", 1), ("young", 1), ("old", 0), ("elsewhere", 1)] {
        let left: u32 = world.redis(&format!("EXISTS {}", claim(short))).await;
        assert_eq!(left, stays, "{short}");
    }
    world.check().await;
}

#[tokio::test]
async fn a_player_who_leaves_the_queue_during_a_sweep_is_no_violation() {
    let world = World::new("{}").await;
    let comings_and_goings = async {
        for _ in 0..300 {
            world.join("q").await;
            world
                .lobby
                .players
                .queue_leave(&world.id("q"), None)
                .await
                .expect("left");
        }
    };
    let looks = async {
        loop {
            let repaired = world.sweep().await;
            assert!(repaired.is_empty(), "{repaired:?}");
        }
    };
    tokio::select! {
        () = comings_and_goings => {}
        () = looks => {}
    }
}
