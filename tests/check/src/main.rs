//! `check model | machine`: the program that `cargo xtask check` runs.

use std::process::ExitCode;

use anyhow::Result;
use check::machine;
use clap::{Parser, Subcommand};
use model::Mutation;
use model::explore::{
    Explored, claims, codes, explore, explore_small, groups, late, outbox, worlds,
};

/// Checks the lobby.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Explore the model exhaustively
    Model {
        /// Explore larger configurations: takes minutes, and some GB of memory
        #[arg(long)]
        large: bool,
    },
    /// Compare the real scripts with the reference
    Machine {
        /// Number of steps
        #[arg(long, default_value_t = 100_000)]
        steps: u64,
        /// Seed of the first episode
        #[arg(long, env = "SEED")]
        seed: Option<u64>,
        /// Threads, each with its own Redis; 0: one thread per core
        #[arg(long, default_value_t = 0)]
        threads: usize,
    },
}

fn main() -> ExitCode {
    let done = match Args::parse().what {
        What::Model { large } => Ok(model(large)),
        What::Machine {
            steps,
            seed,
            threads,
        } => drive(steps, seed, threads),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn model(is_large: bool) -> bool {
    let mut is_well = true;
    for (name, bounds) in worlds(is_large) {
        is_well &= show(name, &explore(bounds, Mutation::None));
    }
    let outbox = explore_small(outbox(is_large), false);
    is_well &= show(
        "outbox: two deliveries, who die, stall, fail to push",
        &outbox,
    );
    let codes = explore_small(codes(is_large), false);
    is_well &= show(
        "codes: rooms that get the same code, and calls that stop anywhere",
        &codes,
    );
    let late = explore_small(late(is_large), false);
    is_well &= show(
        "late seats: offers and returns of two relays that own a match in turn",
        &late,
    );
    for world in groups(is_large) {
        let name = format!(
            "groups: two players together, one alone, rooms of {}",
            world.seats_max
        );
        is_well &= show(&name, &explore_small(world, false));
    }
    let claims = explore_small(claims(is_large), false);
    show(
        "claims: joins in two pools at once, that stop anywhere",
        &claims,
    ) && is_well
}

fn show(name: &str, explored: &Explored) -> bool {
    println!(
        "{name}: {} states, runs of up to {} steps, {:.1} s",
        explored.states,
        explored.depth,
        explored.elapsed.as_secs_f32()
    );
    for (rule, steps) in &explored.broken {
        println!("BROKEN {rule}: {steps}");
    }
    explored.broken.is_empty()
}

fn drive(steps: u64, seed: Option<u64>, threads: usize) -> Result<bool> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let options = machine::Options {
        steps,
        seed: seed.unwrap_or_else(machine::any_seed),
        threads: if threads == 0 { cores } else { threads },
    };
    println!("from SEED={} on {} threads", options.seed, options.threads);
    let report = machine::run(options)?;
    for (outcome, count) in &report.counts {
        println!("{count:>9} {outcome}");
    }
    let seconds = report.elapsed.as_secs_f64();
    let rate = report.steps as f64 / seconds;
    println!(
        "{} steps in {seconds:.0} s, {rate:.0} a second: nothing wrong",
        report.steps
    );
    Ok(true)
}
