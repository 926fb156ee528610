//! The page in a headless Chromium: a node script (`tests/browser`) does what a person does, and looks at what is shown.

use std::process::Command;

use support::system::{Options, System};
use xtask::{builds, command};

#[test]
fn one_person_and_two_bots_play_a_match_with_keys_and_pointer() {
    let mut system = system(r#"{"match_seconds":12}"#);
    system.add_bots(2);
    story("match", &system);
}

#[test]
fn three_people_play_a_match() {
    story("three", &system(r#"{"match_seconds":8}"#));
}

#[test]
fn who_closes_the_tab_comes_back() {
    let mut system = system(r#"{"match_seconds":120}"#);
    system.add_bots(2);
    story("rejoin", &system);
}

#[test]
fn a_phone_is_enough() {
    let mut system = system(r#"{"match_seconds":12}"#);
    system.add_bots(2);
    story("phone", &system);
}

#[test]
fn on_a_slow_line_the_own_player_moves_in_the_next_frame() {
    let mut system = system(r#"{"match_seconds":120}"#);
    system.add_bots(2);
    story("latency", &system);
}

#[test]
fn feedback_arrives() {
    let system = system("{}");
    story("feedback", &system);
    let length = Command::new("redis-cli")
        .args(["-u", &system.stack().redis_url, "XLEN", "feedback"])
        .output()
        .expect("redis-cli runs");
    assert_eq!(String::from_utf8_lossy(&length.stdout).trim(), "1");
}

fn system(settings: &str) -> System {
    System::start(Options {
        pools: r#"{"main":{"countdown_ms":1000}}"#.to_owned(),
        settings: settings.to_owned(),
        ..Options::default()
    })
}

fn story(name: &str, system: &System) {
    let chromium = command::find("chromium").expect("chromium");
    let output = Command::new("node")
        .args(["stories.mjs", name, &system.url])
        .current_dir(builds::workspace().join("tests/browser"))
        .env("CHROMIUM", chromium)
        .output()
        .expect("node runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name}: {said}{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
