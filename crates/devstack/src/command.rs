//! Runs a program to its end and shows its output; stops it when this process is interrupted.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::interrupt;

const POLL: Duration = Duration::from_millis(50);

/// Runs a command that is an intermediate step: its output goes to stderr.
pub fn run(command: &mut Command) -> Result<ExitStatus> {
    run_to_stdout(command.stdout(std::io::stderr()))
}

/// Runs a command whose output is the result, in its own process group. The group is stopped if this process is
/// interrupted.
pub fn run_to_stdout(command: &mut Command) -> Result<ExitStatus> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let group = Pid::from_raw(child.id() as i32);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupt::requested() {
            let _ = killpg(group, Signal::SIGTERM);
            child.wait()?;
            interrupt::check()?;
        }
        thread::sleep(POLL);
    }
}

/// Runs a command whose stdout is shown and returned.
pub fn tee(command: &mut Command) -> Result<(ExitStatus, String)> {
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer);
    let output = thread::spawn(move || {
        let mut output = String::new();
        for line in BufReader::new(reader).lines().map_while(Result::ok) {
            println!("{line}");
            output.push_str(&line);
            output.push('\n');
        }
        output
    });
    let status = run_to_stdout(command);
    // The reader ends when all writers are closed, and `command` holds one.
    command.stdout(Stdio::null());
    Ok((status?, output.join().unwrap_or_default()))
}

/// Runs a command and returns its output instead of showing it.
pub fn capture(command: &mut Command) -> Result<(ExitStatus, String)> {
    let (mut reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let output = thread::spawn(move || {
        let mut output = Vec::new();
        reader.read_to_end(&mut output).map(|_| output)
    });
    let status = run_to_stdout(command);
    // The reader ends when all writers are closed, and `command` holds two.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let output = output.join().unwrap_or_else(|_| Ok(Vec::new()))?;
    Ok((status?, String::from_utf8_lossy(&output).into_owned()))
}

/// The output of a command on stdout; None if it cannot be run or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A copy of a command that was not started.
pub fn copy(command: &Command) -> Command {
    let mut copy = Command::new(command.get_program());
    copy.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        copy.current_dir(folder);
    }
    for (variable, value) in command.get_envs() {
        match value {
            Some(value) => copy.env(variable, value),
            None => copy.env_remove(variable),
        };
    }
    copy
}

/// Finds a program on PATH. Debian installs servers in sbin, which is not on the PATH of all users.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin".into(), "/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
