//! A private redis-server as a one-node cluster, shared by the tests that run at the same time and ended with the last one.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// The shell ends the server when its input closes: also when the tests are killed.
const GUARDED: &str = "redis-server \"$@\" >/dev/null 2>&1 & server=$!; cat >/dev/null; kill -9 $server; wait $server 2>/dev/null";
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    pub(crate) url: String,
    shell: Child,
    folder: std::path::PathBuf,
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
        let server = Arc::new(Self::start(free_port()));
        *shared = Arc::downgrade(&server);
        server
    }

    /// One of its own, for tests that stop or fill it.
    pub(crate) fn own() -> Self {
        Self::start(free_port())
    }

    pub(crate) fn start(port: u16) -> Self {
        let bus = free_port();
        let server = Self::launch(
            port,
            &format!("--cluster-enabled yes --cluster-port {bus} --cluster-config-file nodes.conf"),
        );
        server.wait_for_cluster();
        server
    }

    /// No cluster, and a replica of nothing: it refuses writes.
    pub(crate) fn read_only() -> Self {
        let server = Self::launch(free_port(), "--replicaof 127.0.0.1 1");
        server.wait_for(|_| true);
        server
    }

    fn launch(port: u16, kind: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("lobby-redis-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let text = format!(
            "--port {port} --bind 127.0.0.1 --dir {} --notify-keyspace-events Ex --maxmemory-policy noeviction {kind}",
            folder.display()
        );
        let shell = Command::new("sh")
            .args(["-c", GUARDED, "redis-guard"])
            .args(text.split_whitespace())
            .args(["--save", ""])
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh starts redis-server");
        Self {
            url: format!("redis://127.0.0.1:{port}"),
            shell,
            folder,
        }
    }

    fn wait_for_cluster(&self) {
        let mut has_slots = false;
        self.wait_for(|connection| {
            if !has_slots {
                has_slots = redis::cmd("CLUSTER")
                    .arg("ADDSLOTSRANGE")
                    .arg(0)
                    .arg(16383)
                    .query::<()>(connection)
                    .is_ok();
            }
            let info: String = redis::cmd("CLUSTER")
                .arg("INFO")
                .query(connection)
                .unwrap_or_default();
            info.contains("cluster_state:ok")
        });
    }

    fn wait_for(&self, mut ready: impl FnMut(&mut redis::Connection) -> bool) {
        let until = Instant::now() + DEADLINE;
        let client = redis::Client::open(self.url.as_str()).expect("a url");
        while !client
            .get_connection()
            .is_ok_and(|mut connection| ready(&mut connection))
        {
            assert!(
                Instant::now() < until,
                "redis-server at {} does not get ready",
                self.url
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut input) = self.shell.stdin.take() {
            input.flush().ok();
        }
        self.shell.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}
