//! Private redis-servers, ended with the tests: a one-node cluster shared by the tests that run at
//! the same time, others of one's own, and clusters of several. `REDIS_SERVER` names another
//! program (`valkey-server`, or a path); with `REDIS_PRIMARIES=3` the shared one is a cluster of
//! three.

use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// The shell ends the server when its input closes: also when the tests are killed.
const GUARDED: &str = "\"${REDIS_SERVER:-redis-server}\" \"$@\" >/dev/null 2>&1 & server=$!; cat >/dev/null; kill -9 $server; wait $server 2>/dev/null";
const DEADLINE: Duration = Duration::from_secs(30);
const SLOTS: u16 = 16384;

pub(crate) struct Server {
    /// As `REDIS_URL`: several nodes with commas.
    pub(crate) url: String,
    pub(crate) nodes: Vec<Node>,
}

/// One process, and its folder.
pub(crate) struct Node {
    pub(crate) url: String,
    pub(crate) port: u16,
    pub(crate) bus: u16,
    options: String,
    shell: Option<Child>,
    folder: PathBuf,
}

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());

impl Server {
    /// The one for all tests of this binary.
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let primaries = std::env::var("REDIS_PRIMARIES")
            .map_or(1, |text| text.parse().expect("REDIS_PRIMARIES is a number"));
        let server = Arc::new(match primaries {
            1 => Self::own(),
            more => Self::cluster(more),
        });
        *shared = Arc::downgrade(&server);
        server
    }

    /// One of its own, for tests that stop or fill it.
    pub(crate) fn own() -> Self {
        Self::start(free_port())
    }

    pub(crate) fn start(port: u16) -> Self {
        Self::form(vec![Node::new(
            port,
            "--cluster-enabled yes --cluster-config-file nodes.conf",
        )])
    }

    /// Primaries that share the slots, without replicas. What one of them has stays there when
    /// another is gone.
    pub(crate) fn cluster(primaries: u16) -> Self {
        let options = "--cluster-enabled yes --cluster-config-file nodes.conf --cluster-require-full-coverage no";
        Self::form(
            (0..primaries)
                .map(|_| Node::new(free_port(), options))
                .collect(),
        )
    }

    /// No cluster, and a replica of nothing: it refuses writes.
    pub(crate) fn read_only() -> Self {
        Self::alone("--replicaof 127.0.0.1 1")
    }

    /// No cluster; with these options.
    pub(crate) fn alone(options: &str) -> Self {
        let node = Node::new(free_port(), options);
        node.wait_for(|_| true);
        Self {
            url: node.url.clone(),
            nodes: vec![node],
        }
    }

    fn form(nodes: Vec<Node>) -> Self {
        let urls: Vec<&str> = nodes.iter().map(|node| node.url.as_str()).collect();
        let (url, count) = (urls.join(","), nodes.len() as u16);
        for (i, node) in (0..).zip(&nodes) {
            node.wait_for(|_| true);
            node.run(&format!("CLUSTER SET-CONFIG-EPOCH {}", i + 1));
            let (from, to) = (slot(i, count), slot(i + 1, count) - 1);
            node.run(&format!("CLUSTER ADDSLOTSRANGE {from} {to}"));
            let first = &nodes[0];
            node.run(&format!(
                "CLUSTER MEET 127.0.0.1 {} {}",
                first.port, first.bus
            ));
        }
        let signs = [
            format!("cluster_known_nodes:{count}\r"),
            "cluster_state:ok".to_owned(),
            "cluster_slots_assigned:16384\r".to_owned(),
        ];
        for node in &nodes {
            node.wait_for(|connection| {
                let info: redis::RedisResult<String> =
                    redis::cmd("CLUSTER").arg("INFO").query(connection);
                info.is_ok_and(|info| signs.iter().all(|sign| info.contains(sign)))
            });
        }
        Self { url, nodes }
    }
}

impl Node {
    pub(crate) fn new(port: u16, options: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("lobby-redis-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let mut node = Self {
            url: format!("redis://127.0.0.1:{port}"),
            port,
            bus: free_port(),
            options: options.to_owned(),
            shell: None,
            folder,
        };
        node.launch();
        node
    }

    /// A signal to the server itself, by name.
    pub(crate) fn signal(pid: &str, name: &str) {
        let done = Command::new("kill").args(["-s", name, pid]).status();
        assert!(done.is_ok_and(|status| status.success()), "kill -s {name}");
    }

    /// The server's process id.
    pub(crate) fn pid(&self) -> String {
        let info = self.run("INFO server");
        let line = info
            .lines()
            .find_map(|line| line.strip_prefix("process_id:"));
        line.expect("a process id").trim().to_owned()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            if let Some(mut input) = shell.stdin.take() {
                input.flush().ok();
            }
            shell.wait().ok();
        }
    }

    /// Again, at the same port, from what it left in its folder; answers.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.launch();
        self.wait_for(|_| true);
    }

    /// A command of words, on a connection of its own; `''` is an empty one.
    pub(crate) fn run(&self, words: &str) -> String {
        let client = redis::Client::open(self.url.as_str()).expect("a url");
        let mut connection = client.get_connection().expect("a connection");
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(if word == "''" { "" } else { word });
        }
        let answer = command.query::<redis::Value>(&mut connection);
        let answer = answer.unwrap_or_else(|error| panic!("{words}: {error}"));
        redis::from_redis_value(answer.clone()).unwrap_or_else(|_| format!("{answer:?}"))
    }

    fn launch(&mut self) {
        let text = format!(
            "--port {} --bind 127.0.0.1 --dir {} --notify-keyspace-events Ex --maxmemory-policy noeviction --cluster-port {} {}",
            self.port,
            self.folder.display(),
            self.bus,
            self.options
        );
        let shell = Command::new("sh")
            .args(["-c", GUARDED, "redis-guard"])
            .args(text.split_whitespace())
            .args(["--save", ""])
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh starts redis-server");
        self.shell = Some(shell);
    }

    pub(crate) fn wait_for(&self, mut ready: impl FnMut(&mut redis::Connection) -> bool) {
        let until = Instant::now() + DEADLINE;
        let client = redis::Client::open(self.url.as_str()).expect("a url");
        while !client.get_connection().is_ok_and(|mut connection| {
            let is_loaded = redis::cmd("PING").query::<String>(&mut connection).is_ok();
            is_loaded && ready(&mut connection)
        }) {
            assert!(
                Instant::now() < until,
                "redis-server at {} does not get ready",
                self.url
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// The first slot of a node.
fn slot(i: u16, count: u16) -> u16 {
    (u32::from(SLOTS) * u32::from(i) / u32::from(count)) as u16
}

/// A port that nobody listens on, handed out once: the nodes of a cluster that is gone still look
/// for each other, and must not find another test's. Below what Linux gives to outgoing
/// connections.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let base = std::process::id().wrapping_mul(97);
    loop {
        let offset = base.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 8000;
        let port = 11_000 + offset as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
