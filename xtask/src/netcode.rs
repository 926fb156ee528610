//! `cargo xtask netcode`: prints the table of the network simulator, for any game.

use anyhow::{Result, bail};

use devstack::builds::cargo;
use devstack::command;

/// Flags of `netcode`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// The game whose bots play. Only the arena's shots are judged
    #[arg(long, default_value = "arena")]
    game: String,
    /// Players of a match; the arena always has five
    #[arg(long, default_value_t = 5)]
    players: usize,
    /// Play only the networks whose names begin with this text
    #[arg(long, default_value = "")]
    network: String,
}

/// Builds the simulator and prints its measurements.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut simulator = cargo(&["run", "--release", "--package", "sim", "--"])?;
    simulator.args([
        &options.game,
        &options.players.to_string(),
        &options.network,
    ]);
    if !command::run_to_stdout(&mut simulator)?.success() {
        bail!("the simulator failed");
    }
    Ok(())
}
