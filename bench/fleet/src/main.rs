//! `cargo xtask fleet`: measures the cost of each step of the lobby in Redis while a large fleet is registered, and
//! calculates what a number of players needs; or simulates a day of players on virtual time. See docs/scale.md.

mod autoscaler;
mod cluster;
mod day;
mod needs;
mod parts;
mod players;
mod prices;
mod table;

use anyhow::{Result, ensure};
use clap::Parser;

/// Flags of `cargo xtask fleet`.
#[derive(Parser, Clone, Debug)]
struct Args {
    /// Registered relays
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    relays: u32,
    /// Pools
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pools: u32,
    /// Players at the same time
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1000..))]
    players: u32,
    /// Players whose joins and matches are measured
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=200_000))]
    sample: u32,
    /// Nodes of the Redis Cluster
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=16))]
    nodes: u16,
    /// The mean duration of a match, in seconds
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(10..=3600))]
    match_s: u32,
    /// Measure nothing: a day and a launch on virtual time, with the autoscalers' rules
    #[arg(long)]
    day: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if args.day {
        table::day(f64::from(args.players), args.match_s);
        return Ok(());
    }
    ensure!(
        args.sample >= args.pools * 5,
        "--sample: at least five players a pool"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let parts = runtime.block_on(parts::measure(&args))?;
    table::parts(&parts);
    table::needs(&args, &parts)
}
