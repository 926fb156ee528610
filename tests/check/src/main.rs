//! `check model [--large]`: visits the worlds of the model. What `cargo xtask check` runs.

use std::process::ExitCode;

use check::model::Mutation;
use check::model::explore::{explore, worlds};

fn main() -> ExitCode {
    let is_large = std::env::args().any(|arg| arg == "--large");
    let mut is_well = true;
    for (name, bounds) in worlds(is_large) {
        let explored = explore(bounds, Mutation::None);
        println!(
            "{name}: {} states, runs of up to {} steps, {:.1} s",
            explored.states,
            explored.depth,
            explored.elapsed.as_secs_f32()
        );
        for (rule, steps) in explored.broken {
            is_well = false;
            println!("BROKEN {rule}: {steps}");
        }
    }
    ExitCode::from(u8::from(!is_well))
}
