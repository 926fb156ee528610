//! Fault runs that are short enough for every test run.

use std::process::Command;

use devstack::builds;

/// Runs `chaos`. A failed run prints what is wrong, with its table.
fn chaos(flags: &str) {
    let program = builds::binaries().expect("programs").join("chaos");
    let output = Command::new(program)
        .args(flags.split(' '))
        .output()
        .expect("it runs");
    let (table, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    println!("{table}");
    assert!(output.status.success(), "{errors}\n{table}");
}

#[test]
fn a_lobby_under_faults_loses_nobody_and_counts_each_match_once() {
    chaos("lobby --minutes 0.5 --players 60");
}

#[test]
fn matches_continue_when_their_relay_is_killed() {
    chaos("relay --kills 3 --rooms 4 --match-seconds 30");
}
