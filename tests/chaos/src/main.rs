//! `chaos relay` and `chaos lobby`: a whole system under faults, played by bots; prints what was lost, and fails if it was
//! more than nothing. `cargo xtask chaos` builds and runs it.

mod books;
mod detour;
mod dice;
mod faults;
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
mod system;
mod table;
mod track;
mod witness;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Breaks a running system on purpose, and counts what was lost.
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
    /// Kill the game server under running matches, again and again
    Relay(relay_run::Options),
    /// Break everything a lobby needs while hundreds of players come and go
    Lobby(lobby_run::Options),
}

/// The run was made, and its table is not as it must be.
const FOUND_SOMETHING: u8 = 3;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FOUND_SOMETHING),
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
    }
}
