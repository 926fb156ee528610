//! Many rooms on one core and on two: tick lateness, memory per player, and the growth of CPU time.

use std::time::Duration;

use anyhow::Result;
use devstack::metrics::Metrics;
use testkit::free_port;

use crate::players::Crowd;
use crate::seats::POOLS;
use crate::tick_loop::{FIVE, LONG_SECONDS, Terms, sit, start_relay, wait_for_relay};
use crowd::figures::table;
use crowd::fixture::Fixture;
use crowd::machine;

const SEATS: usize = 5;
/// The players of a large relay, for which this machine has too few cores.
const MANY: u32 = 10_000;
const HEAD: [&str; 11] = [
    "rooms",
    "players",
    "core busy %",
    "waited %",
    "late p50/p99/p99.9 ≤ ms",
    "ticks/s",
    "skipped",
    "states/s",
    "RSS MiB idle",
    "KiB/player",
    "lost",
];
/// The time until memory and rates are stable.
const SETTLE: Duration = Duration::from_secs(5);

/// Measures the tick lateness of these numbers of rooms on one core at 60 Hz, and the memory of their players.
pub(crate) async fn lateness(terms: &Terms, rooms: &[usize]) -> Result<()> {
    println!("\n## Lateness and memory: one core, 60 Hz states\n");
    let mut rows = Vec::new();
    for &rooms in rooms {
        rows.push(one(terms, rooms, 1, &machine::server_core()).await?.row);
    }
    table(&HEAD, &rows);
    println!("\nload {}", machine::load());
    Ok(())
}

/// Measures the same number of rooms per worker on one core and on two.
pub(crate) async fn workers(terms: &Terms, rooms: usize) -> Result<()> {
    println!("\n## Scale: {rooms} rooms a worker, 60 Hz states\n");
    if machine::cores() < 3 {
        println!("not measured: two workers and the crowd need three cores");
        return Ok(());
    }
    let last = machine::cores() - 1;
    let one_core = one(terms, rooms, 1, &last.to_string()).await?;
    let two_cores = one(terms, rooms * 2, 2, &format!("{}-{last}", last - 1)).await?;
    let growth = 2.0 * one_core.cpu_us / two_cores.cpu_us;
    table(&HEAD, &[one_core.row, two_cores.row]);
    println!(
        "\nCPU of a player and second: {:.0} and {:.0} µs, so a full core's rooms grow {growth:.2} times with the second",
        one_core.cpu_us, two_cores.cpu_us
    );
    println!(
        "{MANY} players, at the dearer of these: {:.1} cores and {:.0} MiB",
        f64::from(MANY) * one_core.cpu_us.max(two_cores.cpu_us) / 1e6,
        f64::from(MANY) * one_core.kib.max(two_cores.kib) / 1024.0
    );
    println!("\nload {}", machine::load());
    Ok(())
}

/// The results of a relay with some number of rooms.
struct Measured {
    row: Vec<String>,
    /// CPU time per player and second.
    cpu_us: f64,
    /// Memory per player.
    kib: f64,
}

async fn one(terms: &Terms, rooms: usize, workers: u16, cores: &str) -> Result<Measured> {
    let fixture = Fixture::open(POOLS).await?;
    let port = free_port();
    let server = start_relay(terms, &fixture, cores, workers, 60, (port, LONG_SECONDS))?;
    wait_for_relay(&server, port)?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle_kib = server.resident_kib()?;
    let crowd = Crowd::start(sit(&fixture, FIVE, rooms).await?, 2)?;
    tokio::time::sleep(SETTLE).await;
    crowd.take()?;
    let metrics = Metrics::read(port)?;
    let before = server.used()?;
    tokio::time::sleep(Duration::from_secs(terms.seconds)).await;
    let used = server.used()?.since(&before);
    let after = Metrics::read(port)?;
    let totals = crowd.take()?;
    let resident_kib = server.resident_kib()?;
    let players = rooms * SEATS;
    let grown = |name| after.sum(name) - metrics.sum(name);
    let kib = (resident_kib - idle_kib) as f64 / players as f64;
    let row = vec![
        rooms.to_string(),
        players.to_string(),
        format!("{:.0}", used.cpu / used.seconds * 100.0),
        format!("{:.0}", used.waited * 100.0),
        after.bounds_ms(&metrics, "skirmish_tick_lateness_seconds"),
        format!(
            "{:.1}",
            grown("skirmish_ticks_total") / (used.seconds * rooms as f64)
        ),
        format!("{:.0}", grown("skirmish_ticks_skipped_total")),
        format!(
            "{:.1}",
            totals.seen.states as f64 / (used.seconds * players as f64)
        ),
        format!("{:.1}", idle_kib as f64 / 1024.0),
        format!("{kib:.1}"),
        totals.lost.to_string(),
    ];
    Ok(Measured {
        row,
        cpu_us: used.cpu * 1e6 / (used.seconds * players as f64),
        kib,
    })
}
