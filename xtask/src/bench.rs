//! `cargo xtask bench`: builds the servers in release mode and measures them. See
//! docs/benchmarks.md.

use anyhow::{Context, Result, bail};

use crate::client;
use devstack::builds::{binaries, cargo, workspace};
use devstack::{command, install};

/// Counts the instructions of a room's tick, by part, and compares them with the committed figures; an increase by a
/// tenth is an error.
pub(crate) const INSTRUCTIONS: [&str; 6] = [
    "run",
    "--quiet",
    "--package",
    "micro",
    "--profile",
    "counted",
];
/// The subjects that are measured from here; `bench/crowd` measures the others.
const OWN: [&str; 5] = ["lobby", "functions", "micro", "instructions", "client"];

/// Flags of `bench`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Fewer and shorter runs: 5 minutes in all
    #[arg(long)]
    quick: bool,
    /// Duration of the soak, in minutes
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// What to measure: tick-loop, peers, lateness, scale, transports, contract, lobby, functions, micro, instructions, client. Default: all
    /// of these. soak runs only if it is named
    subjects: Vec<String>,
}

/// Builds, measures, and prints a table for each subject.
pub(crate) fn run(options: &Options) -> Result<()> {
    let subjects = &options.subjects;
    let (own, others): (Vec<&String>, Vec<&String>) = subjects
        .iter()
        .partition(|subject| OWN.contains(&subject.as_str()));
    if !others.is_empty() || subjects.is_empty() {
        crowds(options, &others)?;
    }
    for subject in OWN {
        if !subjects.is_empty() && !own.iter().any(|wanted| *wanted == subject) {
            continue;
        }
        match subject {
            "lobby" | "functions" => lobby(options.quick, subject)?,
            "micro" => micro(options.quick)?,
            "instructions" => instructions()?,
            _ => client::run(options.quick)?,
        }
    }
    Ok(())
}

/// The lobby's scripts and functions, and the whole system around them.
fn lobby(is_quick: bool, subject: &str) -> Result<()> {
    let mut build = vec!["build", "--release"];
    for package in [
        "functions",
        "gateway",
        "runtime",
        "relay-program",
        "lobby-bench",
    ] {
        build.extend(["--package", package]);
    }
    if !command::run_to_stdout(&mut cargo(&build)?)?.success() {
        bail!("the build failed");
    }
    let target = binaries()?.parent().context("no target folder")?.to_owned();
    let bin = target.join("release");
    let mut bench = std::process::Command::new(bin.join("lobby-bench"));
    bench.arg("--bin").arg(&bin).arg(subject);
    if is_quick {
        bench.arg("--quick");
    }
    if !command::run_to_stdout(&mut bench)?.success() {
        bail!("{subject} could not be measured");
    }
    Ok(())
}

/// Runs the micro-benchmarks of single parts.
fn micro(is_quick: bool) -> Result<()> {
    let mut words = vec!["bench", "--quiet", "--package", "micro"];
    if is_quick {
        words.extend(["--", "--quick"]);
    }
    if !command::run_to_stdout(&mut cargo(&words)?)?.success() {
        bail!("the micro-benches failed");
    }
    Ok(())
}

fn instructions() -> Result<()> {
    install::valgrind(true)?;
    if !command::run_to_stdout(&mut cargo(&INSTRUCTIONS)?)?.success() {
        bail!("the tick path takes more instructions than the committed figures");
    }
    Ok(())
}

/// Servers under the crowds of `bench/crowd`.
fn crowds(options: &Options, subjects: &[&String]) -> Result<()> {
    let mut build = vec!["build", "--profile", "server"];
    for package in ["relay-program", "contract", "floor", "broadcast", "crowd"] {
        build.extend(["--package", package]);
    }
    if !command::run_to_stdout(&mut cargo(&build)?)?.success() {
        bail!("the build failed");
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), Into::into);
    let bin = target.join("server");
    let mut bench = std::process::Command::new(bin.join("crowd"));
    bench
        .arg("--bin")
        .arg(&bin)
        .arg("--peers")
        .arg(workspace().join("bench/peers"))
        .args(["--minutes", &options.minutes.to_string()]);
    if options.quick {
        bench.arg("--quick");
    }
    bench.args(subjects);
    if !command::run_to_stdout(&mut bench)?.success() {
        bail!("some subjects could not be measured");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    /// npm 11 rejects a lock file that refers to a package without an entry, even if the package is only for another
    /// platform.
    fn check_lock(path: &Path) {
        let text = std::fs::read(path).expect("a lock file");
        let lock: Value = serde_json::from_slice(&text).expect("JSON");
        let packages = lock["packages"].as_object().expect("packages");
        let mut missing = Vec::new();
        for (place, package) in packages {
            for kind in ["dependencies", "optionalDependencies"] {
                let names = package[kind].as_object().into_iter().flatten();
                let names = names.map(|(name, _)| name);
                missing.extend(names.filter(|name| !has(packages, place, name)));
            }
        }
        assert!(missing.is_empty(), "{} lacks {missing:?}", path.display());
    }

    /// Whether a package at this place can resolve another one as node does: beside itself, then in each parent
    /// folder.
    fn has(packages: &serde_json::Map<String, Value>, place: &str, name: &str) -> bool {
        let mut around = place;
        loop {
            let inside = if around.is_empty() {
                format!("node_modules/{name}")
            } else {
                format!("{around}/node_modules/{name}")
            };
            if packages.contains_key(&inside) {
                return true;
            }
            if around.is_empty() {
                return false;
            }
            around = around
                .rsplit_once("node_modules/")
                .map_or("", |(outer, _)| outer.trim_end_matches('/'));
        }
    }

    #[test]
    fn every_lock_file_contains_the_packages_that_it_refers_to() {
        for place in [
            "bench/peers/colyseus",
            "bench/peers/driver",
            "bench/peers/socketio",
            "tests/external/browser",
            "web",
        ] {
            check_lock(&workspace().join(place).join("package-lock.json"));
        }
    }
}
