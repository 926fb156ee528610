//! A relay for an hour: rooms start and end, some players leave early, and memory must not grow.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::Result;
use devstack::metrics::Metrics;
use testkit::free_port;

use crate::players::{Crowd, Totals};
use crate::seats::POOLS;
use crate::server::Server;
use crate::tick_loop::{FIVE, Terms, sit, start_relay, wait_for_relay};
use crowd::cpu::Used;
use crowd::figures::{slope, table};
use crowd::fixture::Fixture;
use crowd::machine;

/// The interval between two waves of rooms.
const WAVE: Duration = Duration::from_secs(6);
const ROOMS_PER_WAVE: usize = 4;
const MATCH_SECONDS: u32 = 40;
/// Players of every other wave disconnect during their match; the others stay until its end.
const STAY: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(48)];
const ROWS: u32 = 20;
/// The share of the run in which the relay is not full yet; its memory is not counted.
const WARM_UP: f64 = 0.2;
const HEAD: [&str; 10] = [
    "minute",
    "rooms ever",
    "rooms now",
    "players now",
    "RSS MiB",
    "core busy %",
    "late p50/p99/p99.9 ≤ ms",
    "skipped",
    "bad",
    "journal lost",
];

/// Measures for `minutes`, and prints.
pub(crate) async fn run(terms: &Terms, minutes: u64) -> Result<()> {
    println!(
        "\n## Soak: {ROOMS_PER_WAVE} new rooms of 5 each {} s, matches of {MATCH_SECONDS} s, {minutes} min\n",
        WAVE.as_secs()
    );
    let fixture = Fixture::open(POOLS).await?;
    let port = free_port();
    // Not on the core of the other subjects, which can be measured at the same time.
    let core = machine::cores().saturating_sub(2).to_string();
    let server = start_relay(terms, &fixture, &core, 1, 60, (port, MATCH_SECONDS))?;
    wait_for_relay(&server, port)?;
    let mut soak = Soak {
        fixture,
        waves: VecDeque::new(),
        began: Instant::now(),
        dealt: 0,
        resident: Vec::new(),
        rows: Vec::new(),
        bad: 0,
    };
    soak.play(&server, port, Duration::from_secs(minutes * 60))
        .await?;
    table(&HEAD, &soak.rows);
    let (slope, least, most) = soak.trend();
    println!(
        "\nRSS after the first {:.0} %: {least:.1} to {most:.1} MiB, {slope:+.2} MiB an hour; load {}",
        WARM_UP * 100.0,
        machine::load()
    );
    Ok(())
}

struct Soak {
    fixture: Fixture,
    /// Crowds, with the time until which they stay.
    waves: VecDeque<(Instant, Crowd)>,
    began: Instant,
    /// Number of waves so far.
    dealt: usize,
    /// Pairs of hours and MiB.
    resident: Vec<(f64, f64)>,
    rows: Vec<Vec<String>>,
    bad: u64,
}

impl Soak {
    async fn play(&mut self, server: &Server, port: u16, length: Duration) -> Result<()> {
        let mut before = (server.used()?, Metrics::read(port)?);
        let mut row_due = length / ROWS;
        while self.began.elapsed() < length {
            let wave_due = self.began + WAVE * self.dealt as u32;
            tokio::time::sleep(wave_due.saturating_duration_since(Instant::now())).await;
            self.end_waves()?;
            let crowd = Crowd::start(sit(&self.fixture, FIVE, ROOMS_PER_WAVE).await?, 1)?;
            let until = Instant::now() + STAY[self.dealt % 2];
            self.waves.push_back((until, crowd));
            self.dealt += 1;
            let elapsed = self.began.elapsed();
            let resident = server.resident_kib()? as f64 / 1024.0;
            self.resident
                .push((elapsed.as_secs_f64() / 3600.0, resident));
            if elapsed >= row_due {
                row_due += length / ROWS;
                let now = (server.used()?, Metrics::read(port)?);
                self.note(&before, &now);
                eprintln!("{}", self.rows[self.rows.len() - 1].join(" | "));
                before = now;
            }
        }
        Ok(())
    }

    /// Disconnects the crowds whose time is over.
    fn end_waves(&mut self) -> Result<()> {
        let now = Instant::now();
        let (over, rest): (Vec<_>, Vec<_>) =
            self.waves.drain(..).partition(|(until, _)| *until <= now);
        self.waves.extend(rest);
        for (_, crowd) in over {
            let Totals { seen, .. } = crowd.take()?;
            self.bad += seen.bad;
        }
        Ok(())
    }

    fn note(&mut self, before: &(Used, Metrics), now: &(Used, Metrics)) {
        let used = now.0.since(&before.0);
        let &(hours, resident) = self.resident.last().unwrap_or(&(0.0, 0.0));
        self.rows.push(vec![
            format!("{:.0}", hours * 60.0),
            (self.dealt * ROOMS_PER_WAVE).to_string(),
            now.1.sum("skirmish_rooms").to_string(),
            now.1.sum("skirmish_sessions").to_string(),
            format!("{resident:.1}"),
            format!("{:.1}", used.cpu / used.seconds * 100.0),
            now.1.bounds_ms(&before.1, "skirmish_tick_lateness_seconds"),
            now.1.sum("skirmish_ticks_skipped_total").to_string(),
            self.bad.to_string(),
            now.1.sum("skirmish_journal_dropped_total").to_string(),
        ]);
    }

    /// The growth in MiB per hour, and the minimum and maximum in MiB, after the warm-up.
    fn trend(&self) -> (f64, f64, f64) {
        let from = (self.resident.len() as f64 * WARM_UP) as usize;
        let warm = &self.resident[from..];
        let of =
            |fold: fn(f64, f64) -> f64, start| warm.iter().map(|(_, mib)| *mib).fold(start, fold);
        let (least, most) = (of(f64::min, f64::INFINITY), of(f64::max, 0.0));
        (slope(warm), least, most)
    }
}
