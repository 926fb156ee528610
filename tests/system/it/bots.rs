//! Bots play complete matches of each game through the front door, over good and bad networks.

use std::process::Command;

use devstack::builds;
use serde_json::Value;
use support::system::{Options, System};

/// The summary that the bots print; asserts that none of them had an error.
fn bots(system: &System, flags: &[&str]) -> Value {
    let output = Command::new(builds::binaries().expect("programs").join("bots"))
        .args(["--url", &system.url])
        .args(flags)
        .output()
        .expect("the bots run");
    let errors = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{errors}{printed}");
    let summary: Value = serde_json::from_str(&printed).expect("a line of JSON");
    assert_eq!(summary["errors"], Value::Array(Vec::new()), "{summary}");
    println!("{summary}");
    summary
}

fn playing(game: &str) -> System {
    System::start(Options {
        settings: r#"{"match_seconds":5}"#.to_owned(),
        environment: vec![("GAME".to_owned(), game.to_owned())],
        ..Options::default()
    })
}

#[test]
fn three_bots_play_a_match() {
    let summary = bots(&playing("arena"), &["--matches", "1", "--players", "3"]);
    assert_eq!(summary["over"], 3, "{summary}");
}

#[test]
fn bots_play_a_game_with_as_many_players_as_its_pool_allows() {
    let pool = r#"{"main":{"game":"cards","seats_min":2,"seats_max":4,"countdown_ms":300}}"#;
    let system = System::start(Options {
        pools: pool.to_owned(),
        settings: r#"{"match_seconds":5}"#.to_owned(),
        ..Options::default()
    });
    let summary = bots(&system, &["--matches", "1", "--players", "2"]);
    assert_eq!(summary["over"], 2, "{summary}");
    let output = Command::new(builds::binaries().expect("programs").join("bots"))
        .args(["--url", &system.url, "--matches", "1", "--players", "5"])
        .output()
        .expect("the bots run");
    let errors = String::from_utf8_lossy(&output.stderr);
    let expected = "--players 5: a match of cards in the pool main has 2 to 4 players";
    assert!(errors.contains(expected), "{errors}");
}

#[test]
fn three_bots_play_tag_over_webtransport_and_five_play_over_a_bad_network() {
    let system = playing("tag");
    let over = ["--transport", "webtransport"];
    let three = ["--matches", "1", "--players", "3"];
    let summary = bots(&system, &[&three[..], &over[..]].concat());
    assert_eq!(summary["over"], 3, "{summary}");
    let line = ["--latency-ms", "100", "--jitter-ms", "20", "--loss", "1"];
    let rooms = ["--rooms", "1", "--seconds", "4"];
    let summary = bots(&system, &[&rooms[..], &line[..]].concat());
    let round_trip_ms = summary["input_to_effect_p50_ms"].as_f64();
    assert!(round_trip_ms.is_some_and(|ms| ms >= 100.0), "{summary}");
}
