//! `cargo xtask replay FILE`: runs a finished match again and verifies every state.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use devstack::builds::cargo;
use devstack::command;

/// Flags of `replay`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// The response of `GET /replays/<room>`; docs/replay.md describes the format
    file: PathBuf,
}

/// Builds the replay program and runs the file. Errors: it cannot be run, or a state differs from the recorded one.
pub(crate) fn run(options: &Options) -> Result<()> {
    let file = std::path::absolute(&options.file)
        .with_context(|| format!("no such file: {}", options.file.display()))?;
    let mut player = cargo(&[
        "run",
        "--quiet",
        "--release",
        "--package",
        "wasm",
        "--example",
        "replay",
        "--",
    ])?;
    if !command::run_to_stdout(player.arg(file))?.success() {
        bail!("the replay failed: the reason is printed above");
    }
    Ok(())
}
