//! Redis is away during a match: the match continues, and afterwards nothing is missing.

use crate::support::{World, check_replay, until};

const LAG: &str = "skirmish_journal_lag_entries";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_waits_for_redis_and_the_match_does_not() {
    let world = World::start(r#"{"match_seconds":8}"#).await;
    let (seated, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    world.redis.pause();
    let before = clients[0].next("snapshot").await["tick"].as_u64();
    clients[0]
        .find("snapshot", |snapshot| {
            snapshot["tick"].as_u64() > before.map(|tick| tick + 60)
        })
        .await;
    assert!(world.metric(LAG).await > 20.0);
    assert!(world.metric("skirmish_journal_lag_bytes").await > 200.0);
    // Long enough to give the connection up.
    world
        .until_metric("skirmish_redis_errors_total{call=\"journal\"}", 1.0)
        .await;
    world.redis.resume();
    until("the journal catches up", async || {
        (world.metric(LAG).await < 10.0).then_some(())
    })
    .await;
    let over = clients[0].next("over").await;
    for client in clients {
        assert_eq!(client.closed().await, 4000);
    }
    check_replay(&world, &seated[0], &over).await;
    assert!(world.metric("skirmish_journal_dropped_total").await < 0.5);
}
