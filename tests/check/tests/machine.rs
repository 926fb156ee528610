//! A short run of the differential test: the real scripts against the reference. `cargo xtask check --steps 1000000`
//! is a longer run.

use std::collections::BTreeSet;

use check::machine::{Options, any_seed, run};

const STEPS: u64 = 4_000;
/// The seeds of two runs differ by more than the number of episodes of a run.
const SEED_STEP: u64 = 1_000;
const RUNS_MAX: u64 = 20;

/// Outcomes without which a run has compared too little. The actions are drawn at random, and some of these outcomes
/// need several of them in a row: the test runs until it has seen each of them.
const NEEDED: [&str; 12] = [
    "Assign groups",
    "Checkpoint written",
    "Claim claimed",
    "Create seated",
    "Enter seated",
    "Finish done",
    "HandOver moved",
    "Offer offers",
    "Queue done",
    "Rematch seated",
    "Replay replay",
    "Update done",
];

#[test]
fn the_scripts_behave_like_the_reference() {
    let seed = std::env::var("SEED").map(|text| text.parse().expect("SEED is a number"));
    let first = seed.unwrap_or_else(|_| any_seed());
    let mut missing = BTreeSet::from(NEEDED);
    for number in 0..RUNS_MAX {
        let options = Options {
            steps: STEPS,
            seed: first.wrapping_add(number * SEED_STEP),
            threads: 2,
        };
        let report = run(options).unwrap_or_else(|error| panic!("{error:#}"));
        missing.retain(|needed| !report.counts.contains_key(*needed));
        if missing.is_empty() {
            return;
        }
    }
    panic!("SEED={first}: never in {RUNS_MAX} runs: {missing:?}");
}
