//! Prometheus metrics: registration and the text format.

use prometheus::core::Collector;
use prometheus::{Registry, Result, TextEncoder};

/// Registers a metric and returns it.
///
/// # Panics
/// When its name is malformed or already registered.
pub fn register<C: Collector + Clone + 'static>(registry: &Registry, metric: Result<C>) -> C {
    let register = |metric: C| {
        registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    };
    metric
        .and_then(register)
        .expect("the name is well formed and unique")
}

/// All metrics in the Prometheus text format, version 0.0.4.
///
/// # Panics
/// Never: registered metrics can be written.
pub fn render(registry: &Registry) -> String {
    TextEncoder::new()
        .encode_to_string(&registry.gather())
        .expect("registered metrics can be written")
}
