//! A server that was suspended and continues: another server owns its match by then, and it stops running the match.

use crate::support::{World, check_replay, metric, until};

const SETTINGS: &str = r#"{"match_seconds":6}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_server_drops_its_match() {
    let world = World::start(SETTINGS).await;
    let (process, address) = world.process(SETTINGS).await;
    let (seated, mut old) = world.play_three().await;
    old[0]
        .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(60))
        .await;
    process.signal("-STOP");
    let mut clients = Vec::new();
    for one in &seated {
        let now = world.moved(one, "relay-1").await;
        clients.push(world.open(&now).await);
    }
    let resumed = clients[0].next("welcome").await["tick"]
        .as_u64()
        .expect("a tick");
    process.signal("-CONT");
    for client in old {
        let (shown, code) = client.last_shown().await;
        assert_eq!(code, Some(4003));
        assert!(shown <= resumed + 1, "{shown} was shown after {resumed}");
    }
    until("it has let go", async || {
        (metric(address, "skirmish_rooms").await < 0.5).then_some(())
    })
    .await;
    let over = clients[0].next("over").await;
    for client in clients {
        assert_eq!(client.closed().await, 4000);
    }
    let replay = check_replay(&world, &seated[0], &over).await;
    assert!(u64::from(replay.ticks()) > resumed);
    let total: f64 = world
        .lobby
        .leaderboard
        .of_pool("main", 10)
        .await
        .expect("ranks")
        .iter()
        .map(|rank| f64::from(rank.score as u32))
        .sum();
    let reported = over["scores"].as_array().expect("scores");
    let reported: f64 = reported
        .iter()
        .map(|score| score["score"].as_f64().expect("a score"))
        .sum();
    assert!((total - reported).abs() < 0.5, "{total} {reported}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_briefly_suspended_server_continues() {
    let world = World::start(SETTINGS).await;
    let (process, _) = world.process(SETTINGS).await;
    let (seated, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(60))
        .await;
    process.signal("-STOP");
    // Nobody decides anything here: the lobby gives the room to nobody.
    until("the lease runs out", async || {
        let now = world.redis.command(&["time"]);
        let lease = world
            .redis
            .command(&["zscore", "{relays}:leases", "relay-2"]);
        let now: f64 = now.lines().next()?.trim().parse().ok()?;
        let lease: f64 = lease.trim().parse().ok()?;
        (lease < now * 1000.0).then_some(())
    })
    .await;
    process.signal("-CONT");
    let over = clients[0].next("over").await;
    for client in clients {
        assert_eq!(client.closed().await, 4000);
    }
    check_replay(&world, &seated[0], &over).await;
}
