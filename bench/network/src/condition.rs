//! The networks that are measured.

use std::time::Duration;

/// What happens to the packets of both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Condition {
    /// The name in the table.
    pub(crate) name: &'static str,
    pub(crate) one_way: Duration,
    /// Each packet takes up to this much longer. Packets keep their order.
    pub(crate) jitter: Duration,
    /// Share of the packets that are lost, 0 to 1.
    pub(crate) loss: f64,
    /// Share of the packets that take [`Condition::DETOUR`] longer, so that later packets arrive before them, 0 to 1.
    pub(crate) reordered: f64,
}

impl Condition {
    /// The extra delay of a reordered packet: more than the time between two snapshots.
    pub(crate) const DETOUR: Duration = Duration::from_millis(30);

    /// The conditions of the table in docs/netcode.md.
    pub(crate) fn table() -> Vec<Self> {
        vec![
            Self::lossy("50 ms, 1 % loss", 50, 0.01),
            Self::lossy("100 ms, 3 % loss", 100, 0.03),
            Self::lossy("150 ms, 1 % loss", 150, 0.01),
            Self {
                reordered: 0.05,
                ..Self::lossy("100 ms, 5 % reordered", 100, 0.0)
            },
            Self {
                jitter: Duration::from_millis(40),
                ..Self::lossy("60 ms, jitter 40 ms", 60, 0.0)
            },
        ]
    }

    /// A network with loss, and with the jitter of most networks of the simulator.
    fn lossy(name: &'static str, round_trip_ms: u64, loss: f64) -> Self {
        Self {
            name,
            one_way: Duration::from_millis(round_trip_ms) / 2,
            jitter: Duration::from_millis(4),
            loss,
            reordered: 0.0,
        }
    }
}
