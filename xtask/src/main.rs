//! `cargo xtask`: parses the flags, runs a task, and prints an error as one line.

mod bench;
mod bots;
mod chaos;
mod check;
mod check_game;
mod client;
mod fleet;
mod follow;
mod games;
mod netcode;
mod new_game;
mod pools;
mod replay;
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
    /// Build everything, run the whole system on this machine, and print the page's address
    Up(up::Options),
    /// Create a new game from a template that you can play at once
    NewGame(new_game::Options),
    /// Check that a game is deterministic, saves its whole state, stays within the limits, and computes the same in the browser
    CheckGame(check_game::Options),
    /// Fill rooms with bots, and print what they measured as one line of JSON
    Bots(bots::Options),
    /// Check the format, the lints and the pages, and run every test
    Test(test::Options),
    /// Inject faults into a running system, and count the losses
    Chaos(chaos::Options),
    /// Measure the relay, the lobby, the functions and the page, and print a table for each of them
    Bench(bench::Options),
    /// Measure what a large fleet costs Redis and say what its players need, or run a day on virtual time
    Fleet(fleet::Options),
    /// Check the lobby: explore its model exhaustively, and test its scripts against a reference
    Check(check::Options),
    /// Simulate matches of any game over good and bad networks, and print what players see
    Netcode(netcode::Options),
    /// Run a finished match again from its replay, verify every state, and print the result
    Replay(replay::Options),
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
        Task::CheckGame(options) => check_game::run(&options),
        Task::Bots(options) => bots::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Chaos(options) => chaos::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Fleet(options) => fleet::run(&options),
        Task::Check(options) => check::run(&options),
        Task::Netcode(options) => netcode::run(&options),
        Task::Replay(options) => replay::run(&options),
    }
}
