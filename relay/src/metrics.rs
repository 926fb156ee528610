//! Prometheus metrics of the relay. The tick path only updates atomics that were looked up earlier: no lock, no
//! lookup.

use edge::metrics;
use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};
use room::Counters;
use serde_json::Value;

/// Upper bounds of the histograms' buckets, in seconds.
const BUCKETS_S: [f64; 10] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.0167, 0.1, 1.0,
];
/// Upper bounds of the buckets for players' waiting times, in seconds.
const WAIT_BUCKETS_S: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];

/// The results that functions report in their answers. The sweep reports those of all functions.
const RESULTS: [(&str, &str); 9] = [
    ("assign", "seated"),
    ("assign", "started"),
    ("assign", "skipped"),
    ("expire", "rooms"),
    ("expire", "players"),
    ("expire", "relays"),
    ("deliver", "pushed"),
    ("deliver", "gone"),
    ("deliver", "failed"),
];

/// All metrics, shared by every thread.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) rooms: IntGauge,
    pub(crate) rooms_free: IntGauge,
    pub(crate) room_panics: IntCounter,
    pub(crate) rooms_over_budget: IntCounter,
    pub(crate) steps_late: IntCounter,
    pub(crate) workers_lost: IntCounter,
    pub(crate) ticks: IntCounter,
    pub(crate) ticks_skipped: IntCounter,
    pub(crate) tick_lateness: Histogram,
    pub(crate) checkpoint_lag: Histogram,
    pub(crate) checkpoints_skipped: IntCounter,
    pub(crate) journal_entries: IntGauge,
    pub(crate) journal_bytes: IntGauge,
    pub(crate) journal_dropped: IntCounter,
    pub(crate) rooms_resumed: IntCounter,
    pub(crate) resumed_ticks: IntCounter,
    pub(crate) rooms_handed_over: IntCounter,
    pub(crate) replays_verified: IntCounter,
    pub(crate) replays_given_up: IntCounter,
    pub(crate) hash_mismatches: IntCounter,
    pub(crate) sessions: IntGauge,
    pub(crate) webtransport_sessions: IntGauge,
    pub(crate) webtransport_retries: IntCounter,
    pub(crate) snapshots: IntCounter,
    pub(crate) bytes_out: IntCounter,
    pub(crate) watchers: IntGauge,
    pub(crate) watch_bytes: IntCounter,
    handshakes_refused: IntCounterVec,
    closes: IntCounterVec,
    inputs: IntCounter,
    inputs_applied: IntCounter,
    inputs_late: IntCounter,
    inputs_early: IntCounter,
    inputs_not_running: IntCounter,
    messages: IntCounter,
    messages_refused: IntCounter,
    redis_errors: IntCounterVec,
    pub(crate) inbox_unreadable: IntCounter,
    pub(crate) invocations: IntCounterVec,
    pub(crate) invocation_errors: IntCounterVec,
    results: IntCounterVec,
    pub(crate) seat_wait: Histogram,
    pub(crate) invariant_repairs: IntCounterVec,
    pub(crate) queued: IntGaugeVec,
    pub(crate) rooms_open: IntGaugeVec,
    pub(crate) oldest_ms: IntGaugeVec,
}

impl Metrics {
    /// All values are zero.
    pub(crate) fn new() -> Self {
        let metrics = Self::table();
        // Starts at zero, so that a rate can be computed from the first failure on.
        for (function, kind) in RESULTS {
            metrics.results.with_label_values(&[function, kind]);
            metrics.invocation_errors.with_label_values(&[function]);
        }
        metrics
    }

    #[rustfmt::skip] // A table: one line each.
    fn table() -> Self {
        let all = Register(Registry::new());
        let refused = all.counters("skirmish_inputs_refused_total", "Inputs refused, by kind.", "kind");
        Self {
            rooms: all.gauge("skirmish_rooms", "Rooms hosted now."),
            rooms_free: all.gauge("skirmish_rooms_free", "Rooms that it could take in addition; 0 while it drains."),
            room_panics: all.counter("skirmish_room_panics_total", "Rooms that failed: by a panic, or by a limit that their game broke."),
            rooms_over_budget: all.counter("skirmish_rooms_over_budget_total", "Rooms that ended because a step took more than 100 ms."),
            steps_late: all.counter("skirmish_steps_late_total", "Steps that had not returned after 200 ms: an alarm."),
            workers_lost: all.counter("skirmish_workers_lost_total", "Threads that a step never returned from: the process ends because of it."),
            ticks: all.counter("skirmish_ticks_total", "Room ticks simulated."),
            ticks_skipped: all.counter("skirmish_ticks_skipped_total", "Ticks given up after a stall, by worker."),
            tick_lateness: all.histogram("skirmish_tick_lateness_seconds", "How late a phase of the tick began.", &BUCKETS_S),
            checkpoint_lag: all.histogram("skirmish_checkpoint_lag_seconds", "From a checkpoint's making to its writing.", &BUCKETS_S),
            checkpoints_skipped: all.counter("skirmish_checkpoints_skipped_total", "Checkpoints overtaken by a newer one."),
            journal_entries: all.gauge("skirmish_journal_lag_entries", "Journal entries that Redis has not answered."),
            journal_bytes: all.gauge("skirmish_journal_lag_bytes", "Their bytes."),
            journal_dropped: all.counter("skirmish_journal_dropped_total", "Journal entries given up because too many waited."),
            rooms_resumed: all.counter("skirmish_rooms_resumed_total", "Rooms that went on here."),
            resumed_ticks: all.counter("skirmish_resumed_ticks", "Ticks of theirs that were played again from a journal."),
            rooms_handed_over: all.counter("skirmish_rooms_handed_over_total", "Rooms handed over to another server."),
            replays_verified: all.counter("skirmish_replays_verified_total", "Finished matches that were played again."),
            replays_given_up: all.counter("skirmish_replays_given_up_total", "Matches without a replay: no checkpoint was written for too long."),
            hash_mismatches: all.counter("skirmish_hash_mismatches_total", "State hashes that differed when ticks were played again: an alarm."),
            sessions: all.gauge("skirmish_sessions", "Players connected now."),
            webtransport_sessions: all.gauge("skirmish_webtransport_sessions", "Those of them that use WebTransport."),
            webtransport_retries: all.counter("skirmish_webtransport_retries_total", "Handshakes that had to show first that they receive at their address, because many were in progress."),
            snapshots: all.counter("skirmish_snapshots_total", "Snapshots sent."),
            bytes_out: all.counter("skirmish_bytes_out_total", "Message bytes sent to players."),
            watchers: all.gauge("skirmish_watchers", "Watchers connected now. They are not players."),
            watch_bytes: all.counter("skirmish_watch_bytes_total", "Bytes of recordings sent to watchers."),
            handshakes_refused: all.counters("skirmish_handshakes_refused_total", "Handshakes refused.", "reason"),
            closes: all.counters("skirmish_closes_total", "Connections ended, by close code.", "code"),
            inputs: all.counter("skirmish_inputs_total", "Inputs received and taken."),
            inputs_applied: all.counter("skirmish_inputs_applied_total", "Inputs that a tick used."),
            inputs_late: refused.with_label_values(&["late"]),
            inputs_early: refused.with_label_values(&["early"]),
            inputs_not_running: refused.with_label_values(&["not_running"]),
            messages: all.counter("skirmish_game_messages_total", "Game messages passed on."),
            messages_refused: all.counter("skirmish_game_messages_refused_total", "Game messages refused."),
            redis_errors: all.counters("skirmish_redis_errors_total", "Lobby calls that failed.", "call"),
            inbox_unreadable: all.counter("skirmish_inbox_unreadable_total", "Entries of this server's inbox that could not be read."),
            invocations: all.counters("skirmish_invocations_total", "Functions invoked by the bridge.", "function"),
            invocation_errors: all.counters("skirmish_invocation_errors_total", "Invocations that failed.", "function"),
            results: all.counters_by("skirmish_function_results_total", "What functions that the bridge invoked did, as their answers count it.", &["function", "kind"]),
            seat_wait: all.histogram("skirmish_seat_wait_seconds", "How long the first player that an invocation of assign seated had waited.", &WAIT_BUCKETS_S),
            invariant_repairs: all.counters("skirmish_invariant_repairs_total", "Invariant violations that the sweep repaired.", "kind"),
            queued: all.gauges("skirmish_queue_players", "Players queued.", "pool"),
            rooms_open: all.gauges("skirmish_rooms_open", "Rooms waiting for players.", "pool"),
            oldest_ms: all.gauges("skirmish_queue_oldest_milliseconds", "Age of the oldest queue entry.", "pool"),
            registry: all.0,
        }
    }

    /// The Prometheus text format, version 0.0.4. Most labelled metrics appear with their first value.
    pub(crate) fn render(&self) -> String {
        metrics::render(&self.registry)
    }

    /// Adds the difference of a room's counters since `before`.
    pub(crate) fn count_room(&self, before: &Counters, now: &Counters) {
        let not_running = now.inputs_not_running - before.inputs_not_running;
        let refused = now.messages_refused - before.messages_refused;
        let given_up = now.replays_given_up - before.replays_given_up;
        let counted = [
            (&self.inputs, now.inputs_taken - before.inputs_taken),
            (
                &self.inputs_applied,
                now.inputs_applied - before.inputs_applied,
            ),
            (&self.inputs_late, now.inputs_late - before.inputs_late),
            (&self.inputs_early, now.inputs_early - before.inputs_early),
            (&self.inputs_not_running, not_running),
            (&self.messages, now.messages - before.messages),
            (&self.messages_refused, refused),
            (&self.snapshots, now.snapshots - before.snapshots),
            (&self.replays_given_up, given_up),
        ];
        for (counter, more) in counted.into_iter().filter(|(_, more)| *more > 0) {
            counter.inc_by(more);
        }
    }

    /// Adds the results in the answer of a function, or the sweep's results for a pool.
    pub(crate) fn count_results(&self, function: &str, counts: &Value) {
        let kinds = RESULTS
            .into_iter()
            .filter(|(whose, _)| function == *whose || function == "sweep");
        for (_, kind) in kinds {
            if let Some(count) = counts[kind].as_u64().filter(|count| *count > 0) {
                self.results
                    .with_label_values(&[function, kind])
                    .inc_by(count);
            }
        }
    }

    /// Counts a refused handshake.
    pub(crate) fn refused(&self, reason: &str) {
        self.handshakes_refused.with_label_values(&[reason]).inc();
    }

    /// Counts a closed connection by its close code, or by a word if it had none.
    pub(crate) fn closed(&self, code: &str) {
        self.closes.with_label_values(&[code]).inc();
    }

    /// Counts a failed call to the lobby.
    pub(crate) fn redis_failed(&self, call: &str) {
        self.redis_errors.with_label_values(&[call]).inc();
    }
}

/// Creates and registers metrics.
struct Register(Registry);

impl Register {
    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.add(IntCounter::new(name, help))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.add(IntGauge::new(name, help))
    }

    fn histogram(&self, name: &str, help: &str, buckets_s: &[f64]) -> Histogram {
        let options = HistogramOpts::new(name, help).buckets(buckets_s.to_vec());
        self.add(Histogram::with_opts(options))
    }

    fn counters(&self, name: &str, help: &str, label: &str) -> IntCounterVec {
        self.counters_by(name, help, &[label])
    }

    fn counters_by(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn gauges(&self, name: &str, help: &str, label: &str) -> IntGaugeVec {
        self.add(IntGaugeVec::new(Opts::new(name, help), &[label]))
    }

    fn add<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        metrics::register(&self.0, made)
    }
}
