//! Micro-benchmarks of single parts: `cargo bench -p micro`, or `cargo xtask bench micro`.

mod client;
mod lobby;
mod play;
mod wire;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

criterion_group! {
    name = benches;
    // Takes a minute in total.
    config = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    targets = play::all, wire::all, client::all, lobby::all
}
criterion_main!(benches);
