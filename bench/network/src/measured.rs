//! The measurements of a run, and its row of the table.

use std::time::{Duration, Instant};

use bots::Transport;
use crowd::figures::percentile;
use devstack::metrics::Metrics;

use crate::condition::Condition;
use crate::link::Carried;
use crate::player::Seen;
use crate::relay::SEATS;

/// The columns.
pub(crate) const HEAD: [&str; 10] = [
    "network",
    "transport",
    "age p50/p99 ms",
    "starved %",
    "corrections /min",
    "B/s down/up",
    "lost %",
    "players lost",
    "link late p50/p99 ms",
    "ticks late p50/p99/p99.9 ≤ ms, skipped",
];
/// The tick interval of the arena.
const TICK: Duration = Duration::from_nanos(16_666_667);

/// The interval between two samples of the age of the newest snapshot.
const SAMPLE: Duration = Duration::from_millis(1);

/// The measured period.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

impl Window {
    fn has(self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }

    /// How long a player who left at `ended` played in this period, seconds.
    fn seconds(self, ended: Option<Instant>) -> f64 {
        let to = ended.map_or(self.to, |ended| ended.min(self.to));
        to.saturating_duration_since(self.from).as_secs_f64()
    }
}

/// The measurements on one network, over one transport.
pub(crate) struct Measured {
    pub(crate) condition: Condition,
    pub(crate) transport: Transport,
    pub(crate) window: Window,
    pub(crate) seen: Vec<Seen>,
    pub(crate) down: Carried,
    pub(crate) up: Carried,
    /// The relay's metrics at the start and the end of the window.
    pub(crate) before: Metrics,
    pub(crate) after: Metrics,
}

impl Measured {
    pub(crate) fn row(&self) -> Vec<String> {
        let seconds: f64 = self
            .seen
            .iter()
            .map(|seen| self.window.seconds(seen.ended))
            .sum();
        let ages: Vec<f64> = self
            .seen
            .iter()
            .flat_map(|seen| self.ages_ms(seen))
            .collect();
        let corrections = self.seen.iter().flat_map(|seen| &seen.corrections);
        let corrections = corrections.filter(|&&at| self.window.has(at)).count();
        let a_second = |carried: &Carried| carried.bytes as f64 / seconds;
        let late: Vec<f64> = [&self.down.late_ms[..], &self.up.late_ms].concat();
        let tail = |values: &[f64], digits| {
            let [p50, p99] = [0.5, 0.99].map(|share| percentile(values, share));
            format!("{p50:.digits$}/{p99:.digits$}")
        };
        vec![
            self.condition.name.to_owned(),
            format!("{:?}", self.transport),
            tail(&ages, 0),
            format!("{:.2}", self.starved_percent()),
            format!("{:.1}", corrections as f64 * 60.0 / seconds),
            format!("{:.0}/{:.0}", a_second(&self.down), a_second(&self.up)),
            format!("{:.2}", self.lost_percent()),
            self.seen
                .iter()
                .filter(|seen| seen.is_lost)
                .count()
                .to_string(),
            tail(&late, 2),
            self.ticks_late(),
        ]
    }

    /// Samples of the age of each player's newest snapshot, ms. The relay does not send the time of a tick. So this assumes that the
    /// fastest snapshot took exactly the link's delay without jitter.
    fn ages_ms(&self, seen: &Seen) -> Vec<f64> {
        let is_measured = |&&(at, _): &&(Instant, u32)| self.window.has(at);
        let snapshots: Vec<_> = seen.snapshots.iter().filter(is_measured).collect();
        let starts = snapshots
            .iter()
            .filter_map(|(at, tick)| at.checked_sub(TICK * *tick));
        let Some(start) = starts.min() else {
            return Vec::new();
        };
        let mut ages = Vec::new();
        let mut newest = 0;
        for pair in snapshots.windows(2) {
            let (mut now, tick) = *pair[0];
            newest = newest.max(tick);
            while now < pair[1].0 {
                let since = now.saturating_duration_since(start + TICK * newest);
                ages.push((since + self.condition.one_way).as_secs_f64() * 1e3);
                now += SAMPLE;
            }
        }
        ages
    }

    /// The share of the players' ticks for which no input had arrived.
    fn starved_percent(&self) -> f64 {
        let ticks = self.counted("skirmish_ticks_total") * SEATS as f64;
        let applied = self.counted("skirmish_inputs_applied_total");
        100.0 * (1.0 - applied / ticks)
    }

    fn lost_percent(&self) -> f64 {
        let packets = self.down.packets + self.up.packets;
        100.0 * (self.down.lost + self.up.lost) as f64 / packets as f64
    }

    fn ticks_late(&self) -> String {
        let late = self
            .after
            .bounds_ms(&self.before, "skirmish_tick_lateness_seconds");
        let skipped = self.counted("skirmish_ticks_skipped_total");
        format!("{late}, {skipped}")
    }

    fn counted(&self, name: &str) -> f64 {
        self.after.sum(name) - self.before.sum(name)
    }
}
