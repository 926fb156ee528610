//! `cargo xtask up | test | netcode`: reads the flags, prints an error as one line, and ends with its exit code.

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
    /// Make a game of your own from a template that runs at once
    NewGame(xtask::new_game::Options),
    /// Fill rooms with bots, and print one line of JSON about how the matches reached them
    Bots(xtask::bots::Options),
    /// Check the format, the lints and the pages, and run every test
    Test(xtask::test::Options),
    /// Break a running system in every way, and count what was lost
    Chaos(xtask::chaos::Options),
    /// Measure the relay beside the floor and its peers, and print a table for each subject
    Bench(xtask::bench::Options),
    /// Visit the model of the lobby, and drive its scripts beside a reference
    Check(xtask::check::Options),
    /// Say what the deployment in AWS costs, idle and with players
    Cost(xtask::cost::Options),
    /// Play simulated matches over good and bad lines, and print what players get
    Netcode,
    /// Play a finished match again from its replay, verify every state, and print the result
    Replay(xtask::replay::Options),
    /// List what is in the programs that ship: a bill of materials (`CycloneDX`)
    Sbom(xtask::sbom::Options),
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
        Task::NewGame(options) => xtask::new_game::run(&options),
        Task::Bots(options) => xtask::bots::run(&options),
        Task::Test(options) => xtask::test::run(&options),
        Task::Chaos(options) => xtask::chaos::run(&options),
        Task::Bench(options) => xtask::bench::run(&options),
        Task::Check(options) => xtask::check::run(&options),
        Task::Cost(options) => xtask::cost::run(&options),
        Task::Netcode => xtask::netcode::run(),
        Task::Replay(options) => xtask::replay::run(&options),
        Task::Sbom(options) => xtask::sbom::run(&options),
    }
}
