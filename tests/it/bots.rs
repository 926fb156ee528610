//! The bots play whole matches through the front door.

use std::process::Command;

use serde_json::Value;
use support::system::{Options, System};
use xtask::builds;

#[test]
fn three_bots_play_a_match() {
    let system = System::start(Options {
        settings: r#"{"match_seconds":5}"#.to_owned(),
        ..Options::default()
    });
    let output = Command::new(builds::binaries().expect("programs").join("bots"))
        .args(["--url", &system.url, "--matches", "1", "--players", "3"])
        .output()
        .expect("the bots run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("a line of JSON");
    assert_eq!(
        summary["errors"].as_array().map(Vec::len),
        Some(0),
        "{summary}"
    );
    println!("{summary}");
}
