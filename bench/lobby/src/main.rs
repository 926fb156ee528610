//! `cargo xtask bench lobby functions`: measures the given subjects, one after the other. See docs/benchmarks.md.

mod connections;
mod fixture;
mod fleet;
mod functions;
mod join_latency;
mod lanes;
mod room_list;
mod room_push;
mod rooms;
mod runtime_api;
mod seating;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use crowd::machine;

/// The number of players. The invariants checker, one script over all of them, must answer within a caller's timeout.
const PLAYERS: u64 = 20_000;

/// A subject of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Redis CPU time of queueing and seating a player, with many players, and in a large fleet; a page of 10,000 listed rooms; messages a second by lanes of the outbox; the latency from a join, or a call of a room, to the push
    Lobby,
    /// Init and warm time of each function
    Functions,
}

/// Flags of this program.
#[derive(Parser, Clone, Debug)]
struct Args {
    /// Fewer and shorter runs
    #[arg(long)]
    quick: bool,
    /// Runs of each measurement
    #[arg(long)]
    runs: Option<usize>,
    /// Folder of the built programs
    #[arg(long)]
    bin: PathBuf,
    /// Subjects to measure. Default: both
    subjects: Vec<Subject>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    machine::print();
    machine::leave_the_last_core()?;
    let wanted = if args.subjects.is_empty() {
        Subject::value_variants()
    } else {
        &args.subjects
    };
    let runs = args.runs.unwrap_or(if args.quick { 3 } else { 5 });
    for subject in wanted {
        match subject {
            Subject::Lobby => {
                seating::run(runs, PLAYERS).await?;
                fleet::run(runs).await?;
                rooms::run(runs).await?;
                lanes::run(if args.quick { 2000 } else { 5000 }).await?;
                room_list::run(if args.quick { 200 } else { 1000 }).await?;
                join_latency::run(&args.bin, if args.quick { 50 } else { 200 }).await?;
            }
            Subject::Functions => {
                functions::run(&args.bin, runs, if args.quick { 200 } else { 500 }).await?;
            }
        }
    }
    Ok(())
}
