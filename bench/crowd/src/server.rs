//! A measured server: one process on a core of its own, and what the kernel says that it used.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use devstack::process::Process;

/// A second has so many clock ticks, in `/proc/<pid>/stat` (`USER_HZ` on Linux).
const TICKS_PER_SECOND: f64 = 100.0;

/// A server program that runs pinned.
pub(crate) struct Server {
    process: Process,
}

/// What a process has used, since it began.
#[derive(Clone, Debug)]
pub(crate) struct Used {
    at: Instant,
    /// Of all threads, user and kernel, s.
    cpu: f64,
    threads: HashMap<OsString, Ran>,
}

/// A thread, as the scheduler counts it, s.
#[derive(Clone, Copy, Debug, Default)]
struct Ran {
    /// On a core.
    ran: f64,
    /// Runnable, but not on a core.
    waited: f64,
}

/// What it used between two moments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    /// s.
    pub(crate) seconds: f64,
    /// s.
    pub(crate) cpu: f64,
    /// Of the time its busiest thread wanted to run, what that waited, 0 to 1. Contention makes the figures look better: it
    /// batches. The other threads of a server that has one core wait for the busiest, which says nothing.
    pub(crate) waited: f64,
}

impl Server {
    /// Starts it on these cores, as `taskset -c` names them. It inherits this process's priority.
    pub(crate) fn start(
        name: &str,
        cores: &str,
        program: &Path,
        logs: &Path,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let taskset = Path::new("taskset");
        let process = Process::start(name, taskset, logs, |command| {
            command.args(["-c", cores]).arg(program);
            prepare(command);
        })?;
        Ok(Self { process })
    }

    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it printed last.
    pub(crate) fn last_lines(&self) -> String {
        self.process.last_lines()
    }

    /// All of its threads.
    pub(crate) fn used(&self) -> Result<Used> {
        used(self.id())
    }

    /// Resident memory, KiB.
    pub(crate) fn resident_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|n| n.parse().ok()).context("no VmRSS")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill();
    }
}

/// Of any process of ours.
pub(crate) fn used(pid: u32) -> Result<Used> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the server is gone")?;
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = behind_name
        .split_whitespace()
        .map(|word| word.parse().unwrap_or(0.0))
        .collect();
    let mut threads = HashMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let task = task?;
        let schedstat = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        let mut numbers = schedstat
            .split_whitespace()
            .map(|n| n.parse().unwrap_or(0.0) / 1e9);
        let mut next = || numbers.next().unwrap_or(0.0);
        let (ran, waited) = (next(), next());
        threads.insert(task.file_name(), Ran { ran, waited });
    }
    Ok(Used {
        at: Instant::now(),
        cpu: (fields.get(11).unwrap_or(&0.0) + fields.get(12).unwrap_or(&0.0)) / TICKS_PER_SECOND,
        threads,
    })
}

impl Used {
    /// Since then.
    pub(crate) fn since(&self, before: &Self) -> Use {
        let since = |(id, now): (&OsString, &Ran)| {
            let before = before.threads.get(id).copied().unwrap_or_default();
            (now.ran - before.ran, now.waited - before.waited)
        };
        let busiest = self.threads.iter().map(since);
        let (ran, waited) = busiest
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or_default();
        Use {
            seconds: (self.at - before.at).as_secs_f64(),
            cpu: self.cpu - before.cpu,
            waited: waited / (ran + waited).max(1e-9),
        }
    }
}
