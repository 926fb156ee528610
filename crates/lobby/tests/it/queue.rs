//! The queue: joining, leaving, order, repeated requests.

use expect_test::{Expect, expect};
use lobby::{Forfeited, Join, Joined, Left};

use crate::world::World;

/// Checks the queue from its front after these joins: (short name, enqueued at ms, priority).
async fn check_order(joins: &[(&str, u64, u32)], expected: Expect) {
    let world = World::new("{}").await;
    for (short, at, priority) in joins {
        let player = world.id(short);
        let join = Join {
            player: &player,
            name: short,
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority: *priority,
            request: None,
        };
        world.at(*at).pool().queue_join(join).await.expect("join");
    }
    let queue: Vec<String> = world.redis("ZRANGE {}:players_queue 0 -1").await;
    let shorts: Vec<&str> = queue
        .iter()
        .filter_map(|id| id.split('-').next_back())
        .collect();
    expected.assert_eq(&shorts.join(" "));
    world.at(10_000).check().await;
}

#[tokio::test]
async fn the_queue_is_ordered_by_time_waited_and_priority() {
    check_order(&[("a", 0, 0), ("b", 1, 0), ("c", 2, 0)], expect!["a b c"]).await;
    check_order(
        &[("a", 0, 0), ("b", 2000, 1), ("c", 2000, 3)],
        expect!["c a b"],
    )
    .await;
    check_order(&[("a", 0, 0), ("b", 999, 1)], expect!["b a"]).await;
}

#[tokio::test]
async fn a_repeated_join_keeps_the_place() {
    let world = World::new("{}").await;
    assert_eq!(
        world.at(0).join("a").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    assert_eq!(
        world.at(1).join("b").await,
        Joined::Queued {
            position: 2,
            new: true
        }
    );
    assert_eq!(
        world.at(5000).join("a").await,
        Joined::Queued {
            position: 1,
            new: false
        }
    );
    assert_eq!(
        world.at(5000).redis::<u64>("ZCARD {}:players_queue").await,
        2
    );
    world.at(5000).assign().await;
    let room = world.at(5000).room("a").await;
    assert_eq!(world.at(5000).join("a").await, Joined::Seated { room });
    world.at(5000).check().await;
}

#[tokio::test]
async fn a_join_during_a_match_says_how_to_rejoin_it() {
    let world = World::new("{}").await;
    let (room, _) = world.match_of_five().await;
    let Joined::Playing { room: found, game } = world.join("c").await else {
        panic!("not playing")
    };
    assert_eq!((found, game.epoch), (room, 1));
    assert_eq!(
        world
            .lobby
            .players
            .queue_leave(&world.id("c"), None)
            .await
            .expect("leave"),
        Left::Playing {
            room: world.room("c").await
        }
    );
    world.check().await;
}

#[tokio::test]
async fn leaving_is_idempotent_and_leaves_nothing() {
    let world = World::new("{}").await;
    world.join("a").await;
    for _ in 0..2 {
        assert_eq!(
            world
                .lobby
                .players
                .queue_leave(&world.id("a"), None)
                .await
                .expect("leave"),
            Left::Out
        );
    }
    expect!["out"].assert_eq(&world.state("a").await);
    world.deliver().await;
    assert_eq!(
        world
            .redis::<u64>(&format!("EXISTS claim:{}", world.id("a")))
            .await,
        0
    );
    let keys: Vec<String> = world.redis("KEYS {}:*player*").await;
    assert!(keys.is_empty(), "{keys:?}");
    world.check().await;
}

#[tokio::test]
async fn the_same_request_has_one_effect_and_one_answer() {
    let world = World::new("{}").await;
    let join = || world.join_as(&world.lobby, &world.name, "a", Some("join-1"));
    let first = join().await;
    assert_eq!(
        first,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    assert_eq!(join().await, first);

    let leave = || async {
        world
            .lobby
            .players
            .queue_leave(&world.id("a"), Some("leave-1"))
            .await
            .expect("leave")
    };
    assert_eq!(leave().await, Left::Out);
    assert_eq!(join().await, first, "the old answer, without joining again");
    expect!["out"].assert_eq(&world.state("a").await);

    world.join("a").await;
    assert_eq!(
        leave().await,
        Left::Out,
        "the old answer, without leaving again"
    );
    expect!["queued 1"].assert_eq(&world.state("a").await);
    world.check().await;
}

#[tokio::test]
async fn a_request_that_found_the_player_there_answers_the_same_later() {
    let world = World::new("{}").await;
    world.join("a").await;
    let join = || world.join_as(&world.lobby, &world.name, "a", Some("x"));
    let first = join().await;
    assert_eq!(
        first,
        Joined::Queued {
            position: 1,
            new: false
        }
    );
    world.assign().await;
    assert_eq!(join().await, first);
    expect!["seated"].assert_eq(&world.state("a").await);
    world.check().await;
}

#[tokio::test]
async fn a_late_leave_of_another_pool_has_no_effect() {
    let world = World::with_pools(&["{}", "{}"]).await;
    let (id, second) = (world.id("a"), world.pool_name(1));
    world.join("a").await;
    assert_eq!(
        world
            .lobby
            .players
            .queue_leave(&id, Some("x"))
            .await
            .expect("leave"),
        Left::Out
    );
    assert_eq!(
        world.join_as(&world.lobby, &second, "a", None).await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    assert_eq!(
        world
            .lobby
            .players
            .queue_leave(&id, Some("x"))
            .await
            .expect("leave"),
        Left::Out
    );
    expect!["queued 1"].assert_eq(&world.state("a").await);
    world.check().await;
}

#[tokio::test]
async fn a_forfeit_reaches_the_relay_and_frees_the_player() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let id = world.id("b");
    for _ in 0..2 {
        assert_eq!(
            world
                .lobby
                .players
                .forfeit(&id, Some("f"))
                .await
                .expect("forfeit"),
            Forfeited::Done
        );
    }
    assert_eq!(
        world
            .lobby
            .players
            .forfeit(&world.id("nobody"), None)
            .await
            .expect("forfeit"),
        Forfeited::NotPlaying
    );
    world.deliver().await;
    let messages = world.inbox("r").await;
    let left = lobby::InboxMessage::Left {
        room,
        epoch: 1,
        player: id,
        removed: None,
    };
    assert_eq!(messages, [left]);
    assert_eq!(
        world.join("b").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.check().await;
}

#[tokio::test]
async fn when_all_forfeit_the_room_is_disposed_and_the_relay_drops_it() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    for short in ["a", "b", "c", "d", "e"] {
        world
            .lobby
            .players
            .forfeit(&world.id(short), None)
            .await
            .expect("forfeit");
    }
    world.deliver().await;
    let messages = world.inbox("r").await;
    assert_eq!(messages.len(), 6);
    assert_eq!(
        messages[5],
        lobby::InboxMessage::Moved {
            room: room.clone(),
            epoch: 1
        }
    );
    assert_eq!(
        world
            .redis::<u64>(&format!("EXISTS {{}}:room:{room}"))
            .await,
        0
    );
    world.check().await;
}

#[tokio::test]
async fn keys_match_the_documents() {
    let world = World::new("{}").await;
    world.join("a").await;
    let id = world.id("a");
    let types = [
        ("{}:players_queue", "zset"),
        ("{}:deadlines", "zset"),
        ("{}:events", "stream"),
        ("{}:outbox", "stream"),
        ("{}:dirty", "string"),
        (&format!("{{}}:player:{id}"), "hash"),
        (&format!("{{}}:player:{id}:ttl"), "string"),
        (&format!("claim:{id}"), "string"),
    ]
    .map(|(key, kind)| (key.to_owned(), kind));
    for (key, kind) in types {
        assert_eq!(
            world.redis::<String>(&format!("TYPE {key}")).await,
            kind,
            "{key}"
        );
    }
    let ttl_ms: i64 = world.redis(&format!("PTTL {{}}:player:{id}:ttl")).await;
    assert!((290_000..=300_000).contains(&ttl_ms), "{ttl_ms}");
    world.assign().await;
    let room = world.room("a").await;
    assert!(room.starts_with(&format!("{}.", world.name)), "{room}");
    assert_eq!(
        world
            .redis::<Vec<String>>(&format!("SMEMBERS {{}}:rooms:{room}"))
            .await,
        [id]
    );
    assert_eq!(
        world
            .redis::<Vec<String>>("ZRANGE {}:rooms:available 0 -1 WITHSCORES")
            .await,
        [room.as_str(), "1"]
    );
    let ttl_ms: i64 = world.redis(&format!("PTTL {{}}:room:{room}:ttl")).await;
    assert!((590_000..=600_000).contains(&ttl_ms), "{ttl_ms}");
}

#[tokio::test]
async fn seating_reports_how_long_the_first_had_waited() {
    let world = World::new("{}").await;
    world.at(0).join("a").await;
    world.at(400).join("b").await;
    let first = world.at(1500).pool().assign().await.expect("assign");
    assert_eq!((first.seated, first.waited_ms), (2, 1500));
    let nobody = world.at(9000).pool().assign().await.expect("assign");
    assert_eq!((nobody.seated, nobody.waited_ms), (0, 0));
}
