//! The differential test finds each mutation of the scripts. A process has one set of scripts, so
//! each mutation runs in a separate process.

use std::process::Command;

/// Runs the differential test. Returns its output, and whether it succeeded.
fn machine(mutation: Option<&str>) -> (String, bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_check"));
    command.args([
        "machine",
        "--steps",
        "12000",
        "--seed",
        "1",
        "--threads",
        "2",
    ]);
    command.env_remove("MUTATION");
    command.envs(mutation.map(|name| ("MUTATION", name)));
    let output = command.output().expect("the machine runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (text, output.status.success())
}

fn check_found(mutation: &str) {
    let (text, is_content) = machine(Some(mutation));
    assert!(!is_content, "{mutation} was not found:\n{text}");
    assert!(
        text.contains("SEED=") && text.contains("the last of them"),
        "{text}"
    );
    println!("{mutation}: {text}");
}

#[test]
fn nothing_is_found_in_correct_scripts() {
    let (text, is_content) = machine(None);
    assert!(is_content, "{text}");
}

#[test]
fn seating_in_two_steps_is_found() {
    check_found("two-step-seating");
}

#[test]
fn a_second_decision_is_found() {
    check_found("second-decision");
}

#[test]
fn a_missing_epoch_check_is_found() {
    check_found("no-epoch-check");
}

#[test]
fn a_code_that_is_released_without_its_nonce_is_found() {
    check_found("code-without-nonce");
}

#[test]
fn a_late_seat_that_is_taken_without_the_epoch_is_found() {
    check_found("late-without-epoch");
}

#[test]
fn a_group_that_is_split_is_found() {
    check_found("group-split");
}
