//! Health checks of the parts of a stack, and the state of a process as the kernel reports it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::Stack;
use crate::process::Process;
use crate::{functions, http};

/// A path whose `GET` `cargo lambda watch` answers itself, with 405. Almost every other path waits for a function.
const INVOCATIONS: &str = "/2015-03-31/functions/none/invocations";

/// A running part, and its health check.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Its name.
    pub name: String,
    /// Its process; the processes that it started count too.
    pub process_id: u32,
    /// None: the part does not listen.
    pub question: Option<Question>,
}

/// A health check on a port of loopback. Any response counts, even an error or the end of the connection: then the
/// part is overloaded, but not stuck.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// `GET` this path.
    Http(u16, &'static str),
    /// `PING`.
    Redis(u16),
    /// A call of a function: path and body.
    Call(u16, String, String),
}

impl Question {
    /// Whether an answer arrives in time.
    pub(crate) fn is_answered(&self, patience: Duration) -> bool {
        match self {
            Self::Http(port, path) => http::responds(*port, path, patience),
            Self::Redis(port) => ping(*port, patience).is_some(),
            Self::Call(port, path, body) => {
                http::post_status(*port, path, body, patience).is_some_and(|it| it != 504)
            }
        }
    }
}

impl Stack {
    /// Every part that should be running. A function is called only if `is_called` returns true, because a call
    /// causes work.
    pub(crate) fn targets(&self, is_called: impl Fn(&str) -> bool) -> Vec<Target> {
        let running = self.processes.iter().filter(|process| process.wanted);
        let target = |process: &Process| Target {
            name: process.name.clone(),
            process_id: process.id(),
            question: if is_called(&process.name) {
                self.call(&process.name)
            } else {
                self.question(&process.name)
            },
        };
        running.map(target).collect()
    }

    /// The port at which `GET /status` reports the state of the functions, if there is one.
    pub(crate) fn status_port(&self) -> Option<u16> {
        let counts = self.process("runtime").is_some();
        counts.then_some(self.ports.runtime)
    }

    fn call(&self, function: &str) -> Option<Question> {
        // No pool has this name, so the calls change nothing.
        let mut probes = functions::probes("");
        let (_, path, body) = probes.find(|(name, ..)| *name == function)?;
        Some(Question::Call(self.ports.runtime, path, body))
    }

    fn question(&self, name: &str) -> Option<Question> {
        let ports = &self.ports;
        let health = |port| Some(Question::Http(port, "/healthz"));
        match name {
            "gateway" => health(ports.gateway),
            "runtime" => health(ports.runtime),
            "nginx" => health(ports.front),
            "redis" => {
                let (_, port) = self.redis_url.rsplit_once(':')?;
                port.parse().ok().map(Question::Redis)
            }
            "cargo-lambda" => Some(Question::Http(ports.cargo_lambda, INVOCATIONS)),
            _ => {
                let mut relays = ports.relays.iter();
                relays
                    .find(|(relay, _)| relay == name)
                    .and_then(|(_, port)| health(*port))
            }
        }
    }
}

/// How long each function has been working on its oldest unanswered call, in ms; empty if that port does not report
/// it.
pub(crate) fn oldest_calls(port: u16, patience: Duration) -> BTreeMap<String, u64> {
    let status = http::get(port, "/status", patience).unwrap_or_default();
    read_status(&status).unwrap_or_default()
}

/// `{"functions":{"guest":{"oldest_running_ms":0,…},…}}`.
fn read_status(text: &str) -> Option<BTreeMap<String, u64>> {
    let status: serde_json::Value = serde_json::from_str(text).ok()?;
    let functions = status.get("functions")?.as_object()?.iter();
    let oldest = |(name, it): (&String, &serde_json::Value)| {
        Some((name.clone(), it.get("oldest_running_ms")?.as_u64()?))
    };
    Some(functions.filter_map(oldest).collect())
}

fn ping(port: u16, patience: Duration) -> Option<u8> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.write_all(b"PING\r\n").ok()?;
    let mut first = [0];
    stream.read_exact(&mut first).ok()?;
    Some(first[0])
}

/// A process and all processes that it started, if the system has a `/proc`; otherwise only the process.
pub(crate) fn processes_of(id: u32) -> Vec<u32> {
    let mut found = vec![id];
    let mut at = 0;
    while at < found.len() {
        let file = format!("/proc/{0}/task/{0}/children", found[at]);
        let children = std::fs::read_to_string(file).unwrap_or_default();
        found.extend(
            children
                .split_whitespace()
                .filter_map(|id| id.parse::<u32>().ok()),
        );
        at += 1;
    }
    found
}

/// Whether it is stopped by a signal, such as Ctrl-Z or SIGSTOP. A debugger's stop does not count.
pub(crate) fn is_stopped(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name before it may contain any characters.
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| rest.starts_with(" T"))
}

/// Whether a debugger is attached.
pub(crate) fn is_debugged(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status
        .lines()
        .filter_map(|line| line.strip_prefix("TracerPid:"))
        .any(|tracer| tracer.trim() != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_reports_the_age_of_each_functions_oldest_call() {
        let text = r#"{"functions":{"guest":{"queued":2,"running":1,"oldest_running_ms":8100,"pollers":0},"sweep":{"oldest_running_ms":0}}}"#;
        let expected = [("guest".to_owned(), 8100), ("sweep".to_owned(), 0)];
        assert_eq!(read_status(text), Some(BTreeMap::from(expected)));
        for text in ["", "[]", r#"{"functions":7}"#] {
            assert_eq!(read_status(text), None, "{text}");
        }
    }
}
