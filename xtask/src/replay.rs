//! `cargo xtask replay FILE`: plays a match again, and says whether it comes to the same.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use devstack::builds::cargo;
use devstack::command;

/// Flags of `replay`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// What `GET /replays/<room>` answered; docs/replay.md says what is in it
    file: PathBuf,
}

/// Builds what knows every game, and has it play the file; an error when it cannot, or when a state is another than it was.
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
        bail!("the match could not be played as it was: it says above why");
    }
    Ok(())
}
