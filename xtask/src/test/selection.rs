//! The selections of the workspace's tests that `cargo xtask test` runs.

use std::num::NonZero;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use devstack::builds::cargo;
use devstack::command;

use super::Outcome;

/// Concurrent tests per core. Most of the time, tests wait.
const THREADS_PER_CORE: usize = 2;
/// The most failed tests that run again. More failures are not considered flaky.
const FLAKY_MAX: usize = 5;

/// A selection of the workspace's tests. They run in parallel, with real programs and clocks, on a machine that may
/// be slow, so a few failed tests run again by themselves. A test that then passes is reported as flaky, and does not
/// fail the step.
pub(super) struct Tests {
    pub(super) name: &'static str,
    /// Parts of the names of the tests that run; empty: all tests, including those of the documentation.
    filters: &'static [&'static str],
    /// Parts of the names of the tests that do not run.
    skipped: &'static [&'static [&'static str]],
    environment: &'static [(&'static str, &'static str)],
}

/// Parts of the names of tests that mostly wait, for relays and Redis to start or to end.
const WAITING: &[&str] = &[
    "outside::",
    "up::",
    "lint::",
    "resume::",
    "drain::",
    "hang::",
    "redis_",
];
/// Part of the names of tests in a browser.
const BROWSER: &[&str] = &["browser::"];

// Each test is in exactly one of these three selections.

/// Most of the tests.
pub(super) const MOST: Tests = Tests {
    name: "tests",
    filters: &[],
    skipped: &[WAITING, BROWSER],
    environment: &[],
};

/// Half of the end-to-end tests, the linters of the templates, and tests that wait for a long time. They run in
/// parallel with the others, and take about as long.
pub(super) const WAIT: Tests = Tests {
    name: "tests that wait",
    filters: WAITING,
    skipped: &[BROWSER],
    environment: &[],
};

/// These run after the others: browsers draw with the processor, and tests fail if pages are late.
pub(super) const BROWSERS: Tests = Tests {
    name: "tests in a browser",
    filters: BROWSER,
    skipped: &[],
    environment: &[],
};

/// The end-to-end tests that need only the front door, run again without `cargo lambda watch`.
pub(super) const OWN_RUNTIME: Tests = Tests {
    name: "end-to-end tests with our own runtime",
    filters: &["outside::"],
    skipped: &[BROWSER],
    environment: &[("SKIRMISH_RUNTIME", "own")],
};

/// The outcome of all tests of a selection.
pub(super) struct Ran {
    passed: bool,
    pub(super) output: String,
    duration: Duration,
}

impl Tests {
    pub(super) fn run(&self, run: fn(&mut Command) -> Result<(ExitStatus, String)>) -> Result<Ran> {
        eprintln!("\n== {}", self.name);
        let started = Instant::now();
        let mut command = self.command()?;
        command.arg("--").args(self.filters);
        for part in self.skipped.iter().copied().flatten() {
            command.args(["--skip", part]);
        }
        let (status, output) = run(&mut command)?;
        Ok(Ran {
            passed: status.success(),
            output,
            duration: started.elapsed(),
        })
    }

    pub(super) fn outcome(&self, ran: &Ran) -> Result<Outcome> {
        let started = Instant::now();
        let mut passed = ran.passed;
        let failed = failed_tests(&ran.output);
        if !passed && (1..=FLAKY_MAX).contains(&failed.len()) {
            let failed_names = failed.join(", ");
            eprintln!("\n== once more, without the others: {failed_names}");
            let mut again = self.command()?;
            again
                .args(["--", "--test-threads=1", "--exact"])
                .args(&failed);
            passed = command::run_to_stdout(&mut again)?.success();
            if passed {
                eprintln!("flaky: {failed_names}");
            }
        }
        Ok(Outcome {
            name: self.name,
            passed,
            duration: ran.duration + started.elapsed(),
        })
    }

    /// `cargo test` with more threads than cores.
    fn command(&self) -> Result<Command> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let mut command = cargo(&["test", "--workspace", "--no-fail-fast"])?;
        if !self.filters.is_empty() {
            command.arg("--tests");
        }
        command
            .env("RUST_TEST_THREADS", (cores * THREADS_PER_CORE).to_string())
            .envs(self.environment.iter().copied());
        Ok(command)
    }
}

/// The names of the tests that failed; none if a test program ended before it printed its result.
fn failed_tests(output: &str) -> Vec<&str> {
    let count = |start| {
        output
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    if count("running ") != count("test result: ") {
        return Vec::new();
    }
    let names = output.lines().filter_map(|line| {
        let name = line.strip_prefix("test ")?;
        name.strip_suffix(" ... FAILED")
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::failed_tests;

    const FAILED: &str =
        "running 2 tests\ntest a::b ... ok\ntest a::c ... FAILED\ntest result: FAILED. 1 passed\n";

    #[test]
    fn failed_tests_are_found_unless_a_program_crashed() {
        assert_eq!(failed_tests(FAILED), ["a::c"]);
        assert!(failed_tests(&format!("{FAILED}running 3 tests\n")).is_empty());
    }
}
