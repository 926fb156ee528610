//! The ports of the parts of a stack.

use testkit::{PortBlock, free_port};

use super::StackConfig;
use crate::nginx;

/// The ports of all parts but Redis. They are chosen before any part starts, because the parts'
/// configurations name each other.
pub(crate) struct Ports {
    pub front: u16,
    /// Functions are invoked here; with [`super::Backend::Own`], they also join here.
    pub runtime: u16,
    /// With [`super::Backend::CargoLambda`], functions join here.
    pub cargo_lambda: u16,
    pub gateway: u16,
    /// Name and port of each relay.
    pub relays: Vec<(String, u16)>,
    /// Contains the relays' ports.
    block: PortBlock,
}

impl Ports {
    pub(super) fn choose(config: &StackConfig) -> Self {
        let block = PortBlock::free(config.relays);
        let relays = (1..=config.relays).map(|n| (format!("relay-{n}"), block.port(n)));
        Self {
            front: if config.port == 0 {
                free_port()
            } else {
                config.port
            },
            runtime: free_port(),
            cargo_lambda: free_port(),
            gateway: free_port(),
            relays: relays.collect(),
            block,
        }
    }

    pub(super) fn relay_rule(&self) -> String {
        nginx::relay_rule(self.block.prefix())
    }
}
