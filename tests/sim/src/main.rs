//! `netcode`: simulates many matches under each network condition, and prints what players see.

use std::thread;
use std::time::Instant;

use sim::{Condition, Report, play};

/// Match time of each condition, seconds.
const SECONDS: u64 = 600;

fn main() {
    let begun = Instant::now();
    let conditions = Condition::table();
    let reports: Vec<Report> = thread::scope(|scope| {
        let running: Vec<_> = conditions
            .iter()
            .map(|condition| scope.spawn(|| measure(condition)))
            .collect();
        let finished = running.into_iter().map(thread::ScopedJoinHandle::join);
        finished
            .map(|report| report.expect("a simulation"))
            .collect()
    });
    println!("{}", Report::header());
    for (condition, report) in conditions.iter().zip(&reports) {
        println!("{}", report.row(&condition.name));
    }
    let match_us: u64 = reports.iter().map(|report| report.match_us).sum();
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "\n{:.0} match-seconds of five players in {seconds:.1} s: {:.0} in a second",
        match_us as f64 / 1e6,
        match_us as f64 / 1e6 / seconds
    );
}

fn measure(condition: &Condition) -> Report {
    let mut report = Report::default();
    for seed in 1.. {
        play(condition, seed, &mut report);
        if report.match_us >= SECONDS * 1_000_000 {
            break;
        }
    }
    report
}
