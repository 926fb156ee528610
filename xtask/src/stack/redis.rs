//! A private Redis, a cluster of one node as in production; or somebody's, checked.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::ports;
use super::process::Process;
use crate::command::{find, output};

/// A Redis of our own.
pub struct Private {
    /// Where it listens, on loopback.
    pub port: u16,
    /// The server.
    pub process: Process,
}

/// Starts redis-server; its data (append-only file, cluster file) live in `data`.
pub fn start(data: &Path, logs: &Path) -> Result<Private> {
    std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let program = find("redis-server")
        .context("redis-server is missing: sudo apt-get install -y redis-server")?;
    let (port, bus) = (ports::free()?.to_string(), ports::free()?.to_string());
    let process = Process::start("redis", &program, logs, |command| {
        command.args([
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "yes",
        ]);
        command.args(["--cluster-enabled", "yes", "--cluster-port", &bus]);
        command
            .args(["--cluster-config-file", "nodes.conf", "--dir"])
            .arg(data);
        command.args([
            "--notify-keyspace-events",
            "Ex",
            "--maxmemory-policy",
            "noeviction",
        ]);
    })?;
    let port = port.parse()?;
    Ok(Private { port, process })
}

/// Whether a Redis is there.
pub fn answers(url: &str) -> bool {
    ask(url, &["PING"]).as_deref() == Some("PONG")
}

/// Whether the private Redis takes writes; gives it its slots when it has none yet. A master that has just started waits
/// two seconds by itself (`CLUSTER_WRITABLE_DELAY`).
pub fn is_ready(url: &str) -> bool {
    let Some(info) = ask(url, &["CLUSTER", "INFO"]) else {
        return false;
    };
    if info.contains("cluster_slots_assigned:0\r") {
        ask(url, &["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    }
    info.contains("cluster_state:ok")
}

/// Checks a Redis that somebody else runs, and makes it tell about expired keys when it does not.
pub fn adopt(url: &str) -> Result<()> {
    if !answers(url) {
        bail!("no Redis answers at {url}: start it, or leave out --redis-url");
    }
    let events = ask(url, &["CONFIG", "GET", "notify-keyspace-events"]).unwrap_or_default();
    let flags = events.lines().nth(1).unwrap_or_default();
    if flags.contains('E') && (flags.contains('x') || flags.contains('A')) {
        return Ok(());
    }
    let wanted = format!("{flags}Ex");
    eprintln!("{url} does not tell about expired keys: setting notify-keyspace-events to {wanted}");
    if ask(url, &["CONFIG", "SET", "notify-keyspace-events", &wanted]).as_deref() != Some("OK") {
        eprintln!(
            "it refuses; players still get their matches, some decisions come a little later"
        );
    }
    Ok(())
}

fn ask(url: &str, words: &[&str]) -> Option<String> {
    // redis-cli itself waits for ever for a host that does not answer.
    let mut command = Command::new("timeout");
    command
        .args(["3", "redis-cli", "--no-auth-warning", "-u", url])
        .args(words);
    output(&mut command)
}
