//! A private Redis, a cluster of one node as in production; or somebody's, checked.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{find, output};
use crate::process::Process;
use crate::{ports, versions};

/// A Redis of our own.
pub struct Private {
    /// Where it listens, on loopback.
    pub port: u16,
    /// Where it listens to the other nodes of its cluster.
    bus: u16,
    /// The server.
    pub process: Process,
}

/// The variable that names another server program than `redis-server`: `valkey-server`, or a path.
const SERVER: &str = "REDIS_SERVER";

/// Primaries of a private cluster.
const PRIMARIES: u16 = 3;

/// Where the server program is.
pub fn program() -> Option<PathBuf> {
    find(&server())
}

fn server() -> String {
    std::env::var(SERVER).unwrap_or_else(|_| "redis-server".to_owned())
}

/// Starts redis-server; its data (append-only file, cluster file) live in `data`.
pub fn start(data: &Path, logs: &Path) -> Result<Private> {
    start_node("redis", data, logs)
}

/// Starts a cluster of three primaries without replicas, `redis-1` to `redis-3`, each with its data in a folder of its own
/// in `data`. They are one cluster once [`is_cluster_ready`] says so.
pub fn start_cluster(data: &Path, logs: &Path) -> Result<Vec<Private>> {
    (1..=PRIMARIES)
        .map(|i| format!("redis-{i}"))
        .map(|name| start_node(&name, &data.join(&name), logs))
        .collect()
}

/// What `REDIS_URL` is for these nodes: one url, or all of them with commas, which means a cluster.
pub fn url(nodes: &[Private]) -> String {
    let urls: Vec<String> = nodes.iter().map(|node| node_url(node.port)).collect();
    urls.join(",")
}

fn node_url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

fn start_node(name: &str, data: &Path, logs: &Path) -> Result<Private> {
    std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let program = program().with_context(|| {
        let name = server();
        format!("{name} is missing: sudo apt-get install -y {name}")
    })?;
    let (port, bus) = (ports::free()?, ports::free()?);
    let (port_text, bus_text) = (port.to_string(), bus.to_string());
    let process = Process::start(name, &program, logs, |command| {
        command.args(["--port", &port_text, "--bind", "127.0.0.1", "--save", ""]);
        // Written before each answer, synced when the system likes: nothing here is to outlive a power cut, and whatever was
        // answered outlives a SIGKILL. With `everysec` it need not: while a sync is under way, and a busy disk takes its
        // time, answers do not wait for their write.
        command.args(["--appendonly", "yes", "--appendfsync", "no"]);
        command.args(["--cluster-enabled", "yes", "--cluster-port", &bus_text]);
        // What one node has stays there when another is away.
        command.args(["--cluster-require-full-coverage", "no"]);
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
    Ok(Private { port, bus, process })
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

/// Whether the private cluster takes writes. Gives its nodes their slots and lets them meet while they have and know none.
pub fn is_cluster_ready(nodes: &[Private]) -> bool {
    let Some(first) = nodes.first() else {
        return false;
    };
    let (share, last) = (16384 / nodes.len(), nodes.len() - 1);
    let mut ready = true;
    for (i, node) in nodes.iter().enumerate() {
        let url = node_url(node.port);
        let info = ask(&url, &["CLUSTER", "INFO"]).unwrap_or_default();
        if info.contains("cluster_slots_assigned:0\r") {
            let end = if i == last {
                16383
            } else {
                (i + 1) * share - 1
            };
            let (start, end, epoch) = (
                (i * share).to_string(),
                end.to_string(),
                (i + 1).to_string(),
            );
            ask(&url, &["CLUSTER", "SET-CONFIG-EPOCH", &epoch]);
            ask(&url, &["CLUSTER", "ADDSLOTSRANGE", &start, &end]);
        }
        if i > 0 && info.contains("cluster_known_nodes:1\r") {
            let (port, bus) = (first.port.to_string(), first.bus.to_string());
            ask(&url, &["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        let known = format!("cluster_known_nodes:{}\r", nodes.len());
        let signs = ["cluster_state:ok", "cluster_slots_assigned:16384\r", &known];
        ready &= signs.iter().all(|sign| info.contains(sign));
    }
    ready
}

/// Checks that a Redis that somebody else runs is there, and recent enough.
pub fn check(url: &str) -> Result<()> {
    if !answers(url) {
        bail!("no Redis answers at {url}: start it, or leave out --redis-url");
    }
    let info = ask(url, &["INFO", "server"]).unwrap_or_default();
    versions::check_redis(url, &info)
}

/// Makes such a Redis tell about expired keys when it does not.
pub fn adopt(url: &str) -> Result<()> {
    check(url)?;
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
