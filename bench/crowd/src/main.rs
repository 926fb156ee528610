//! `cargo xtask bench`: measures the subjects it is given, one after the other. See
//! docs/benchmarks.md.

mod contract;
mod peers;
mod player;
mod players;
mod scale;
mod seats;
mod server;
mod sleeping;
mod soak;
mod tick_loop;
mod transports;
mod wire;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use crowd::machine;

/// One core has to carry the slowest of them.
const PEER_ROOMS: usize = 40;
const LATENESS_ROOMS: &[usize] = &[100, 300, 500];
const SCALE_ROOMS: usize = 150;
const ALL: &[Subject] = &[
    Subject::TickLoop,
    Subject::Peers,
    Subject::Lateness,
    Subject::Scale,
    Subject::Transports,
    Subject::Contract,
];
/// Rooms that sleep: in a short run, and otherwise.
const SLEEPING: (usize, usize) = (1_000, 10_000);

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// CPU of the relay for a player and second, beside the floor and the bare broadcast
    TickLoop,
    /// The same arena on Colyseus, socket.io and python-socketio, beside the relay
    Peers,
    /// How late the ticks of 100 to 500 rooms are on one core, and what a player takes in memory
    Lateness,
    /// One worker, and two
    Scale,
    /// What a player costs over a WebSocket and over WebTransport
    Transports,
    /// Players of larger rooms and of other rates, and rooms that sleep
    Contract,
    /// Memory over an hour of rooms that come and go; only by name
    Soak,
}

/// Flags of the measuring itself.
#[derive(Parser, Clone, Debug)]
struct Args {
    /// Fewer and shorter runs
    #[arg(long)]
    quick: bool,
    /// Rooms of five on the tick loop
    #[arg(long, default_value_t = 100)]
    rooms: usize,
    /// Rooms of cards that sleep
    #[arg(long)]
    sleeping: Option<usize>,
    /// Runs of each server
    #[arg(long)]
    runs: Option<usize>,
    /// Seconds that are measured in a run
    #[arg(long)]
    seconds: Option<u64>,
    /// Of the soak
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Where the servers were built
    #[arg(long)]
    bin: PathBuf,
    /// `bench/peers`
    #[arg(long)]
    peers: PathBuf,
    /// All but the soak without any
    subjects: Vec<Subject>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    machine::print();
    machine::leave_the_last_core()?;
    let wanted = if args.subjects.is_empty() {
        ALL
    } else {
        &args.subjects
    };
    let terms = tick_loop::Terms {
        bin: args.bin.clone(),
        rooms: args.rooms,
        runs: args.runs.unwrap_or(if args.quick { 1 } else { 3 }),
        seconds: args.seconds.unwrap_or(if args.quick { 3 } else { 10 }),
    };
    for subject in wanted {
        match subject {
            Subject::TickLoop => tick_loop::run(&terms).await?,
            Subject::Peers => {
                let terms = tick_loop::Terms {
                    rooms: terms.rooms.min(PEER_ROOMS),
                    ..terms.clone()
                };
                peers::run(&terms, &args.peers).await?;
            }
            Subject::Lateness => scale::lateness(&terms, LATENESS_ROOMS).await?,
            Subject::Scale => scale::workers(&terms, SCALE_ROOMS).await?,
            Subject::Transports => transports::run(&terms).await?,
            Subject::Contract => {
                let rooms = if args.quick { SLEEPING.0 } else { SLEEPING.1 };
                contract::run(&terms, args.sleeping.unwrap_or(rooms)).await?;
            }
            Subject::Soak => soak::run(&terms, args.minutes).await?,
        }
    }
    Ok(())
}
