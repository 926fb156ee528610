//! `cargo xtask chaos`: builds the whole system and what breaks it, and runs that.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{builds, command, install};

/// Flags of `chaos`.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Make this mistake on purpose (two-step-seating, second-decision, no-epoch-check): the run must find it, and fail
    #[arg(long)]
    mutation: Option<String>,
    /// What to break: relay [--kills N] [--rooms N] [--drain], lobby [--minutes N] [--seed S] [--players N]; each has --help
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    flags: Vec<String>,
}

/// Runs it to its end; an error when anything was lost.
pub fn run(options: &Options) -> Result<()> {
    let needs = install::Needs {
        redis_server: true,
        browser: false,
    };
    install::all(needs, true)?;
    builds::programs()?;
    let mut chaos = Command::new(builds::binaries()?.join("chaos"));
    chaos.args(&options.flags);
    if let Some(mutation) = &options.mutation {
        chaos.args(["--mutation", mutation, "--binaries"]);
        chaos.arg(mutated()?);
    }
    if !command::run_to_stdout(&mut chaos)?.success() {
        bail!("the run found something wrong: it says above what");
    }
    Ok(())
}

/// Builds the programs with the mistakes in them and keeps those in a folder of their own; what is built for `up` is as before.
/// In the same target folder, where most of what they are made of is built already.
fn mutated() -> Result<PathBuf> {
    let arguments =
        "build -p lobby -p functions -p relay -p gateway --bins --features lobby/mutate";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    eprintln!("building the programs with mistakes");
    let built = command::run(&mut builds::cargo(&arguments)?)?;
    let (binaries, folder) = (builds::binaries()?, builds::binaries()?.join("mutated"));
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(&binaries)? {
        let file = entry?.path();
        let is_program = file.is_file() && file.extension().is_none();
        if let Some(name) = file.file_name().filter(|_| is_program) {
            // Not written to where it may be running.
            let _ = std::fs::remove_file(folder.join(name));
            std::fs::copy(&file, folder.join(name))?;
        }
    }
    builds::programs()?;
    if !built.success() {
        bail!("the programs with mistakes do not build: cargo says above why");
    }
    Ok(folder)
}
