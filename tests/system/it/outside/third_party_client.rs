//! A third-party client, written from the documents alone, plays a match against two bots.

use std::process::Command;

use devstack::{builds, install};
use support::MainPool;

#[test]
fn a_third_party_client_plays_a_match() {
    let system = MainPool::open(5, 2);
    let python = install::python(true).expect("a Python with websockets");
    let output = Command::new(python)
        .arg(builds::workspace().join("tests/external/client/client.py"))
        .arg(&system.url)
        .output()
        .expect("Python runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let scores: Vec<&str> = text.lines().filter(|line| line.contains(". ")).collect();
    assert_eq!(scores.len(), 3, "{text}");
    assert!(
        scores.iter().any(|line| line.contains("Stranger: ")),
        "{text}"
    );
}
