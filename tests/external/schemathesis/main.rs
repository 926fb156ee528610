//! schemathesis against a running system: every response to its generated requests is documented,
//! and none is a 5xx.

use std::process::{Command, ExitCode};

use devstack::{builds, install};
use serde_json::json;
use support::system::Options;
use support::{Player, System};

const PLAYER: &str = "0b0e2c1e-6d0f-4c55-9a53-1f3c0a2d7e55";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";

fn main() -> ExitCode {
    let program = install::schemathesis(true).expect("schemathesis");
    let system = System::start(Options::default());
    let player = Player::with_claims(&system.url, PLAYER, &json!({ "name": "Ada" }));
    let token = format!("Authorization: Bearer {}", player.token);
    let passed = Command::new(program)
        .arg("run")
        .arg(builds::workspace().join("docs/openapi.yaml"))
        .args(["--url", &system.url])
        .args(["--header", &token, "--checks", CHECKS])
        // The end-to-end tests cover sequences of calls.
        .args(["--phases", "examples,coverage,fuzzing"])
        // Python 3.11 fails at random when two threads parse source code (cpython issue 106905).
        .args(["--max-examples", "60", "--workers", "1"])
        .args(["--generation-deterministic", "--no-color"])
        // It keeps notes where it runs.
        .current_dir(system.stack().run_dir())
        .status()
        .expect("schemathesis runs")
        .success();
    // Ending it asserts that nothing panicked.
    drop(system);
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
