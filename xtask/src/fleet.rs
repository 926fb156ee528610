//! `cargo xtask fleet`: the cost of a large fleet in Redis, and a day of players on virtual time. See docs/scale.md.

use anyhow::{Result, bail};

use devstack::builds::cargo;
use devstack::command;

/// Flags of `fleet`.
#[derive(clap::Args, Clone, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// Flags of the program; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    flags: Vec<String>,
}

/// Builds the program and runs it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut fleet = cargo(&["run", "--release", "--package", "fleet", "--"])?;
    fleet.args(&options.flags);
    if !command::run_to_stdout(&mut fleet)?.success() {
        bail!("the program failed");
    }
    Ok(())
}
