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
        let mut total = |name: &str, help: &str, counter: &Counter| {
            line(&format!("{name}_total"), "counter", help, counter.get());
        };
        total(
            "connections_opened",
            "Handshakes $connect admitted.",
            &self.connections_opened,
        );
        total(
            "connections_refused",
            "Handshakes refused.",
            &self.connections_refused,
        );
        total(
            "connections_slow",
            "Clients cut off: they did not read.",
            &self.connections_slow,
        );
        total("messages_in", "Messages of clients.", &self.messages_in);
        total(
            "messages_out",
            "Messages written to clients.",
            &self.messages_out,
        );
        total(
            "messages_oversize",
            "Messages too big, either way.",
            &self.messages_oversize,
        );
        total("invocations", "Function invocations.", &self.invocations);
        total(
            "invocation_errors",
            "Invocations that failed.",
            &self.invocation_errors,
        );
        total("gone", "Calls of @connections answered 410.", &self.gone);
        text
    }
}
