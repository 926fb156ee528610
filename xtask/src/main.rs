//! `cargo xtask up | test`: reads the flags, prints an error as one line, and ends with its exit code.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Runs and tests Skirmish on this machine.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything, run the whole system here, and say where to play
    Up(xtask::up::Options),
    /// Check the format, the lints and the pages, and run every test
    Test(xtask::test::Options),
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if xtask::interrupt::requested() => ExitCode::from(130),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<()> {
    xtask::interrupt::install()?;
    match args.task {
        Task::Up(options) => xtask::up::run(&options),
        Task::Test(options) => xtask::test::run(&options),
    }
}
