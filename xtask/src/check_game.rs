//! `cargo xtask check-game NAME`: checks a game for errors that break prediction, replays and resume.

mod source;

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::games;
use devstack::builds::{self, cargo};
use devstack::{command, install};

/// Flags of `check-game`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// The game, as the registry names it
    game: String,
    /// Ticks with random inputs and commands
    #[arg(long, default_value_t = 200_000)]
    ticks: u32,
    /// The seed of the random numbers; by default, a new one for each run
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs all checks. The first failure is an error that says where it is.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = builds::workspace();
    games::check(&root, &options.game)?;
    let seed = match options.seed {
        Some(seed) => seed,
        None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    };
    let found = source::search(&root.join("games").join(&options.game).join("src"))?;
    if !found.is_empty() {
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        bail!("the rules must not use these:\n{}", lines.join("\n"));
    }
    eprintln!("sources: no float, clock, thread, hashed container or changing static");
    let played = native("check_game", options, seed)?;
    if native("check_game", options, seed)? != played {
        bail!("two runs with the seed {seed} have different states: the game is not deterministic");
    }
    eprintln!(
        "matches: saved, restored and shown without a difference; two runs have the same states"
    );
    let expected = native("determinism_check", options, seed)?;
    let found = in_webassembly(options, seed)?;
    if found != expected {
        bail!("with the seed {seed}, the browser computes other states than the server");
    }
    eprintln!("WebAssembly: the same states as native");
    println!("{} passed all checks (seed {seed})", options.game);
    Ok(())
}

/// The output of an example of web/wasm.
fn native(example: &str, options: &Options, seed: u64) -> Result<String> {
    let run = ["run", "--quiet", "--package", "wasm", "--example", example];
    let mut command = cargo(&run)?;
    // The message of a panic shows where the error is.
    command
        .env("RUST_BACKTRACE", "0")
        .arg("--")
        .arg(&options.game)
        .args([seed.to_string(), options.ticks.to_string()]);
    result(&mut command, seed)
}

fn in_webassembly(options: &Options, seed: u64) -> Result<String> {
    install::npm_packages(&builds::workspace().join("web"), true)?;
    builds::pages()?;
    let mut node = Command::new("node");
    node.arg("scripts/determinism-check.mjs")
        .arg(&options.game)
        .args([seed.to_string(), options.ticks.to_string()])
        .current_dir(builds::workspace().join("web"));
    result(&mut node, seed)
}

fn result(command: &mut Command, seed: u64) -> Result<String> {
    let (status, output) = command::capture(command)?;
    if !status.success() {
        bail!("seed {seed}:\n{}", output.trim_end());
    }
    let last = output.lines().last().context("a check printed nothing")?;
    Ok(last.to_owned())
}
