//! The runtime's Prometheus metrics.

use std::collections::BTreeMap;

use edge::metrics::{self, register};
use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use crate::function::Status;

/// Counted since the start, of each function.
pub(crate) struct Metrics {
    registry: Registry,
    calls: IntCounterVec,
    queued: IntGaugeVec,
    running: IntGaugeVec,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let calls = Opts::new("skirmish_runtime_calls_total", "Calls, by their outcome.");
        let gauge = |name: &str, help: &str| IntGaugeVec::new(Opts::new(name, help), &["function"]);
        Self {
            calls: register(
                &registry,
                IntCounterVec::new(calls, &["function", "outcome"]),
            ),
            queued: register(
                &registry,
                gauge("skirmish_runtime_queued", "Calls that wait."),
            ),
            running: register(
                &registry,
                gauge("skirmish_runtime_running", "Calls under way."),
            ),
            registry,
        }
    }

    pub(crate) fn count(&self, function: &str, outcome: &str) {
        self.calls.with_label_values(&[function, outcome]).inc();
    }

    /// The Prometheus text format, version 0.0.4.
    pub(crate) fn render(&self, functions: &BTreeMap<String, Status>) -> String {
        for (name, status) in functions {
            self.queued
                .with_label_values(&[name])
                .set(status.queued as i64);
            self.running
                .with_label_values(&[name])
                .set(status.running as i64);
        }
        metrics::render(&self.registry)
    }
}
