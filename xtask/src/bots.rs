//! `cargo xtask bots`: fills rooms with bots on a running system, or on one that it starts, and prints their
//! measurements.

use std::process::Command;

use anyhow::{Result, bail};

use devstack::{Backend, Stack, StackConfig};
use devstack::{builds, command, install};

/// Flags of `bots`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// The front door of a running system; by default, the command builds and starts a system
    #[arg(long)]
    url: Option<String>,
    /// The game of the system that the command starts
    #[arg(long, conflicts_with = "url")]
    game: Option<String>,
    /// Options of the bots, such as --rooms 20 --seconds 30 --latency-ms 100 --jitter-ms 20 --loss 1 --bandwidth 60
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, default_values = ["--rooms", "20", "--seconds", "30"])]
    flags: Vec<String>,
}

/// Runs them to their end. Errors: a bot failed.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(url) = &options.url {
        builds::programs()?;
        return play(url, &options.flags);
    }
    let cargo_lambda = install::all(
        install::Needs {
            redis_server: true,
            browser: false,
            prometheus: false,
        },
        true,
    )?;
    builds::programs()?;
    let folder = std::env::temp_dir().join(format!("skirmish-bots-{}", std::process::id()));
    let game = options
        .game
        .iter()
        .map(|game| ("GAME".to_owned(), game.clone()));
    let config = StackConfig {
        environment: game.collect(),
        ..StackConfig::private(&folder, Backend::CargoLambda(cargo_lambda))?
    };
    let stack = Stack::start(&config);
    let played = stack.as_ref().map(|stack| play(&stack.url, &options.flags));
    let played = played.unwrap_or(Ok(()));
    let ended = stack.map(drop);
    let _ = std::fs::remove_dir_all(folder);
    ended.and(played)
}

fn play(url: &str, flags: &[String]) -> Result<()> {
    let mut bots = Command::new(builds::binaries()?.join("bots"));
    bots.args(["--url", url, "--log", "warn"]).args(flags);
    if !command::run_to_stdout(&mut bots)?.success() {
        bail!("the bots failed: the reason is printed above");
    }
    Ok(())
}
