//! Many concurrent calls: in any order, each player ends up in exactly one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use lobby::{Finished, Joined, Redeemed, Score};

use crate::sink::Sink;
use crate::world::World;

const PLAYERS: u32 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_joins_leaves_and_assigns_put_each_player_in_one_place() {
    let world = World::with_pools(&["{}", "{}"]).await;
    world.relay_up("r").await;
    let tasks = (0..PLAYERS).map(|i| {
        let (world, short) = (world.clone(), format!("p{i}"));
        tokio::spawn(async move {
            let pools = [world.pool_name(0), world.pool_name(1)];
            let both = join_all(
                pools
                    .iter()
                    .map(|pool| world.join_as(&world.lobby, pool, &short, None)),
            )
            .await;
            let queued = both
                .iter()
                .filter(|joined| matches!(joined, Joined::Queued { new: true, .. }))
                .count();
            assert!(queued <= 1, "{short} joined two pools: {both:?}");
            if i % 3 == 0 {
                world
                    .lobby
                    .players
                    .queue_leave(&world.id(&short), None)
                    .await
                    .expect("leave");
            }
        })
    });
    let assigns = (0..8).map(|i| {
        let pool = world.lobby.pool(&world.pool_name(i % 2)).expect("the pool");
        tokio::spawn(async move {
            for _ in 0..20 {
                pool.assign().await.expect("assign");
                pool.outbox
                    .deliver(&Sink::default())
                    .await
                    .expect("deliver");
            }
        })
    });
    for task in tasks.chain(assigns).collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    for i in 0..2 {
        while world
            .lobby
            .pool(&world.pool_name(i))
            .expect("the pool")
            .assign()
            .await
            .expect("assign")
            .remainder
        {}
    }
    world.check().await;

    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for i in 0..PLAYERS {
        let status = world.me(&format!("p{i}")).await.status;
        *counts.entry(format!("{status:?}")).or_default() += 1;
    }
    let count = |status: &str| counts.get(status).copied().unwrap_or(0);
    assert_eq!(count("Queued"), 0, "{counts:?}");
    let placed = count("Seated") + count("Playing");
    assert!(placed >= PLAYERS - PLAYERS.div_ceil(3), "{counts:?}");
}

/// Runs it eight times concurrently and counts the answers.
async fn at_once<T: std::fmt::Debug + Send + 'static, F: Future<Output = T> + Send + 'static>(
    mut one: impl FnMut() -> F,
) -> BTreeMap<String, usize> {
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(one())).collect();
    let mut counts = BTreeMap::new();
    for task in tasks {
        *counts
            .entry(format!("{:?}", task.await.expect("no panic")))
            .or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_joins_is_new() {
    let world = Arc::new(World::new("{}").await);
    let counts = at_once(|| {
        let world = world.clone();
        async move {
            matches!(
                world.join("a").await,
                Joined::Queued {
                    position: 1,
                    new: true
                }
            )
        }
    })
    .await;
    assert_eq!(
        counts,
        BTreeMap::from([("false".to_owned(), 7), ("true".to_owned(), 1)])
    );
    world.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_redeems_gets_the_seat() {
    let world = World::new("{}").await;
    let (_, game) = world.match_of_five().await;
    let counts = at_once(|| {
        let (lobby, game) = (world.lobby.clone(), game.clone());
        async move {
            lobby
                .tickets
                .redeem(&game.ticket, &game.relay)
                .await
                .expect("redeem")
                == Redeemed::Invalid
        }
    })
    .await;
    assert_eq!(
        counts,
        BTreeMap::from([("false".to_owned(), 1), ("true".to_owned(), 7)])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_finishes_counts() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let counts = at_once(|| {
        let (pool, room, relay, player) =
            (world.pool(), room.clone(), world.id("r"), world.id("a"));
        async move {
            let scores = [Score {
                player_id: player,
                score: 2,
                rank: 1,
                stats: BTreeMap::new(),
            }];
            pool.matches
                .finish(&room, &relay, 1, &scores, &lobby::ReplayChunk::default())
                .await
                .expect("finish")
                == Finished::Done
        }
    })
    .await;
    assert_eq!(
        counts,
        BTreeMap::from([("false".to_owned(), 7), ("true".to_owned(), 1)])
    );
    assert_eq!(
        world
            .lobby
            .leaderboard
            .of_pool(&world.name, 1)
            .await
            .expect("board")[0]
            .score,
        2
    );
    world.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_decisions_starts_the_room() {
    let world = World::new("{}").await;
    world.at(0).join_all(&["a", "b", "c"]).await;
    world.at(0).assign().await;
    let at = world.at(10_000);
    at.relay_up("r").await;
    let counts = at_once(|| {
        let pool = at.pool();
        async move { pool.deadlines.expire(10).await.expect("expire").rooms }
    })
    .await;
    assert_eq!(
        counts,
        BTreeMap::from([("0".to_owned(), 7), ("1".to_owned(), 1)])
    );
    assert_eq!(at.outbox().await.matches("match_started").count(), 1);
    assert_eq!(at.me("a").await.game.expect("a ticket").epoch, 1);
    at.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_concurrent_deliveries_push_each_message_once() {
    let world = World::new("{}").await;
    let shorts: Vec<String> = (0..40).map(|i| format!("p{i}")).collect();
    for short in &shorts {
        world.connect(&[short]).await;
        world.join(short).await;
    }
    while world.assign().await.contains("more") {}
    let sink = Arc::new(Sink::default());
    at_once(|| {
        let (pool, sink) = (world.pool(), sink.clone());
        async move {
            pool.outbox.deliver(&*sink).await.expect("deliver");
        }
    })
    .await;
    let pushed = sink.pushed.lock().expect("no panic").clone();
    assert_eq!(pushed.len(), 40);
    for messages in pushed.values() {
        let kinds: Vec<&str> = messages
            .iter()
            .map(|message| message["type"].as_str().expect("a type"))
            .collect();
        assert_eq!(kinds, ["queued", "room_joined"]);
    }
}
