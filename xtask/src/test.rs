//! `cargo xtask test`: every check that must pass before a change is merged.

mod selection;

use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::bench;
use devstack::builds::{self, cargo};
use devstack::{command, install};
use selection::{BROWSERS, MOST, OWN_RUNTIME, Ran, Tests, WAIT};

/// Flags of `test`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Also run: minutes of faults, a million random ticks of each game, one function as in the README, the functions on
    /// arm64 (emulated), requests generated from the HTTP API's document, the Autobahn suite, docker compose with a real
    /// engine, and checks of the dependencies' licences and known vulnerabilities (needs the network and cargo-deny)
    #[arg(long)]
    all: bool,
    /// Install nothing; print what is missing
    #[arg(long)]
    no_install: bool,
}

const NEEDS: install::Needs = install::Needs {
    redis_server: true,
    browser: true,
    prometheus: true,
};

struct Step {
    name: &'static str,
    command: Command,
}

/// Runs every check, even if an earlier one fails, and prints a summary.
pub(crate) fn run(options: &Options) -> Result<()> {
    let allowed = !options.no_install;
    install::check(NEEDS, allowed)?;
    let ready = beside_the_build(allowed)?;
    let mut results = Vec::new();
    for step in before()? {
        results.push(step.run()?);
    }
    // The tests need what was installed, and open the pages.
    results.extend(join(ready)?);
    results.extend(tests()?);
    if options.all {
        for step in slow_steps(!options.no_install)? {
            results.push(step.run()?);
        }
    }
    sum_up(&results)
}

/// Steps during the build of the programs: installing mostly waits for the network, and the build does not always use
/// all cores. The tests of the pages and the count of instructions would delay the tests of the workspace.
fn beside_the_build(allowed: bool) -> Result<Beside> {
    let instructions = step("instructions of the tick path", &bench::INSTRUCTIONS)?;
    let installed = move || {
        install::all(NEEDS, allowed)?;
        install::valgrind(allowed)?;
        let browser = builds::workspace().join("tests/external/browser");
        install::npm_packages(&browser, allowed)
    };
    Ok(thread::spawn(move || {
        // Printed immediately, because the build takes minutes more.
        installed().inspect_err(|error| eprintln!("error: {error:#}"))?;
        let pages = npm_step("pages", "build");
        let tests = npm_step("tests of the pages", "check");
        // The tests are last: they run a program of the build.
        [pages, instructions, tests]
            .into_iter()
            .map(Step::run_quietly)
            .collect()
    }))
}

/// Runs all tests of the workspace. Those that failed run again when nothing else is running.
fn tests() -> Result<Vec<Outcome>> {
    let waiting = thread::spawn(|| {
        let run = |tests: &Tests| tests.run(command::capture);
        anyhow::Ok([run(&WAIT)?, run(&OWN_RUNTIME)?])
    });
    let most = MOST.run(command::tee)?;
    let ended = waiting.join();
    let [waited, own_runtime] = ended.unwrap_or_else(|_| bail!("a step panicked"))?;
    let browsers = BROWSERS.run(command::tee)?;
    for (tests, ran) in [(&WAIT, &waited), (&OWN_RUNTIME, &own_runtime)] {
        eprintln!("\n== {}\n{}", tests.name, ran.output);
    }
    let ran: [(&Tests, &Ran); 4] = [
        (&MOST, &most),
        (&WAIT, &waited),
        (&OWN_RUNTIME, &own_runtime),
        (&BROWSERS, &browsers),
    ];
    ran.map(|(tests, ran)| tests.outcome(ran))
        .into_iter()
        .collect()
}

/// The outcome of a step.
struct Outcome {
    name: &'static str,
    passed: bool,
    duration: Duration,
}

impl Step {
    fn run(mut self) -> Result<Outcome> {
        eprintln!("\n== {}", self.name);
        let started = Instant::now();
        let passed = command::run_to_stdout(&mut self.command)?.success();
        Ok(Outcome {
            name: self.name,
            passed,
            duration: started.elapsed(),
        })
    }

    /// Returns what the command prints.
    fn run_quietly(mut self) -> Result<(Outcome, String)> {
        let started = Instant::now();
        let (status, output) = command::capture(&mut self.command)?;
        let outcome = Outcome {
            name: self.name,
            passed: status.success(),
            duration: started.elapsed(),
        };
        Ok((outcome, output))
    }
}

/// Steps that run one after another, in parallel with the others. Their output is printed when they end.
type Beside = JoinHandle<Result<Vec<(Outcome, String)>>>;

fn join(beside: Beside) -> Result<Vec<Outcome>> {
    let ended = beside.join().unwrap_or_else(|_| bail!("a step panicked"))?;
    let print = |(outcome, output): (Outcome, String)| {
        eprintln!("\n== {}\n{output}", outcome.name);
        outcome
    };
    Ok(ended.into_iter().map(print).collect())
}

/// Runs a script of the pages.
fn npm_step(name: &'static str, script: &str) -> Step {
    let mut command = Command::new("npm");
    command
        .args(["run", script])
        .current_dir(builds::workspace().join("web"));
    Step { name, command }
}

fn sum_up(results: &[Outcome]) -> Result<()> {
    eprintln!();
    for result in results {
        let word = if result.passed { "ok" } else { "FAILED" };
        let seconds = result.duration.as_secs();
        eprintln!("{word:<8}{} ({seconds} s)", result.name);
    }
    let failed: Vec<_> = results.iter().filter(|result| !result.passed).collect();
    if !failed.is_empty() {
        let names: Vec<_> = failed.iter().map(|result| result.name).collect();
        bail!("failed: {}", names.join(", "));
    }
    Ok(())
}

fn step(name: &'static str, arguments: &[&str]) -> Result<Step> {
    cargo(arguments).map(|command| Step { name, command })
}

/// The steps before the tests.
fn before() -> Result<Vec<Step>> {
    Ok(vec![
        step("format", &["fmt", "--all", "--check"])?,
        // The system tests run the programs. This selection has the same features as the tests, so nothing is built
        // twice.
        step("build", &["build", "--workspace", "--all-targets"])?,
        // Not in parallel with the tests: some of them run cargo, and would wait for it.
        lints()?,
    ])
}

/// The steps of `--all`, after the tests.
fn slow_steps(install: bool) -> Result<Vec<Step>> {
    let mut steps = vec![mutations()?, long_determinism()];
    steps.extend(faults()?);
    // Built and run as in AWS, which takes a quarter of an hour the first time.
    let arm = ["run", "--package", "infra", "--bin", "arm"];
    steps.push(step("functions on arm64", &arm)?);
    let alone = [
        "test",
        "--workspace",
        "--test",
        "it",
        "one_function",
        "--",
        "--ignored",
    ];
    steps.push(step("one function alone", &alone)?);
    let made_up = ["run", "--package", "system", "--bin", "schemathesis"];
    steps.push(step("made-up requests", &made_up)?);
    steps.extend(sockets(install)?);
    steps.extend(dependencies(install)?);
    steps.extend(containers(install));
    Ok(steps)
}

fn lints() -> Result<Step> {
    let clippy = ["clippy", "--workspace", "--all-targets"];
    // Otherwise only the Autobahn suite would build `echo`.
    let options = ["--features", "relay/echo", "--", "-D", "warnings"];
    Ok(Step {
        name: "lints",
        command: cargo(&[clippy.as_slice(), &options].concat())?,
    })
}

/// The checkers find scripts that are broken on purpose. Only this builds the lobby so that it can
/// be broken, in a folder of its own: nothing that ships is ever built with it.
fn mutations() -> Result<Step> {
    let folder = builds::own_folder("mutate")?;
    let folder = folder.to_string_lossy();
    let test = ["test", "--package", "check", "--test", "mutations"];
    let broken = ["--features", "mutate", "--target-dir", folder.as_ref()];
    Ok(Step {
        name: "mutations",
        command: cargo(&[test.as_slice(), &broken].concat())?,
    })
}

/// A million ticks of each game have the same states in WebAssembly and natively.
fn long_determinism() -> Step {
    let mut command = Command::new("node");
    command
        .args(["--test", "test/engine.test.mjs"])
        .current_dir(builds::workspace().join("web/sdk"))
        .env("LONG", "1");
    Step {
        name: "a million random ticks",
        command,
    }
}

/// The whole system under faults, which print their seed: it loses nothing, and made to lose
/// something, that is found.
fn faults() -> Result<Vec<Step>> {
    let lobby = ["lobby", "--players", "120", "--minutes"];
    let short = [lobby.as_slice(), &["2"]].concat();
    let step = |name, flags: &[&str]| {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("chaos").args(flags);
        anyhow::Ok(Step { name, command })
    };
    let relay = |name, flags: &str| {
        let flags: Vec<&str> = ["relay"].into_iter().chain(flags.split(' ')).collect();
        step(name, &flags)
    };
    let broken = |name, mistake| step(name, &[&["--mutation", mistake], short.as_slice()].concat());
    Ok(vec![
        step("faults everywhere", &[lobby.as_slice(), &["5"]].concat())?,
        relay("killed game servers", "--rooms 20")?,
        relay("drained game servers", "--rooms 20 --drain --kills 4")?,
        relay(
            "half of the game servers killed at once",
            "--rooms 20 --relays 6 --at-once 3 --kills 4",
        )?,
        relay(
            "all game servers replaced at once",
            "--rooms 20 --relays 3 --at-once 3 --drain --kills 2",
        )?,
        broken("the system seats in two steps", "two-step-seating")?,
        broken("the system decides twice", "second-decision")?,
        broken("the system ignores the epoch", "no-epoch-check")?,
        broken("the system releases any code", "code-without-nonce")?,
        broken("the system takes old offers of seats", "late-without-epoch")?,
        broken("the system splits groups", "group-split")?,
    ])
}

/// The Autobahn suite, if the old Python that it requires is available.
fn sockets(install: bool) -> Result<Option<Step>> {
    if let Err(why) = install::autobahn(install) {
        eprintln!("skipped: Autobahn ({why})");
        return Ok(None);
    }
    let command = cargo(&["run", "--package", "system", "--bin", "autobahn"])?;
    Ok(Some(Step {
        name: "Autobahn",
        command,
    }))
}

/// Docker compose with a real engine, and the systemd units, on a machine where root can install what they need.
fn containers(install: bool) -> Vec<Step> {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: docker compose and systemd (they need root)");
        return Vec::new();
    }
    if let Err(why) = install::containers(install) {
        eprintln!("skipped: docker compose and systemd ({why:#})");
        return Vec::new();
    }
    let step = |name, script| Step {
        name,
        command: Command::new(builds::workspace().join(script)),
    };
    vec![
        step("docker compose", "tests/external/compose/run.sh"),
        step("systemd", "tests/external/compose/systemd.sh"),
    ]
}

/// The licences and sources of the dependencies, and their known vulnerabilities if the database can be fetched.
fn dependencies(install: bool) -> Result<Vec<Step>> {
    let deny = install::cargo_deny(install)?;
    let step = |name, what: &[&str]| {
        let mut command = Command::new(&deny);
        command
            .args(["check", "--hide-inclusion-graph"])
            .args(what)
            .current_dir(builds::workspace());
        Step { name, command }
    };
    let mut steps = vec![step("licences", &["bans", "licenses", "sources"])];
    let mut fetch = Command::new(&deny);
    fetch.args(["fetch", "db"]).current_dir(builds::workspace());
    if command::output(&mut fetch).is_some() {
        steps.push(step("advisories", &["advisories"]));
    } else {
        eprintln!("skipped: advisories (the database cannot be fetched)");
    }
    Ok(steps)
}
