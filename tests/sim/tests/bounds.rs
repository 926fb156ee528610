//! Limits of the measurements under every network condition. On virtual time, the same seeds give the same
//! numbers.

use sim::{Condition, Report, Transport, play};

/// Match time of each condition, microseconds.
const MATCH_US: u64 = 240_000_000;

/// A limit: its description and its test.
type Bound = (&'static str, fn(&Report) -> bool);

/// Plays matches with the seeds 1, 2, … for the match time.
fn measure(condition: &Condition) -> (u64, Report) {
    let mut report = Report::default();
    let mut seed = 0;
    while report.match_us < MATCH_US {
        seed += 1;
        play(condition, seed, &mut report);
    }
    (seed, report)
}

/// Plays under the condition and asserts its limits, and those of every condition.
fn check(condition: &Condition, bounds: &[Bound]) {
    let (seeds, report) = measure(condition);
    let always: [Bound; 2] = [
        ("no correction where inputs were in time", |report| {
            report.corrections_unexplained == 0
        }),
        ("at least 40 evaluated shots", |report| report.judged >= 40),
    ];
    for (bound, holds) in always.iter().chain(bounds) {
        assert!(
            holds(&report),
            "{}, {:?}, seeds 1 to {seeds}: {bound}\n{}\n{}",
            condition.name,
            condition.transport,
            Report::header(),
            report.row(&condition.name)
        );
    }
}

/// Checks that a link without loss and jitter has no effect except latency.
fn check_clean(round_trip_ms: u64) {
    check(
        &Condition::lossy(round_trip_ms, 0),
        &[
            ("at most 0.1 % starved", |report| {
                report.starved_percent() <= 0.1
            }),
            ("no correction at all", |report| report.corrections == 0),
            (
                "99 % of the room's decisions agree with the shooter's screen",
                |report| report.agreed_percent() >= 99.0,
            ),
        ],
    );
}

#[test]
fn clean_50_ms() {
    check_clean(50);
}

#[test]
fn clean_100_ms() {
    check_clean(100);
}

#[test]
fn clean_150_ms() {
    check_clean(150);
}

#[test]
fn one_percent_lost_50_ms() {
    check(
        &Condition::lossy(50, 1),
        &[("at most 5 % starved", |report| {
            report.starved_percent() <= 5.0
        })],
    );
}

#[test]
fn one_percent_lost_100_ms() {
    check(
        &Condition::lossy(100, 1),
        &[("at most 10 % starved", |report| {
            report.starved_percent() <= 10.0
        })],
    );
}

#[test]
fn one_percent_lost_150_ms() {
    check(
        &Condition::lossy(150, 1),
        &[("at most 18 % starved", |report| {
            report.starved_percent() <= 18.0
        })],
    );
}

#[test]
fn three_percent_lost() {
    for round_trip_ms in [50, 100, 150] {
        check(&Condition::lossy(round_trip_ms, 3), &[]);
    }
}

#[test]
fn bursts_of_loss() {
    check(&Condition::bursty(), &[]);
}

#[test]
fn jitter() {
    check(
        &Condition::jittery(),
        &[
            ("at most 2 % starved", |report| {
                report.starved_percent() <= 2.0
            }),
            (
                "99 % of the room's decisions agree with the shooter's screen",
                |report| report.agreed_percent() >= 99.0,
            ),
        ],
    );
}

#[test]
fn narrow_60_kbit() {
    check(
        &Condition::narrow(60),
        &[
            ("an age of at most 120 ms", |report| {
                report.age_ms(0.99) <= 120
            }),
            ("at most 0.1 % starved", |report| {
                report.starved_percent() <= 0.1
            }),
        ],
    );
}

#[test]
fn narrow_24_kbit() {
    check(
        &Condition::narrow(24),
        &[
            ("an age of at most 500 ms", |report| {
                report.age_ms(0.99) <= 500
            }),
            ("at most 2 % starved", |report| {
                report.starved_percent() <= 2.0
            }),
        ],
    );
}

#[test]
fn blackout() {
    check(
        &Condition::blackout(),
        &[("an age of at most 80 ms most of the time", |report| {
            report.age_ms(0.9) <= 80
        })],
    );
}

/// Checks datagrams: a loss does not delay other datagrams.
fn check_datagrams(condition: Condition, bounds: &[Bound]) {
    check(&condition.over(Transport::WebTransport), bounds);
}

#[test]
fn datagrams_one_percent_lost_150_ms() {
    check_datagrams(
        Condition::lossy(150, 1),
        &[
            ("at most 0.3 % starved", |report| {
                report.starved_percent() <= 0.3
            }),
            ("an age of at most 110 ms", |report| {
                report.age_ms(0.99) <= 110
            }),
            ("at most 3 corrections a minute", |report| {
                report.corrections <= 3 * report.player_us / 60_000_000
            }),
        ],
    );
}

#[test]
fn datagrams_three_percent_lost_100_ms() {
    check_datagrams(
        Condition::lossy(100, 3),
        &[("at most 1 % starved", |report| {
            report.starved_percent() <= 1.0
        })],
    );
}

#[test]
fn reordered_datagrams() {
    check_datagrams(
        Condition::jittery(),
        &[
            ("at most 0.1 % starved", |report| {
                report.starved_percent() <= 0.1
            }),
            ("no correction at all", |report| report.corrections == 0),
        ],
    );
}

#[test]
fn the_same_seed_measures_the_same() {
    let condition = Condition::lossy(100, 3);
    let row = || {
        let mut report = Report::default();
        play(&condition, 7, &mut report);
        report.row(&condition.name)
    };
    assert_eq!(row(), row());
}
