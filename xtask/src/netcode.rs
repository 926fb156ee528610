//! `cargo xtask netcode`: prints the table of the network simulator, for any game.

use anyhow::{Result, bail};

use devstack::builds::cargo;
use devstack::command;

/// Flags of `netcode`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// The game whose bots play. Shots are judged in the arena only
    #[arg(long, default_value = "arena")]
    game: String,
}

/// Builds the simulator and prints what it measures.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut simulator = cargo(&["run", "--release", "--package", "sim", "--"])?;
    simulator.arg(&options.game);
    if !command::run_to_stdout(&mut simulator)?.success() {
        bail!("the simulator failed");
    }
    Ok(())
}
