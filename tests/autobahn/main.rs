//! The Autobahn suite against the gateway's WebSocket layer: its functions are stand-ins that push back what they were sent.
//!
//! The suite is a program of Python 2.7 (`pip install --target <folder> autobahntestsuite`). `AUTOBAHN_PYTHON` names the
//! interpreter, `AUTOBAHN_PATH` the folder; without them there is nothing to run, which is said.

mod echo;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use support::system::own_folder;
use support::wait::eventually;
use xtask::builds;
use xtask::stack::process::{self, Process};
use xtask::stack::{http, ports};

/// Everything but: limits that API Gateway has and the suite knows nothing of (a frame holds at most 32 KiB, a message 128;
/// 1.1.6–8, 9), bytes that are text, which API Gateway pushes as text (1.2.1, 1.2.6–8 are too long besides), compression,
/// which nobody offers (12, 13).
const CASES: [&str; 8] = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"];
const WITHOUT: [&str; 7] = [
    "1.1.6", "1.1.7", "1.1.8", "1.2.1", "1.2.6", "1.2.7", "1.2.8",
];

fn main() -> Result<ExitCode> {
    let (Ok(python), Ok(suite)) = (
        std::env::var("AUTOBAHN_PYTHON"),
        std::env::var("AUTOBAHN_PATH"),
    ) else {
        eprintln!("skipped: AUTOBAHN_PYTHON and AUTOBAHN_PATH say where the suite is");
        return Ok(ExitCode::SUCCESS);
    };
    let folder = own_folder("autobahn");
    std::fs::create_dir_all(&folder)?;
    let port = ports::free()?;
    let invoke = echo::start(port)?;
    let mut gateway = Process::start(
        "gateway",
        &builds::binaries()?.join("gateway"),
        &folder,
        |command| {
            command
                .env("LISTEN", format!("127.0.0.1:{port}"))
                .env("INVOKE_URL", format!("http://127.0.0.1:{invoke}"));
        },
    )?;
    eventually("the gateway is there", || {
        let status = http::status(port, "GET", "/healthz", "", Duration::from_millis(500));
        (status == Some(200)).then_some(())
    });
    let results = run(&python, &suite, &folder, port);
    process::end(std::slice::from_mut(&mut gateway), Duration::from_secs(3));
    let failed = judge(&results?)?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn run(python: &str, suite: &str, folder: &Path, port: u16) -> Result<Value> {
    let spec = json!({
        "outdir": folder.join("reports"),
        "servers": [{ "agent": "gateway", "url": format!("ws://127.0.0.1:{port}") }],
        "cases": CASES,
        "exclude-cases": WITHOUT,
        "exclude-agent-cases": {},
    });
    let file = folder.join("spec.json");
    std::fs::write(&file, spec.to_string())?;
    let status = Command::new(python)
        .args(["-c", "from autobahntestsuite import wstest; wstest.run()"])
        .args(["--mode", "fuzzingclient", "--spec"])
        .arg(&file)
        .env("PYTHONPATH", suite)
        .current_dir(folder)
        .status()
        .context("the suite does not start")?;
    if !status.success() {
        bail!("the suite ended with {status}");
    }
    let index = std::fs::read(folder.join("reports/index.json")).context("no report")?;
    Ok(serde_json::from_slice(&index)?)
}

/// Whether any case failed; says how many of each kind of result there are, and which are not simply good.
fn judge(index: &Value) -> Result<bool> {
    let cases = index["gateway"].as_object().context("no results")?;
    let mut counts = BTreeMap::<&str, u32>::new();
    let mut failed = false;
    for (case, result) in cases {
        for part in ["behavior", "behaviorClose"] {
            let word = result[part].as_str().unwrap_or("?");
            if part == "behavior" {
                *counts.entry(word).or_default() += 1;
            }
            if word != "OK" {
                println!("{case} {part}: {word}");
            }
            failed |= !["OK", "NON-STRICT", "INFORMATIONAL"].contains(&word);
        }
    }
    println!("gateway: {} cases: {counts:?}", cases.len());
    if cases.len() < 200 {
        bail!("only {} cases ran", cases.len());
    }
    Ok(failed)
}
