//! A measured server: one process that is pinned to cores.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use crowd::cpu::Used;
use devstack::process::Process;

/// A server program that runs pinned.
pub(crate) struct Server {
    process: Process,
}

impl Server {
    /// Starts it on these cores, in the format of `taskset -c`. It inherits the priority of this process.
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

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its last lines of output.
    pub(crate) fn last_lines(&self) -> String {
        self.process.last_lines()
    }

    /// Its CPU time until now.
    pub(crate) fn used(&self) -> Result<Used> {
        Used::of(self.id())
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
