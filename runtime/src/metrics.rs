//! The runtime's Prometheus metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use edge::metrics::{self, register};
use hyper::StatusCode;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

use crate::call::OUTCOMES;
use crate::function::Status;

/// Upper bounds of the buckets of call durations, in seconds.
const BUCKETS_S: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 10.0,
];

/// Counters since the start, by function.
pub(crate) struct Metrics {
    registry: Registry,
    calls: IntCounterVec,
    call_seconds: HistogramVec,
    responses: IntCounterVec,
    queued: IntGaugeVec,
    running: IntGaugeVec,
    pollers: IntGaugeVec,
}

impl Metrics {
    /// All values are zero.
    #[rustfmt::skip] // A table: one line each.
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str| {
            register(&registry, IntGaugeVec::new(Opts::new(name, help), &["function"]))
        };
        let counter = |name: &str, help: &str, label: &str| {
            register(&registry, IntCounterVec::new(Opts::new(name, help), &["function", label]))
        };
        let histogram = |name: &str, help: &str| {
            let options = HistogramOpts::new(name, help).buckets(BUCKETS_S.to_vec());
            register(&registry, HistogramVec::new(options, &["function"]))
        };
        Self {
            calls: counter("skirmish_runtime_calls_total", "Calls, by their outcome.", "outcome"),
            call_seconds: histogram("skirmish_runtime_call_seconds", "From the arrival of a call to its outcome, with its time in the queue."),
            responses: counter("skirmish_runtime_http_responses_total", "Responses to HTTP requests, by status.", "code"),
            queued: gauge("skirmish_runtime_queued", "Calls that wait."),
            running: gauge("skirmish_runtime_running", "Calls under way."),
            pollers: gauge("skirmish_runtime_pollers", "Calls that processes of the function take or would take now; 0: no process runs."),
            registry,
        }
    }

    /// Counts a call.
    pub(crate) fn count(&self, function: &str, outcome: &str, took: Duration) {
        self.calls.with_label_values(&[function, outcome]).inc();
        self.call_seconds
            .with_label_values(&[function])
            .observe(took.as_secs_f64());
    }

    /// Counts a response to an HTTP request.
    pub(crate) fn responded(&self, function: &str, status: StatusCode) {
        self.responses
            .with_label_values(&[function, status.as_str()])
            .inc();
    }

    /// The Prometheus text format, version 0.0.4. `is_own`: functions fetch their calls here, so the number of their
    /// processes is known.
    pub(crate) fn render(&self, functions: &BTreeMap<String, Status>, is_own: bool) -> String {
        for (name, status) in functions {
            let name = name.as_str();
            // Starts at zero, so that a rate can be computed from the first failure on.
            for outcome in OUTCOMES {
                self.calls.with_label_values(&[name, outcome]);
            }
            let set = |gauge: &IntGaugeVec, value: usize| {
                gauge.with_label_values(&[name]).set(value as i64);
            };
            set(&self.queued, status.queued);
            set(&self.running, status.running);
            if is_own {
                set(&self.pollers, status.pollers);
            }
        }
        metrics::render(&self.registry)
    }
}
