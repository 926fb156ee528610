//! The rate at which a pool's outbox delivers messages, by its number of lanes, if each push takes 20 ms.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use crowd::figures::table;
use crowd::machine;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lobby::{Pool, Push, Pushed};
use tokio::task::JoinSet;

use crate::fixture::Fixture;
use crate::seating::{JOINS, seat_all};

const PUSH: Duration = Duration::from_millis(20);
/// `queued`, `room_joined`, `match_started`.
const MESSAGES: u64 = 3;

/// A transport with the latency of `PostToConnection`.
struct Slow;

impl Push for Slow {
    type Error = Infallible;
    async fn push(&self, _: &str, _: &str) -> Result<Pushed, Infallible> {
        tokio::time::sleep(PUSH).await;
        Ok(Pushed::Delivered)
    }
}

/// Queues and seats the players, then delivers all their messages.
pub(crate) async fn run(players: u64) -> Result<()> {
    println!("\n## Lobby: the messages of {players} players, 20 ms a push\n");
    let mut rows = Vec::new();
    for lanes in [1, 16] {
        let (rate, cpu) = one(lanes, players).await?;
        rows.push(vec![
            lanes.to_string(),
            format!("{rate:.0}"),
            format!("{cpu:.1}"),
        ]);
    }
    table(&["lanes", "messages/s", "Redis CPU µs/message"], &rows);
    println!("\nload {}", machine::load());
    Ok(())
}

/// Messages per second, and µs of Redis CPU time per message.
async fn one(lanes: u32, players: u64) -> Result<(f64, f64)> {
    let pools = format!(r#"{{"main":{{"lanes":{lanes}}}}}"#);
    let fixture = Fixture::open(&pools).await?.with_relay().await?;
    let names: Vec<String> = (0..players)
        .map(|_| uuid::Uuid::new_v4().to_string())
        .collect();
    let come = async |name: &String| {
        fixture.base.lobby.sessions.open(name, name).await?;
        fixture.base.join("main", name).await
    };
    stream::iter(&names)
        .map(|name| Ok(come(name)))
        .try_buffer_unordered(JOINS)
        .try_collect::<()>()
        .await?;
    seat_all(&fixture, players).await?;

    let (before, begun) = (fixture.used()?, Instant::now());
    let mut deliveries = JoinSet::new();
    for lane in 0..lanes {
        deliveries.spawn(deliver(fixture.pool()?, lane));
    }
    let mut pushed = 0;
    while let Some(delivered) = deliveries.join_next().await {
        pushed += delivered??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    // The end of a delivery may repeat a few messages.
    let messages = players * MESSAGES;
    ensure!(pushed >= messages, "{pushed} of {messages} messages");
    let cpu = fixture.used()?.since(&before).cpu;
    Ok((messages as f64 / seconds, cpu * 1e6 / messages as f64))
}

/// Delivers a lane like the bridge: again while there is a remainder.
async fn deliver(pool: Pool, lane: u32) -> lobby::Result<u64> {
    let mut pushed = 0;
    loop {
        let report = pool.outbox.deliver_lane(lane, &Slow).await?;
        pushed += report.pushed;
        if !report.remainder {
            return Ok(pushed);
        }
    }
}
