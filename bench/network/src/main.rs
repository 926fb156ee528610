//! `cargo xtask netcode --real`: plays matches over this machine's TCP and QUIC, through a link that delays, loses and
//! reorders packets, and prints what players get. See docs/netcode.md.

mod condition;
mod direction;
mod link;
mod measured;
mod namespace;
mod player;
mod relay;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::{Result, anyhow, bail};
use bots::Transport;
use clap::Parser;
use crowd::figures::table;
use crowd::machine;

use condition::Condition;
use measured::HEAD;
use run::Terms;

/// Flags of the program.
#[derive(Parser, Debug)]
struct Args {
    /// Seed of the losses and delays
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the networks whose names begin with this text
    #[arg(long, default_value = "")]
    network: String,
    /// Where the relay was built
    #[arg(long)]
    bin: PathBuf,
}

fn main() -> ExitCode {
    match print(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print(args: &Args) -> Result<()> {
    machine::print();
    machine::prioritize()?;
    println!("{}, seed {}\n", run::size(), args.seed);
    let mut rows = Vec::new();
    for condition in Condition::table() {
        if condition.name.starts_with(&args.network) {
            eprintln!("{} ...", condition.name);
            rows.extend(measure(args, condition)?);
        }
    }
    if rows.is_empty() {
        bail!("no network has a name that begins with {:?}", args.network);
    }
    table(&HEAD, &rows);
    println!("\nload {}", machine::load());
    Ok(())
}

/// Measures both transports at the same time, so that other work on the machine affects both.
fn measure(args: &Args, condition: Condition) -> Result<Vec<Vec<String>>> {
    let terms = |transport| Terms {
        condition,
        transport,
        seed: args.seed,
        bin: args.bin.clone(),
    };
    let running = [Transport::WebSocket, Transport::WebTransport].map(|transport| {
        let terms = terms(transport);
        thread::spawn(move || run::run(&terms))
    });
    let finished = running.into_iter().map(|one| {
        let measured = one.join().map_err(|_| anyhow!("a panic"))??;
        Ok(measured.row())
    });
    finished.collect()
}
