//! `cargo xtask check`: checks the model of the lobby, and tests its scripts against a reference.
//! See docs/checking.md.

use anyhow::{Result, bail};

use devstack::builds::cargo;
use devstack::command;

/// Flags of `check`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Number of random steps that run on the scripts and the reference
    #[arg(long, default_value_t = 100_000)]
    steps: u64,
    /// The first seed; a failure prints its seed. Default: random
    #[arg(long, env = "SEED")]
    seed: Option<u64>,
    /// Explore larger models, which takes minutes and some GB of memory
    #[arg(long)]
    model_large: bool,
}

/// Explores the model, then tests the scripts. Both print their results.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut model = vec!["model"];
    if options.model_large {
        model.push("--large");
    }
    check(&model)?;
    let steps = options.steps.to_string();
    let seed = options.seed.map(|seed| seed.to_string());
    let mut machine = vec!["machine", "--steps", &steps];
    if let Some(seed) = &seed {
        machine.extend(["--seed", seed]);
    }
    check(&machine)
}

fn check(arguments: &[&str]) -> Result<()> {
    let run = ["run", "--release", "--package", "check", "--"];
    let mut check = cargo(&[&run, arguments].concat())?;
    if !command::run_to_stdout(&mut check)?.success() {
        bail!("{} found errors", arguments[0]);
    }
    Ok(())
}
