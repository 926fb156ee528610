//! Fault runs that are short enough for every test run.

use std::process::Command;

use devstack::builds;

/// It says itself, with its table, what is wrong.
fn chaos(flags: &str) {
    let program = builds::binaries().expect("programs").join("chaos");
    let output = Command::new(program)
        .args(flags.split(' '))
        .output()
        .expect("it runs");
    let (table, said) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    println!("{table}");
    assert!(output.status.success(), "{said}\n{table}");
}

#[test]
fn a_lobby_under_faults_loses_nobody_and_counts_each_match_once() {
    chaos("lobby --minutes 0.5 --players 60");
}

#[test]
fn matches_outlive_the_game_server_they_are_on() {
    chaos("relay --kills 3 --rooms 4 --match-seconds 30");
}

#[test]
fn a_rolling_restart_of_both_game_servers_loses_no_tick() {
    // The second one has every room of the first.
    chaos("relay --drain --kills 2 --rooms 4 --match-seconds 30");
}
