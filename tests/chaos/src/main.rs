//! `chaos relay`, `chaos lobby` and `chaos storm`: a complete system under faults, played by bots. Prints what was
//! lost, and fails if anything was. `cargo xtask chaos` builds and runs it.

mod arrival;
mod crowd;
mod detour;
mod dice;
mod faults;
mod final_counts;
mod history;
mod invocations;
mod kills;
mod ledger;
mod lobby_run;
mod proxy;
mod reconcile;
mod relay_run;
mod restless;
mod seat;
mod storm;
mod system;
mod table;
mod track;
mod witness;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Injects faults into a running system, and counts what was lost.
#[derive(Parser)]
#[command(name = "chaos", version)]
struct Args {
    #[command(subcommand)]
    what: What,
    /// Which log lines to print, to standard error.
    #[arg(long, env = "LOG", default_value = "warn", global = true)]
    log: String,
}

#[derive(Subcommand)]
enum What {
    /// Kill the game server during matches, repeatedly
    Relay(relay_run::Options),
    /// Inject faults into every part that the lobby uses, while hundreds of players come and go
    Lobby(lobby_run::Options),
    /// Cut all connections of thousands of players at once, and wait until they are back
    Storm(storm::Options),
}

/// Exit code of a run that completed and found errors.
const FOUND_ERRORS: u8 = 3;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FOUND_ERRORS),
        Err(_) if devstack::interrupt::requested() => ExitCode::from(130),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<bool> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&args.log)?)
        .with_writer(std::io::stderr)
        .init();
    devstack::interrupt::install()?;
    match &args.what {
        What::Relay(options) => relay_run::run(options),
        What::Lobby(options) => lobby_run::run(options),
        What::Storm(options) => storm::run(options),
    }
}
