//! The Redis of a system: a private one, which is a cluster of one node as in production, or an
//! existing one.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use testkit::free_port;
use testkit::redis::{Address, command, server};

use crate::command::find;
use crate::process::Process;
use crate::versions;

/// A private Redis.
pub struct Private {
    /// The address that it listens on.
    pub address: Address,
    /// The process of the server.
    pub process: Process,
}

/// Primaries of a private cluster.
const PRIMARIES: u16 = 3;

/// A clock for a private Redis that can be set while it runs: libfaketime and the file that it reads.
#[derive(Clone, Debug)]
pub struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// A clock that shows the time of this machine, with its file in this new folder. None: libfaketime is not in the
    /// folder that Debian installs it in.
    pub fn new(folder: &Path) -> Option<Self> {
        let libraries = format!("/usr/lib/{}-linux-gnu/faketime", std::env::consts::ARCH);
        let library = Path::new(&libraries).join("libfaketimeMT.so.1");
        let clock = Self {
            library,
            file: folder.join("clock"),
        };
        let made = clock.library.is_file() && std::fs::create_dir_all(folder).is_ok();
        (made && clock.set(0).is_ok()).then_some(clock)
    }

    /// Sets it to this number of seconds after the clock of this machine.
    pub fn set(&self, offset_s: i64) -> std::io::Result<()> {
        // A rename is atomic: a reader sees either the old text or the new one.
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{offset_s:+}\n"))?;
        std::fs::rename(new, &self.file)
    }

    fn prepare(&self, command: &mut Command) {
        // libfaketime allocates memory before it is ready, and jemalloc reads the clock at that time. So libc's
        // allocator is loaded first.
        let libraries = format!("{} libc.so.6", self.library.display());
        command
            .env("LD_PRELOAD", libraries)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            // A change of the clock does not change the length of timeouts.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}

/// The path of the server program.
pub fn program() -> Option<PathBuf> {
    find(&server())
}

/// Starts redis-server; its data (append-only file, cluster file) is in `data`.
pub fn start(data: &Path, logs: &Path, clock: Option<&Clock>) -> Result<Private> {
    start_node("redis", data, logs, clock)
}

/// Starts three primaries without replicas, `redis-1` to `redis-3`, each with a separate folder in `data`. They form
/// one cluster once [`is_ready`] returns true.
pub fn start_cluster(data: &Path, logs: &Path) -> Result<Vec<Private>> {
    (1..=PRIMARIES)
        .map(|i| format!("redis-{i}"))
        .map(|name| start_node(&name, &data.join(&name), logs, None))
        .collect()
}

/// `REDIS_URL` of these nodes: their URLs, separated by commas. More than one means a cluster.
pub fn url(nodes: &[Private]) -> String {
    let url = |node: &Private| format!("redis://127.0.0.1:{}", node.address.port);
    nodes.iter().map(url).collect::<Vec<_>>().join(",")
}

/// Whether a Redis answers.
pub fn answers(url: &str) -> bool {
    command(url, &["PING"]).as_deref() == Some("PONG")
}

/// Whether these nodes accept writes as one cluster. Each call performs the next step of forming it. A new primary
/// waits two seconds before it accepts writes (`CLUSTER_WRITABLE_DELAY`).
pub fn is_ready(nodes: &[Address]) -> bool {
    testkit::redis::is_cluster_ready(nodes)
}

fn start_node(name: &str, data: &Path, logs: &Path, clock: Option<&Clock>) -> Result<Private> {
    std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let program = program().with_context(|| {
        let name = server();
        format!("{name} is missing: sudo apt-get install -y {name}")
    })?;
    let address = Address {
        port: free_port(),
        bus: free_port(),
    };
    let (port, bus) = (address.port.to_string(), address.bus.to_string());
    let process = Process::start(name, &program, logs, |command| {
        if let Some(clock) = clock {
            clock.prepare(command);
        }
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", ""]);
        // Each write reaches the kernel before its reply, so it survives a SIGKILL; nothing here
        // must survive a power failure. `everysec` does not guarantee this: replies do not wait for
        // a write that a slow sync delays.
        command.args(["--appendonly", "yes", "--appendfsync", "no"]);
        command.args(["--cluster-enabled", "yes", "--cluster-port", &bus]);
        // A node continues to serve its slots while another node is down.
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
    Ok(Private { address, process })
}

/// Checks that an existing Redis answers and is recent enough.
pub fn check(url: &str) -> Result<()> {
    if !answers(url) {
        bail!("no Redis answers at {url}: start it, or leave out --redis-url");
    }
    let info = command(url, &["INFO", "server"]).unwrap_or_default();
    versions::check_redis(url, &info)
}

/// Configures an existing Redis to publish expired keys.
pub fn adopt(url: &str) -> Result<()> {
    check(url)?;
    let events = command(url, &["CONFIG", "GET", "notify-keyspace-events"]).unwrap_or_default();
    let flags = events.lines().nth(1).unwrap_or_default();
    if flags.contains('E') && (flags.contains('x') || flags.contains('A')) {
        return Ok(());
    }
    let wanted = format!("{flags}Ex");
    eprintln!("{url} does not publish expired keys: setting notify-keyspace-events to {wanted}");
    if command(url, &["CONFIG", "SET", "notify-keyspace-events", &wanted]).as_deref() != Some("OK")
    {
        eprintln!("Redis refused the change; matches still start, but some steps happen later");
    }
    Ok(())
}
