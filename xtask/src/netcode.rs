//! `cargo xtask netcode`: the network simulator's table.

use anyhow::{Result, bail};

use crate::builds::cargo;
use crate::command;

/// Builds the simulator and prints what it measures.
pub fn run() -> Result<()> {
    let mut simulator = cargo(&["run", "--release", "--package", "sim"])?;
    if !command::run_to_stdout(&mut simulator)?.success() {
        bail!("the simulator failed");
    }
    Ok(())
}
