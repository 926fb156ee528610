//! `cargo xtask bench`: builds the servers as they are shipped, and measures them. See docs/benchmarks.md.

use anyhow::{Result, bail};

use crate::builds::{cargo, workspace};
use crate::command;

/// Flags of `bench`.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Fewer and shorter runs, 5 minutes together
    #[arg(long)]
    quick: bool,
    /// What to measure: tick-loop, peers, lateness, scale; all of it without any
    subjects: Vec<String>,
}

/// Builds, measures, and prints a table for each subject.
pub fn run(options: &Options) -> Result<()> {
    let mut build = vec!["build", "--profile", "server"];
    for package in ["relay", "floor", "broadcast", "bench"] {
        build.extend(["--package", package]);
    }
    if !command::run_to_stdout(&mut cargo(&build)?)?.success() {
        bail!("the build failed");
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), Into::into);
    let bin = target.join("server");
    let mut bench = std::process::Command::new(bin.join("bench"));
    bench
        .arg("--bin")
        .arg(&bin)
        .arg("--peers")
        .arg(workspace().join("bench/peers"));
    if options.quick {
        bench.arg("--quick");
    }
    bench.args(&options.subjects);
    if !command::run_to_stdout(&mut bench)?.success() {
        bail!("not everything could be measured");
    }
    Ok(())
}
