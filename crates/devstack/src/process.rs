//! A child process in its own process group, with its output in a file. It can be stopped and
//! restarted.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use crate::command::{copy, find};
use crate::log_line::LogLine;

const LINES_SHOWN: usize = 20;

/// A child process and its log.
pub struct Process {
    /// Its name in messages: `relay-1`, `queue-join`.
    pub name: String,
    /// The file that contains its output.
    pub log: PathBuf,
    command: Command,
    child: Child,
    ended: Option<ExitStatus>,
    /// Whether it should run: false from [`Process::kill`] or [`Process::terminate`] until
    /// [`Process::start_again`].
    pub(crate) wanted: bool,
}

impl Process {
    /// Starts a program. If this thread ends without stopping it, for example after a SIGKILL, the kernel sends it a
    /// SIGTERM (`setpriv --pdeathsig`, which every Debian has).
    pub fn start(
        name: &str,
        program: &Path,
        logs: &Path,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let mut command = mortal(program);
        prepare(&mut command);
        Self::spawn(name, command, logs.join(format!("{name}.log")))
    }

    /// Starts another process of the same command, with its own log in the same folder.
    pub(crate) fn start_beside(
        &self,
        name: &str,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let mut command = copy(&self.command);
        prepare(&mut command);
        Self::spawn(
            name,
            command,
            self.log.with_file_name(format!("{name}.log")),
        )
    }

    fn spawn(name: &str, mut command: Command, log: PathBuf) -> Result<Self> {
        // A part that is restarted, for example by `--watch`, continues its log, so that readers miss nothing.
        let output = File::options().append(true).create(true).open(&log);
        let output = output.with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            name: name.to_owned(),
            log,
            command,
            child,
            ended: None,
            wanted: true,
        })
    }

    /// Kills it and the processes that it started. None of them runs when this returns.
    pub fn kill(&mut self) {
        self.wanted = false;
        self.signal(Signal::SIGKILL);
        if self.ended.is_none() {
            self.ended = self.child.wait().ok();
        }
    }

    /// Pauses it with SIGSTOP. None of its threads runs when this returns.
    pub fn pause(&mut self) {
        self.signal(Signal::SIGSTOP);
        let stopped = WaitPidFlag::WSTOPPED | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        let _ = waitid(Id::Pid(Pid::from_raw(self.child.id() as i32)), stopped);
    }

    /// Sends SIGTERM and does not wait.
    pub fn ask_to_end(&mut self) {
        self.wanted = false;
        self.signal(Signal::SIGTERM);
    }

    /// Waits until it has ended, and kills it at the deadline. Returns whether it ended by itself.
    pub fn wait_until(&mut self, deadline: Instant) -> bool {
        while self.ended().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        let by_itself = self.ended.is_some();
        self.kill();
        by_itself
    }

    /// Restarts a process that has ended, with the same program, arguments and environment. It
    /// appends to the same log.
    pub fn start_again(&mut self) -> Result<()> {
        self.child = self
            .command
            .spawn()
            .with_context(|| format!("cannot start {} again", self.name))?;
        self.ended = None;
        self.wanted = true;
        Ok(())
    }

    /// Its exit status, once it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to it and to the processes that it started.
    pub fn signal(&self, signal: Signal) {
        let _ = killpg(Pid::from_raw(self.child.id() as i32), signal);
    }

    /// The last lines that it printed, in plain text and indented.
    pub fn last_lines(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let first = lines.len().saturating_sub(LINES_SHOWN);
        let plain = lines[first..]
            .iter()
            .map(|line| LogLine::read(line).into_text());
        format!("\n    {}", plain.collect::<Vec<_>>().join("\n    "))
    }
}

/// Sends SIGTERM to all of them. After `patience`, kills those that still run, and the processes that they started.
pub fn end(processes: &mut [Process], patience: Duration) {
    for process in processes.iter() {
        process.signal(Signal::SIGTERM);
    }
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline
        && processes
            .iter_mut()
            .any(|process| process.ended().is_none())
    {
        thread::sleep(Duration::from_millis(5));
    }
    for process in processes {
        process.signal(Signal::SIGKILL);
        if process.ended().is_none() {
            process.ended = process.child.wait().ok();
        }
    }
}

fn mortal(program: &Path) -> Command {
    let Some(setpriv) = find("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::eventually;

    #[test]
    fn a_part_that_is_started_again_continues_its_log() {
        let folder = std::env::temp_dir().join(format!("skirmish-part-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        for run in ["first", "second"] {
            let part = Process::start("part", Path::new("/bin/echo"), &folder, |command| {
                command.arg(run);
            });
            let mut part = part.expect("it starts");
            eventually("it ends", || part.ended());
        }
        let log = std::fs::read_to_string(folder.join("part.log")).expect("a log");
        assert_eq!(log, "first\nsecond\n");
        let _ = std::fs::remove_dir_all(folder);
    }
}
