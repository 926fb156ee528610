//! Control of the parts of a running stack: kill, pause, resume, restart. Used by fault runs and
//! tests.

use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::{Stack, is_healthy};
use crate::process::Process;
use crate::{functions, http, interrupt};

/// A child that has ended unexpectedly.
#[derive(Debug)]
pub struct Ended {
    /// Its name.
    pub name: String,
    /// Its exit code or signal.
    pub how: ExitStatus,
    /// The last lines of its output.
    pub lines: String,
}

impl Stack {
    /// The children that have ended unexpectedly since the last call. The processes that they
    /// started are killed.
    pub fn newly_ended(&mut self) -> Vec<Ended> {
        let mut found = Vec::new();
        for process in &mut self.processes {
            if let Some(how) = process.ended().filter(|_| process.wanted) {
                process.kill();
                found.push(Ended {
                    name: process.name.clone(),
                    how,
                    lines: process.last_lines(),
                });
            }
        }
        found
    }

    /// Whether a child was killed or has ended, and was not restarted.
    pub fn is_down(&self, name: &str) -> bool {
        self.process(name).is_some_and(|process| !process.wanted)
    }

    /// The part that the functions poll for invocations. If it ends, they end too, and must be restarted after it.
    pub fn hub(&self) -> &'static str {
        let emulator = self.process("cargo-lambda");
        emulator.map_or("runtime", |_| "cargo-lambda")
    }

    /// The names of the functions.
    pub fn functions(&self) -> Vec<String> {
        functions::names().map(str::to_owned).collect()
    }

    /// Waits until functions can poll; an error if this process is interrupted.
    pub fn wait_for_hub(&self, patience: Duration) -> Result<()> {
        let deadline = Instant::now() + patience;
        let port = match self.hub() {
            "runtime" => self.ports.runtime,
            _ => self.ports.cargo_lambda,
        };
        while !http::listens(port) && Instant::now() < deadline {
            interrupt::check()?;
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Kills a child with SIGKILL. [`Stack::start_again`] restarts it.
    pub fn kill(&mut self, name: &str) -> Result<()> {
        self.known(name).map(Process::kill)
    }

    /// Sends SIGTERM to a child and does not wait.
    pub fn ask_to_end(&mut self, name: &str) -> Result<()> {
        self.known(name).map(Process::ask_to_end)
    }

    /// Sends SIGTERM to these children together, and after `patience` kills those that still run. Returns whether all
    /// of them ended by themselves.
    pub fn terminate(&mut self, names: &[String], patience: Duration) -> Result<bool> {
        for name in names {
            self.ask_to_end(name)?;
        }
        let deadline = Instant::now() + patience;
        let mut by_themselves = true;
        for name in names {
            by_themselves &= self.known(name)?.wait_until(deadline);
        }
        Ok(by_themselves)
    }

    /// Pauses a child until [`Stack::resume`].
    pub fn pause(&mut self, name: &str) -> Result<()> {
        self.known(name).map(Process::pause)
    }

    /// Resumes a child that was paused.
    pub fn resume(&mut self, name: &str) -> Result<()> {
        self.known(name)
            .map(|process| process.signal(Signal::SIGCONT))
    }

    /// Restarts a child that was killed or has ended, with the same configuration and port.
    pub fn start_again(&mut self, name: &str) -> Result<()> {
        self.known(name)?.start_again()
    }

    /// Starts another process of the same command as an existing child, under the name `beside`: one more process of
    /// a function, or a second run of a relay, as a supervisor would that considers the first one dead. If `beside`
    /// exists and has ended, it is restarted.
    pub fn start_beside(
        &mut self,
        name: &str,
        beside: &str,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<()> {
        if self.process(beside).is_some() {
            return self.start_again(beside);
        }
        let process = self.known(name)?.start_beside(beside, prepare)?;
        self.processes.push(process);
        Ok(())
    }

    /// Waits until a relay, the gateway or the runtime reports that it is healthy.
    pub fn wait_for(&mut self, name: &str) -> Result<()> {
        let ports = &self.ports;
        let relay = ports.relays.iter().find(|(relay, _)| relay == name);
        let other = if name == "runtime" {
            ports.runtime
        } else {
            ports.gateway
        };
        let port = relay.map_or(other, |(_, port)| *port);
        self.wait(name, is_healthy(port))
    }

    fn known(&mut self, name: &str) -> Result<&mut Process> {
        self.processes
            .iter_mut()
            .find(|process| process.name == name)
            .with_context(|| format!("no part is called {name}"))
    }
}
