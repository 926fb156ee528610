//! What the server counts, and how Prometheus reads it. Plain atomics, written out by hand: the tick path must neither
//! lock nor look anything up, and a metrics library would do both.

use std::fmt::Write;

use room::Counters;

mod numbers;

use numbers::{Counter, Gauge, Histogram, Labelled, Series, head};

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
    pub(crate) messages: Counter,
    pub(crate) messages_refused: Counter,
    pub(crate) snapshots: Counter,
    pub(crate) bytes_out: Counter,
    pub(crate) room_panics: Counter,
    pub(crate) checkpoint_lag: Histogram,
    pub(crate) checkpoints_skipped: Counter,
    pub(crate) journal_entries: Gauge,
    pub(crate) journal_bytes: Gauge,
    pub(crate) journal_dropped: Counter,
    pub(crate) rooms_resumed: Counter,
    pub(crate) resumed_ticks: Counter,
    pub(crate) rooms_handed_over: Counter,
    pub(crate) replays_verified: Counter,
    pub(crate) replays_given_up: Counter,
    pub(crate) hash_mismatches: Counter,
    pub(crate) mended: Labelled,
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
        self.write_recovery(&mut out);
        self.write_sessions(&mut out);
        self.write_inputs(&mut out);
        self.write_lobby(&mut out);
        out
    }

    /// Adds what a room has counted since `before`.
    pub(crate) fn count_room(&self, before: &Counters, now: &Counters) {
        let counted = [
            (&self.inputs, now.inputs_taken - before.inputs_taken),
            (&self.inputs_late, now.inputs_late - before.inputs_late),
            (&self.inputs_early, now.inputs_early - before.inputs_early),
            (
                &self.inputs_not_running,
                now.inputs_not_running - before.inputs_not_running,
            ),
            (&self.messages, now.messages - before.messages),
            (
                &self.messages_refused,
                now.messages_refused - before.messages_refused,
            ),
            (&self.snapshots, now.snapshots - before.snapshots),
            (
                &self.replays_given_up,
                now.replays_given_up - before.replays_given_up,
            ),
        ];
        for (counter, more) in counted.into_iter().filter(|(_, more)| *more > 0) {
            counter.add(more);
        }
    }

    fn write_rooms(&self, out: &mut String) {
        gauge(out, "skirmish_rooms", "Rooms hosted now.", &self.rooms);
        let help = "Rooms that ended by a panic.";
        counter(out, "skirmish_room_panics_total", help, &self.room_panics);
        let help = "Room ticks simulated.";
        counter(out, "skirmish_ticks_total", help, &self.ticks);
        let help = "Ticks given up after a stall, by worker.";
        counter(
            out,
            "skirmish_ticks_skipped_total",
            help,
            &self.ticks_skipped,
        );
        let help = "How late a phase of the tick began.";
        self.tick_lateness
            .write("skirmish_tick_lateness_seconds", help, out);
    }

    fn write_recovery(&self, out: &mut String) {
        let help = "From a checkpoint's making to its writing.";
        self.checkpoint_lag
            .write("skirmish_checkpoint_lag_seconds", help, out);
        let gauges = [
            (
                "skirmish_journal_lag_entries",
                "Journal entries that Redis has not answered.",
                &self.journal_entries,
            ),
            (
                "skirmish_journal_lag_bytes",
                "Their bytes.",
                &self.journal_bytes,
            ),
        ];
        for (name, help, value) in gauges {
            gauge(out, name, help, value);
        }
        let counters = [
            (
                "skirmish_journal_dropped_total",
                "Journal entries given up because too many waited.",
                &self.journal_dropped,
            ),
            (
                "skirmish_checkpoints_skipped_total",
                "Checkpoints overtaken by a newer one.",
                &self.checkpoints_skipped,
            ),
            (
                "skirmish_rooms_resumed_total",
                "Rooms that went on here.",
                &self.rooms_resumed,
            ),
            (
                "skirmish_resumed_ticks",
                "Ticks of theirs that were played again from a journal.",
                &self.resumed_ticks,
            ),
            (
                "skirmish_rooms_handed_over_total",
                "Rooms handed over to another server.",
                &self.rooms_handed_over,
            ),
            (
                "skirmish_replays_verified_total",
                "Finished matches that were played again.",
                &self.replays_verified,
            ),
            (
                "skirmish_replays_given_up_total",
                "Matches without a replay: no checkpoint was written for too long.",
                &self.replays_given_up,
            ),
            (
                "skirmish_hash_mismatches_total",
                "State hashes that differed when ticks were played again: an alarm.",
                &self.hash_mismatches,
            ),
        ];
        for (name, help, value) in counters {
            counter(out, name, help, value);
        }
        let series = Series("skirmish_mended_total", "counter", "kind");
        self.mended
            .write(series, "What must never be, found by the sweep.", out);
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
            "skirmish_snapshots_total",
            "Snapshots sent.",
            &self.snapshots,
        );
        let help = "Message bytes sent to players.";
        counter(out, "skirmish_bytes_out_total", help, &self.bytes_out);
        let series = Series("skirmish_handshakes_refused_total", "counter", "reason");
        self.handshakes_refused
            .write(series, "Handshakes refused.", out);
        let series = Series("skirmish_closes_total", "counter", "code");
        self.closes
            .write(series, "Connections ended, by close code.", out);
    }

    fn write_inputs(&self, out: &mut String) {
        counter(
            out,
            "skirmish_inputs_total",
            "Inputs received and taken.",
            &self.inputs,
        );
        let name = "skirmish_inputs_refused_total";
        head(out, name, "Inputs refused, by kind.", "counter");
        let kinds = [
            ("late", &self.inputs_late),
            ("early", &self.inputs_early),
            ("not_running", &self.inputs_not_running),
        ];
        for (kind, count) in kinds {
            let _ = writeln!(out, "{name}{{kind=\"{kind}\"}} {}", count.get());
        }
        let (name, help) = ("skirmish_game_messages_total", "Game messages passed on.");
        counter(out, name, help, &self.messages);
        let name = "skirmish_game_messages_refused_total";
        counter(out, name, "Game messages refused.", &self.messages_refused);
    }

    fn write_lobby(&self, out: &mut String) {
        let series = Series("skirmish_redis_errors_total", "counter", "call");
        self.redis_errors
            .write(series, "Lobby calls that failed.", out);
        let series = Series("skirmish_invocations_total", "counter", "function");
        self.invocations
            .write(series, "Functions invoked by the bridge.", out);
        let series = Series("skirmish_invocation_errors_total", "counter", "function");
        self.invocation_errors
            .write(series, "Invocations that failed.", out);
        let series = Series("skirmish_queue_players", "gauge", "pool");
        self.queued.write(series, "Players queued.", out);
        let series = Series("skirmish_rooms_open", "gauge", "pool");
        self.rooms_open
            .write(series, "Rooms waiting for players.", out);
        let series = Series("skirmish_queue_oldest_milliseconds", "gauge", "pool");
        self.oldest_ms
            .write(series, "Age of the oldest queue entry.", out);
    }
}

fn counter(out: &mut String, name: &str, help: &str, value: &Counter) {
    head(out, name, help, "counter");
    let _ = writeln!(out, "{name} {}", value.get());
}

fn gauge(out: &mut String, name: &str, help: &str, value: &Gauge) {
    head(out, name, help, "gauge");
    let _ = writeln!(out, "{name} {}", value.get());
}
