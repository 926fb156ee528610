//! What the server counts, and how Prometheus reads it. Plain atomics, written out by hand: the tick path must neither
//! lock nor look anything up, and a metrics library would do both.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        if count > 0 {
            self.0.fetch_add(count, Ordering::Relaxed);
        }
    }
    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    pub(crate) fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Upper bounds of the histograms' buckets, in microseconds.
const BUCKETS_US: [u64; 10] = [
    100, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_700, 100_000, 1_000_000,
];

/// Durations, by bucket.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    /// The last one counts what is above all bounds.
    buckets: [AtomicU64; BUCKETS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    pub(crate) fn observe(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US
            .iter()
            .position(|bound| us <= *bound)
            .unwrap_or(BUCKETS_US.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    fn write(&self, name: &str, help: &str, out: &mut String) {
        head(out, name, help, "histogram");
        let mut count = 0;
        for (index, bucket) in self.buckets.iter().enumerate() {
            count += bucket.load(Ordering::Relaxed);
            let bound = BUCKETS_US
                .get(index)
                .map_or("+Inf".to_owned(), |us| (*us as f64 / 1e6).to_string());
            let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {count}");
        }
        let seconds = self.sum_us.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(out, "{name}_sum {seconds}\n{name}_count {count}");
    }
}

/// Counters by label, for what is rare: never on the tick path of a well-behaved player.
#[derive(Debug, Default)]
pub(crate) struct Labelled(Mutex<BTreeMap<String, u64>>);

impl Labelled {
    pub(crate) fn add(&self, label: &str, count: u64) {
        *self.lock().entry(label.to_owned()).or_default() += count;
    }
    pub(crate) fn set(&self, label: &str, value: u64) {
        self.lock().insert(label.to_owned(), value);
    }
    pub(crate) fn remove(&self, label: &str) {
        self.lock().remove(label);
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
    fn write(&self, name: &str, help: &str, kind: &str, label: &str, out: &mut String) {
        head(out, name, help, kind);
        for (value, count) in self.lock().iter() {
            // Labels are our own words and configured names; quotes and backslashes cannot occur in them.
            let _ = writeln!(out, "{name}{{{label}=\"{value}\"}} {count}");
        }
    }
}

/// All that is counted, shared by every thread.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) rooms: Gauge,
    pub(crate) sessions: Gauge,
    pub(crate) ticks: Counter,
    pub(crate) ticks_skipped: Counter,
    pub(crate) tick_lateness: Histogram,
    pub(crate) inputs: Counter,
    pub(crate) inputs_late: Counter,
    pub(crate) inputs_early: Counter,
    pub(crate) inputs_not_running: Counter,
    pub(crate) snapshots: Counter,
    pub(crate) bytes_out: Counter,
    pub(crate) room_panics: Counter,
    pub(crate) checkpoint_lag: Histogram,
    pub(crate) checkpoints_skipped: Counter,
    pub(crate) redis_errors: Labelled,
    pub(crate) handshakes_refused: Labelled,
    pub(crate) closes: Labelled,
    pub(crate) invocations: Labelled,
    pub(crate) invocation_errors: Labelled,
    pub(crate) queued: Labelled,
    pub(crate) rooms_open: Labelled,
    pub(crate) oldest_ms: Labelled,
}

impl Metrics {
    /// The Prometheus text format, version 0.0.4.
    pub(crate) fn render(&self) -> String {
        let mut out = String::with_capacity(8 * 1024);
        self.write_rooms(&mut out);
        self.write_sessions(&mut out);
        self.write_lobby(&mut out);
        out
    }

    fn write_rooms(&self, out: &mut String) {
        gauge(out, "skirmish_rooms", "Rooms hosted now.", &self.rooms);
        counter(
            out,
            "skirmish_room_panics_total",
            "Rooms that ended by a panic.",
            &self.room_panics,
        );
        counter(
            out,
            "skirmish_ticks_total",
            "Room ticks simulated.",
            &self.ticks,
        );
        counter(
            out,
            "skirmish_ticks_skipped_total",
            "Ticks given up after a stall, by worker.",
            &self.ticks_skipped,
        );
        self.tick_lateness.write(
            "skirmish_tick_lateness_seconds",
            "How late a phase of the tick began.",
            out,
        );
        self.checkpoint_lag.write(
            "skirmish_checkpoint_lag_seconds",
            "From a checkpoint's making to its writing.",
            out,
        );
        let skipped = &self.checkpoints_skipped;
        counter(
            out,
            "skirmish_checkpoints_skipped_total",
            "Checkpoints overtaken by a newer one.",
            skipped,
        );
    }

    fn write_sessions(&self, out: &mut String) {
        gauge(
            out,
            "skirmish_sessions",
            "Players connected now.",
            &self.sessions,
        );
        counter(
            out,
            "skirmish_inputs_total",
            "Inputs received and taken.",
            &self.inputs,
        );
        head(
            out,
            "skirmish_inputs_refused_total",
            "Inputs refused, by kind.",
            "counter",
        );
        let kinds = [
            ("late", &self.inputs_late),
            ("early", &self.inputs_early),
            ("not_running", &self.inputs_not_running),
        ];
        for (kind, count) in kinds {
            let _ = writeln!(
                out,
                "skirmish_inputs_refused_total{{kind=\"{kind}\"}} {}",
                count.get()
            );
        }
        counter(
            out,
            "skirmish_snapshots_total",
            "Snapshots sent.",
            &self.snapshots,
        );
        counter(
            out,
            "skirmish_bytes_out_total",
            "Message bytes sent to players.",
            &self.bytes_out,
        );
        let refused = &self.handshakes_refused;
        refused.write(
            "skirmish_handshakes_refused_total",
            "Handshakes refused.",
            "counter",
            "reason",
            out,
        );
        self.closes.write(
            "skirmish_closes_total",
            "Connections ended, by close code.",
            "counter",
            "code",
            out,
        );
    }

    fn write_lobby(&self, out: &mut String) {
        self.redis_errors.write(
            "skirmish_redis_errors_total",
            "Lobby calls that failed.",
            "counter",
            "call",
            out,
        );
        let sent = &self.invocations;
        sent.write(
            "skirmish_invocations_total",
            "Functions invoked by the bridge.",
            "counter",
            "function",
            out,
        );
        let failed = &self.invocation_errors;
        failed.write(
            "skirmish_invocation_errors_total",
            "Invocations that failed.",
            "counter",
            "function",
            out,
        );
        self.queued.write(
            "skirmish_queue_players",
            "Players queued.",
            "gauge",
            "pool",
            out,
        );
        self.rooms_open.write(
            "skirmish_rooms_open",
            "Rooms waiting for players.",
            "gauge",
            "pool",
            out,
        );
        let oldest = &self.oldest_ms;
        oldest.write(
            "skirmish_queue_oldest_milliseconds",
            "Age of the oldest queue entry.",
            "gauge",
            "pool",
            out,
        );
    }
}

fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn counter(out: &mut String, name: &str, help: &str, value: &Counter) {
    head(out, name, help, "counter");
    let _ = writeln!(out, "{name} {}", value.get());
}

fn gauge(out: &mut String, name: &str, help: &str, value: &Gauge) {
    head(out, name, help, "gauge");
    let _ = writeln!(out, "{name} {}", value.0.load(Ordering::Relaxed));
}
