//! One redis-server: its process, its folder, and how nodes become a cluster.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::cli::{command, server, try_command};
use crate::{eventually, free_port};

/// A shell command that prints the server's process id, and kills the server when its own input closes. So the server
/// also ends when the tests are killed.
const GUARDED: &str = "\"$0\" \"$@\" >/dev/null 2>&1 & server=$!; echo $server; cat >/dev/null; \
                       kill -9 $server; wait $server 2>/dev/null";
const SLOTS: usize = 16384;

static STARTED: AtomicU32 = AtomicU32::new(0);

/// The addresses of a node on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The port for clients.
    pub port: u16,
    /// The port for the other nodes of its cluster.
    pub bus: u16,
}

/// A redis-server and its folder. On drop, the server is killed and the folder is removed.
pub struct Node {
    /// `redis://127.0.0.1:<port>`; with TLS, `rediss`.
    pub url: String,
    /// Where it listens.
    pub address: Address,
    arguments: Vec<String>,
    guard: Option<Child>,
    process_id: String,
    folder: PathBuf,
}

impl Node {
    /// The options of a node of a cluster.
    pub fn of_cluster() -> Vec<&'static str> {
        "--cluster-enabled yes --cluster-config-file nodes.conf --cluster-require-full-coverage no"
            .split(' ')
            .collect()
    }

    /// Starts a server with these options, without waiting until it answers.
    pub fn start(port: u16, options: &[&str]) -> Self {
        Self::launch("redis", port, &["--port", &port.to_string()], options)
    }

    pub(super) fn start_tls(port: u16, certificate: &Path, key: &Path) -> Self {
        let (certificate, key) = (certificate.to_string_lossy(), key.to_string_lossy());
        let listen = ["--port", "0", "--tls-port", &port.to_string()];
        let options = [
            "--tls-auth-clients",
            "no",
            "--tls-cert-file",
            &*certificate,
            "--tls-key-file",
            &*key,
        ];
        Self::launch("rediss", port, &listen, &options)
    }

    /// The process id of the server.
    pub fn process_id(&self) -> &str {
        &self.process_id
    }

    /// Sends a signal by its name: `STOP` makes the server hang, `CONT` lets it continue.
    ///
    /// # Panics
    /// If the server has ended.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.process_id])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -s {name}");
    }

    /// Kills the server.
    pub fn kill(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            guard.wait().ok();
        }
    }

    /// Kills the server, and restarts it at the same port with the data in its folder. Returns when it answers.
    pub fn restart(&mut self) {
        self.kill();
        self.spawn();
        self.wait_for(|_| true);
    }

    /// Runs a command. Returns the reply as text. Spaces separate its words; `''` is an empty word.
    ///
    /// # Panics
    /// If the reply is an error.
    pub fn run(&self, words: &str) -> String {
        let word = |word| if word == "''" { "" } else { word };
        self.command(&words.split(' ').map(word).collect::<Vec<_>>())
    }

    /// Like `run`, with separate words.
    ///
    /// # Panics
    /// If the reply is an error.
    pub fn command(&self, words: &[&str]) -> String {
        try_command(&self.url, words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// The reply; None if it is an error.
    pub fn try_command(&self, words: &[&str]) -> Option<String> {
        command(&self.url, words)
    }

    /// Waits until the server answers and `is_ready` holds.
    pub fn wait_for(&self, mut is_ready: impl FnMut(&Self) -> bool) {
        let what = format!("redis-server at {} is ready", self.url);
        eventually(&what, || {
            let answers = self.try_command(&["PING"]).is_some();
            (answers && is_ready(self)).then_some(())
        });
    }

    fn launch(scheme: &str, port: u16, listen: &[&str], options: &[&str]) -> Self {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("skirmish-redis-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let bus = free_port();
        let (data, bus_port) = (folder.to_string_lossy(), bus.to_string());
        let fixed = [
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            &*data,
            "--cluster-port",
            &bus_port,
            "--notify-keyspace-events",
            "Ex",
            "--maxmemory-policy",
            "noeviction",
        ];
        let arguments = [listen, &fixed, options].concat();
        let mut node = Self {
            url: format!("{scheme}://127.0.0.1:{port}"),
            address: Address { port, bus },
            arguments: arguments.into_iter().map(str::to_owned).collect(),
            guard: None,
            process_id: String::new(),
            folder,
        };
        node.spawn();
        node
    }

    fn spawn(&mut self) {
        let mut guard = Command::new("sh")
            .args(["-c", GUARDED, &server()])
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh runs");
        self.process_id.clear();
        if let Some(output) = guard.stdout.take() {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).ok();
            line.trim().clone_into(&mut self.process_id);
        }
        self.guard = Some(guard);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Performs the next steps that make these nodes one cluster: gives each its share of the slots if it has none, and
/// introduces it to the first one. True once every node accepts writes, which takes a new node about 2 s.
pub fn is_cluster_ready(nodes: &[Address]) -> bool {
    let signs = [
        format!("cluster_known_nodes:{}\r", nodes.len()),
        "cluster_state:ok".to_owned(),
        "cluster_slots_assigned:16384\r".to_owned(),
    ];
    let mut ready = !nodes.is_empty();
    for (i, node) in nodes.iter().enumerate() {
        let url = format!("redis://127.0.0.1:{}", node.port);
        let Some(info) = command(&url, &["CLUSTER", "INFO"]) else {
            return false;
        };
        if info.contains("cluster_slots_assigned:0\r") {
            let (first, next) = (SLOTS * i / nodes.len(), SLOTS * (i + 1) / nodes.len());
            let (first, last) = (first.to_string(), (next - 1).to_string());
            command(&url, &["CLUSTER", "SET-CONFIG-EPOCH", &(i + 1).to_string()]);
            command(&url, &["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
        }
        if i > 0 && info.contains("cluster_known_nodes:1\r") {
            let (port, bus) = (nodes[0].port.to_string(), nodes[0].bus.to_string());
            command(&url, &["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        ready &= signs.iter().all(|sign| info.contains(sign));
    }
    ready
}
