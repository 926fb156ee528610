//! `cargo xtask netcode`: prints what players get on bad networks, simulated for any game, or over this machine's TCP and
//! QUIC.

use std::process::Command;

use anyhow::{Context, Result, bail};

use devstack::builds::{binaries, cargo};
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
    /// Do not simulate: play the arena in real time with a relay, over this machine's TCP and QUIC, through a link that
    /// delays and loses packets. Needs Linux and root
    #[arg(long, conflicts_with_all = ["game", "players"])]
    real: bool,
    /// With --real: decides which packets are lost and how late the others are
    #[arg(long, default_value_t = 1, requires = "real")]
    seed: u64,
}

/// Builds the simulator, or the programs of the real measurement, and prints the results.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.real {
        return real(options);
    }
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

fn real(options: &Options) -> Result<()> {
    let build = [
        "build",
        "--release",
        "--package",
        "relay-program",
        "--package",
        "network",
    ];
    if !command::run_to_stdout(&mut cargo(&build)?)?.success() {
        bail!("the build failed");
    }
    let target = binaries()?.parent().context("no target folder")?.to_owned();
    let bin = target.join("release");
    let mut program = Command::new(bin.join("network"));
    program
        .arg("--bin")
        .arg(&bin)
        .args(["--network", &options.network])
        .args(["--seed", &options.seed.to_string()]);
    if !command::run_to_stdout(&mut program)?.success() {
        bail!("nothing was measured");
    }
    Ok(())
}
