//! `cargo xtask chaos`: builds the system and the fault runner, and runs it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use devstack::{builds, command, install};

/// Flags of `chaos`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Plant this error (two-step-seating, second-decision, no-epoch-check, code-without-nonce, late-without-epoch, group-split). The command succeeds only if the run finds it
    #[arg(long)]
    mutation: Option<String>,
    /// What to test: relay [--kills N] [--rooms N] [--relays N] [--at-once N] [--drain], lobby [--minutes N] [--seed S] [--players N],
    /// storm [--players N] [--rooms N]; each has --help
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    flags: Vec<String>,
}

/// The exit code of `chaos` when it found errors.
const FOUND_ERRORS: i32 = 3;

/// Runs the fault runner to its end. Errors: something was lost, or a planted error was not found.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.flags.iter().any(|flag| flag == "--mutation") {
        bail!("--mutation comes first: cargo xtask chaos --mutation NAME lobby");
    }
    let needs = install::Needs {
        redis_server: true,
        browser: false,
        prometheus: false,
    };
    install::all(needs, true)?;
    builds::programs()?;
    builds::build(&mut builds::binary(&["chaos"])?)?;
    let mut chaos = Command::new(builds::binaries()?.join("chaos"));
    chaos.args(&options.flags);
    if let Some(mutation) = &options.mutation {
        chaos.args(["--mutation", mutation, "--binaries"]);
        chaos.arg(mutated()?);
    }
    let ended = command::run_to_stdout(&mut chaos)?;
    match (&options.mutation, ended.code()) {
        (None, Some(0)) => Ok(()),
        (None, Some(FOUND_ERRORS)) => bail!("the run found errors: they are printed above"),
        (Some(mistake), Some(FOUND_ERRORS)) => {
            println!("the run found the planted error {mistake}, as it must");
            Ok(())
        }
        (Some(mistake), Some(0)) => {
            bail!("the run did NOT find the planted error {mistake}")
        }
        _ => bail!("the run did not complete ({ended})"),
    }
}

/// Builds the programs with the planted errors, in the folder of the checkers. The build for `up` never contains
/// them.
fn mutated() -> Result<PathBuf> {
    let folder = builds::own_folder("mutate")?;
    let parts = ["lobby", "functions", "relay-program", "gateway", "runtime"];
    let mut cargo = builds::cargo(&["build", "--bins", "--features", "lobby/mutate"])?;
    cargo.args(builds::selection(&parts));
    eprintln!("building the programs with planted errors");
    builds::build(cargo.arg("--target-dir").arg(&folder))?;
    Ok(folder.join("debug"))
}
