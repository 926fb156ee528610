//! The ports of the parts of a stack.

use std::time::Duration;

use testkit::{PortBlock, free_port};

use super::StackConfig;
use crate::nginx;

/// The ports of all parts except Redis. They are chosen before any part starts, because the parts' configurations
/// refer to each other.
pub(crate) struct Ports {
    pub front: u16,
    /// Callers invoke functions here; with [`super::Backend::Own`], functions join here too.
    pub runtime: u16,
    /// With [`super::Backend::CargoLambda`], functions join here.
    pub cargo_lambda: u16,
    pub gateway: u16,
    /// Name and port of each relay.
    pub relays: Vec<(String, u16)>,
    /// For each relay with a delay: the port at which nginx expects it, its own port, and the delay.
    pub delayed: Vec<(u16, u16, Duration)>,
    /// Contains the ports at which nginx expects the relays.
    block: PortBlock,
}

impl Ports {
    pub(super) fn choose(config: &StackConfig) -> Self {
        let block = PortBlock::free(config.relays);
        let (mut relays, mut delayed) = (Vec::new(), Vec::new());
        for n in 1..=config.relays {
            let name = format!("relay-{n}");
            let round_trip = config.region_of(&name).map(|region| region.round_trip);
            let port = match round_trip.filter(|it| !it.is_zero()) {
                Some(round_trip) => {
                    let own = free_port();
                    delayed.push((block.port(n), own, round_trip));
                    own
                }
                None => block.port(n),
            };
            relays.push((name, port));
        }
        Self {
            front: if config.port == 0 {
                free_port()
            } else {
                config.port
            },
            runtime: free_port(),
            cargo_lambda: free_port(),
            gateway: free_port(),
            relays,
            delayed,
            block,
        }
    }

    pub(super) fn relay_rule(&self) -> String {
        nginx::relay_rule(self.block.prefix())
    }
}
