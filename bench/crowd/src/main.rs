//! `cargo xtask bench`: measures the given subjects, one after the other. See docs/benchmarks.md.

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

/// The rooms of each peer; one core must be able to run the slowest peer with them.
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
/// The number of sleeping rooms in a short run and in a full one.
const SLEEPING: (usize, usize) = (1_000, 100_000);

/// A subject of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// CPU time of the relay per player and second, compared with the floor and the broadcast server
    TickLoop,
    /// The same arena on Colyseus, socket.io and python-socketio, compared with the relay
    Peers,
    /// Tick lateness of 100 to 500 rooms on one core, and the memory per player
    Lateness,
    /// One worker compared with two
    Scale,
    /// The cost of a player over a WebSocket and over WebTransport
    Transports,
    /// The cost of players in larger rooms and at other rates, and of sleeping rooms
    Contract,
    /// Memory over an hour in which rooms start and end; runs only if it is named
    Soak,
}

/// Flags of this program.
#[derive(Parser, Clone, Debug)]
struct Args {
    /// Fewer and shorter runs
    #[arg(long)]
    quick: bool,
    /// Rooms of five on the tick loop
    #[arg(long, default_value_t = 100)]
    rooms: usize,
    /// Sleeping rooms of cards
    #[arg(long)]
    sleeping: Option<usize>,
    /// Runs of each server
    #[arg(long)]
    runs: Option<usize>,
    /// Measured seconds of each run
    #[arg(long)]
    seconds: Option<u64>,
    /// Duration of the soak, in minutes
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Folder of the built servers
    #[arg(long)]
    bin: PathBuf,
    /// Folder of the peers, `bench/peers`
    #[arg(long)]
    peers: PathBuf,
    /// Subjects to measure. Default: all except the soak
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
