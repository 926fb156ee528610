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

/// A child that has ended and was not made to.
#[derive(Debug)]
pub struct Ended {
    /// Which one.
    pub name: String,
    /// Its exit code or signal.
    pub how: ExitStatus,
    /// The last lines it printed.
    pub lines: String,
}

impl Stack {
    /// The children that have ended on their own since the last call. Processes that they started are killed.
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

    /// Whether it is a child that was killed, or was found ended, and was not started again.
    pub fn is_down(&self, name: &str) -> bool {
        self.process(name).is_some_and(|process| !process.wanted)
    }

    /// What the functions poll for their calls. When it ends they end, and are to be started again after it.
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

    /// Ends a child at once, as a SIGKILL does; [`Stack::start_again`] brings it back.
    pub fn kill(&mut self, name: &str) -> Result<()> {
        self.known(name).map(Process::kill)
    }

    /// Asks a child to end, and does not wait until it has.
    pub fn ask_to_end(&mut self, name: &str) -> Result<()> {
        self.known(name).map(Process::ask_to_end)
    }

    /// Asks a child to end, and kills it after `patience`. True: it ended by itself.
    pub fn terminate(&mut self, name: &str, patience: Duration) -> Result<bool> {
        self.known(name).map(|process| process.terminate(patience))
    }

    /// Stops a child where it is, until [`Stack::resume`].
    pub fn pause(&mut self, name: &str) -> Result<()> {
        self.known(name).map(Process::pause)
    }

    /// Lets a child go on that was paused.
    pub fn resume(&mut self, name: &str) -> Result<()> {
        self.known(name)
            .map(|process| process.signal(Signal::SIGCONT))
    }

    /// Starts a child that was killed or has ended, as it was, at its old port.
    pub fn start_again(&mut self, name: &str) -> Result<()> {
        self.known(name)?.start_again()
    }

    /// Starts another child like one there is, under a name of its own: more of a function, or a second run of a relay by
    /// a supervisor that takes the first one for dead. One that was started before and has ended is started again.
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

    /// Waits until a relay, the gateway or the runtime answers that all is well.
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
