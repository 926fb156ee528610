//! `cargo xtask netcode`: prints the table of the network simulator.

use anyhow::{Result, bail};

use devstack::builds::cargo;
use devstack::command;

/// Builds the simulator and prints what it measures.
pub(crate) fn run() -> Result<()> {
    let mut simulator = cargo(&["run", "--release", "--package", "sim"])?;
    if !command::run_to_stdout(&mut simulator)?.success() {
        bail!("the simulator failed");
    }
    Ok(())
}
