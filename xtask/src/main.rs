//! `cargo xtask up | test | netcode`: reads the flags, prints an error as one line, and ends with its exit code.

mod bench;
mod bots;
mod chaos;
mod check;
mod client;
mod cost;
mod follow;
mod games;
mod netcode;
mod new_game;
mod replay;
mod sbom;
mod test;
mod up;
mod watch;

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
    Up(up::Options),
    /// Make a game of your own from a template that runs at once
    NewGame(new_game::Options),
    /// Fill rooms with bots, and print one line of JSON about how the matches reached them
    Bots(bots::Options),
    /// Check the format, the lints and the pages, and run every test
    Test(test::Options),
    /// Break a running system in every way, and count what was lost
    Chaos(chaos::Options),
    /// Measure the relay beside the floor and its peers, and print a table for each subject
    Bench(bench::Options),
    /// Visit the model of the lobby, and drive its scripts beside a reference
    Check(check::Options),
    /// Say what the deployment in AWS costs, idle and with players
    Cost(cost::Options),
    /// Play simulated matches over good and bad lines, and print what players get
    Netcode,
    /// Play a finished match again from its replay, verify every state, and print the result
    Replay(replay::Options),
    /// List what is in the programs that ship: a bill of materials (`CycloneDX`)
    Sbom(sbom::Options),
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if devstack::interrupt::requested() => ExitCode::from(130),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<()> {
    devstack::interrupt::install()?;
    match args.task {
        Task::Up(options) => up::run(&options),
        Task::NewGame(options) => new_game::run(&options),
        Task::Bots(options) => bots::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Chaos(options) => chaos::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Check(options) => check::run(&options),
        Task::Cost(options) => cost::run(&options),
        Task::Netcode => netcode::run(),
        Task::Replay(options) => replay::run(&options),
        Task::Sbom(options) => sbom::run(&options),
    }
}
