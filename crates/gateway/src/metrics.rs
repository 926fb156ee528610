//! What the gateway counts, as Prometheus text.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counted since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    pub(crate) connections_opened: Counter,
    pub(crate) connections_refused: Counter,
    pub(crate) connections_slow: Counter,
    pub(crate) messages_in: Counter,
    pub(crate) messages_out: Counter,
    pub(crate) messages_oversize: Counter,
    pub(crate) invocations: Counter,
    pub(crate) invocation_errors: Counter,
    pub(crate) gone: Counter,
}

impl Metrics {
    /// The exposition format, version 0.0.4.
    pub(crate) fn render(&self, connections: usize) -> String {
        let mut text = String::new();
        let mut line = |name: &str, kind: &str, help: &str, value: u64| {
            let name = format!("skirmish_gateway_{name}");
            // Writing to a String does not fail.
            let _ = write!(
                text,
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
            );
        };
        line(
            "connections",
            "gauge",
            "Open connections.",
            connections as u64,
        );
        let counters = [
            (
                "connections_opened_total",
                "Handshakes that $connect admitted.",
                &self.connections_opened,
            ),
            (
                "connections_refused_total",
                "Handshakes refused.",
                &self.connections_refused,
            ),
            (
                "connections_slow_total",
                "Connections closed because the client did not read.",
                &self.connections_slow,
            ),
            (
                "messages_in_total",
                "Messages of clients.",
                &self.messages_in,
            ),
            (
                "messages_out_total",
                "Messages written to clients.",
                &self.messages_out,
            ),
            (
                "messages_oversize_total",
                "Messages over the size limit, either way.",
                &self.messages_oversize,
            ),
            (
                "invocations_total",
                "Function invocations.",
                &self.invocations,
            ),
            (
                "invocation_errors_total",
                "Function invocations that failed.",
                &self.invocation_errors,
            ),
            (
                "gone_total",
                "Calls of @connections answered 410.",
                &self.gone,
            ),
        ];
        for (name, help, counter) in counters {
            line(name, "counter", help, counter.get());
        }
        text
    }
}
