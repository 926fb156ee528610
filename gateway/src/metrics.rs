//! The gateway's Prometheus metrics.

use edge::metrics::{self, register};
use prometheus::{IntCounter, IntGauge, Registry};

/// Counters since the start.
pub(crate) struct Metrics {
    registry: Registry,
    connections: IntGauge,
    pub(crate) connections_opened: IntCounter,
    pub(crate) connections_refused: IntCounter,
    pub(crate) connections_slow: IntCounter,
    pub(crate) messages_in: IntCounter,
    pub(crate) messages_out: IntCounter,
    pub(crate) messages_oversize: IntCounter,
    pub(crate) invocations: IntCounter,
    pub(crate) invocation_errors: IntCounter,
    pub(crate) gone: IntCounter,
}

impl Metrics {
    /// All values are zero.
    #[rustfmt::skip] // A table: one line each.
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let connections = IntGauge::new("skirmish_gateway_connections", "Open connections.");
        let connections = register(&registry, connections);
        let counter = |name: &str, help: &str| register(&registry, IntCounter::new(name, help));
        Self {
            connections_opened: counter("skirmish_gateway_connections_opened_total", "Handshakes $connect admitted."),
            connections_refused: counter("skirmish_gateway_connections_refused_total", "Handshakes refused."),
            connections_slow: counter("skirmish_gateway_connections_slow_total", "Clients cut off: they did not read."),
            messages_in: counter("skirmish_gateway_messages_in_total", "Messages of clients."),
            messages_out: counter("skirmish_gateway_messages_out_total", "Messages written to clients."),
            messages_oversize: counter("skirmish_gateway_messages_oversize_total", "Messages too big, either way."),
            invocations: counter("skirmish_gateway_invocations_total", "Function invocations."),
            invocation_errors: counter("skirmish_gateway_invocation_errors_total", "Invocations that failed."),
            gone: counter("skirmish_gateway_gone_total", "Calls of @connections answered 410."),
            connections,
            registry,
        }
    }

    /// The Prometheus text format, version 0.0.4.
    pub(crate) fn render(&self, connections: usize) -> String {
        self.connections.set(connections as i64);
        metrics::render(&self.registry)
    }
}
