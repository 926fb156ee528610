//! The Autobahn suite itself: a Python 2.7 program that plays the client of every case against one
//! server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use devstack::install;
use serde_json::{Value, json};

/// Fewer cases than this: the suite did not run as a whole.
const CASES_MIN: usize = 200;

/// Some packages share a name, which only a folder of the site's may.
const START: &str = "import os, site; site.addsitedir(os.environ['PACKAGES']); from autobahntestsuite import wstest; wstest.run()";

/// What is tried, and of what.
pub(crate) struct Server<'a> {
    pub(crate) name: &'a str,
    pub(crate) url: String,
    pub(crate) cases: &'a [&'a str],
    pub(crate) without: &'a [&'a str],
}

/// The suite, installed.
pub(crate) struct Suite {
    python: PathBuf,
    packages: PathBuf,
}

impl Suite {
    /// Errors say what to install.
    pub(crate) fn find() -> Result<Self> {
        let (python, packages) = install::autobahn(true)?;
        Ok(Self { python, packages })
    }

    /// Runs the cases, says how many of each kind of result there are and which are not simply good; whether none failed.
    pub(crate) fn run(&self, server: &Server, folder: &Path) -> Result<bool> {
        let spec = json!({
            "outdir": folder.join("reports"),
            "servers": [{ "agent": server.name, "url": server.url }],
            "cases": server.cases,
            "exclude-cases": server.without,
            "exclude-agent-cases": {},
        });
        let file = folder.join("spec.json");
        std::fs::write(&file, spec.to_string())?;
        let status = Command::new(&self.python)
            .args(["-c", START])
            .args(["--mode", "fuzzingclient", "--spec"])
            .arg(&file)
            .env("PACKAGES", &self.packages)
            .current_dir(folder)
            .status()
            .context("the suite does not start")?;
        if !status.success() {
            bail!("the suite ended with {status}");
        }
        let index = std::fs::read(folder.join("reports/index.json")).context("no report")?;
        let index: Value = serde_json::from_slice(&index)?;
        judge(server.name, &index[server.name])
    }
}

fn judge(name: &str, results: &Value) -> Result<bool> {
    let cases = results.as_object().context("no results")?;
    let mut counts = BTreeMap::<&str, u32>::new();
    let mut passed = true;
    for (case, result) in cases {
        for part in ["behavior", "behaviorClose"] {
            let word = result[part].as_str().unwrap_or("?");
            if part == "behavior" {
                *counts.entry(word).or_default() += 1;
            }
            if word != "OK" {
                println!("{name} {case} {part}: {word}");
            }
            passed &= ["OK", "NON-STRICT", "INFORMATIONAL"].contains(&word);
        }
    }
    println!("{name}: {} cases: {counts:?}", cases.len());
    if cases.len() < CASES_MIN {
        bail!("only {} cases ran", cases.len());
    }
    Ok(passed)
}
