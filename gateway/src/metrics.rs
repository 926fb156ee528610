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
    /// All at zero.
    pub(crate) fn new() -> Self {
        let (registry, open) = (Registry::new(), "skirmish_gateway_connections");
        let connections = IntGauge::new(open, "Open connections.");
        let connections = register(&registry, connections);
        let total = |name: &str, help: &str| {
            let name = format!("skirmish_gateway_{name}_total");
            register(&registry, IntCounter::new(name, help))
        };
        Self {
            connections_opened: total("connections_opened", "Handshakes $connect admitted."),
            connections_refused: total("connections_refused", "Handshakes refused."),
            connections_slow: total("connections_slow", "Clients cut off: they did not read."),
            messages_in: total("messages_in", "Messages of clients."),
            messages_out: total("messages_out", "Messages written to clients."),
            messages_oversize: total("messages_oversize", "Messages too big, either way."),
            invocations: total("invocations", "Function invocations."),
            invocation_errors: total("invocation_errors", "Invocations that failed."),
            gone: total("gone", "Calls of @connections answered 410."),
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
