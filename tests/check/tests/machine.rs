//! A short run of the differential test: the real scripts against the reference. `cargo xtask check --steps 1000000`
//! is a longer run.

use check::machine::{Options, any_seed, run};

const STEPS: u64 = 4_000;

#[test]
fn the_scripts_behave_like_the_reference() {
    let seed = std::env::var("SEED").map(|text| text.parse().expect("SEED is a number"));
    let options = Options {
        steps: STEPS,
        seed: seed.unwrap_or_else(|_| any_seed()),
        threads: 2,
    };
    let report = run(options).unwrap_or_else(|error| panic!("{error:#}"));
    for needed in [
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
    ] {
        assert!(
            report.counts.contains_key(needed),
            "SEED={}: never: {needed}",
            options.seed
        );
    }
}
