//! A Redis of the test's own: a one-node cluster, as in `cargo xtask up`, gone when dropped.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::PATIENCE;

/// Between two looks at a process that is coming up.
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Redis {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Redis {
    pub(crate) fn start() -> Self {
        // Another process may take a free port before Redis does: then it ends at once, and the next one is tried.
        let redis = (0..10)
            .find_map(|_| Self::launch())
            .expect("redis-server comes up");
        redis.cli(&["cluster", "addslotsrange", "0", "16383"]);
        redis.wait(|redis| redis.cli(&["cluster", "info"]).contains("cluster_state:ok"));
        redis
    }

    fn launch() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (port, bus) = (free_port(), free_port());
        let flags = format!(
            "--port {port} --cluster-port {bus} --bind 127.0.0.1 --cluster-enabled yes \
             --cluster-config-file nodes.conf --notify-keyspace-events Ex --maxmemory-policy noeviction"
        );
        let child = Command::new("redis-server")
            .args(flags.split(' '))
            .args(["--save", "", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let mut redis = Self {
            child,
            port,
            _folder: folder,
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && redis.child.try_wait().is_ok_and(|ended| ended.is_none())
        {
            if redis
                .try_cli(&["ping"])
                .is_some_and(|answer| answer.contains("PONG"))
            {
                return Some(redis);
            }
            std::thread::sleep(PAUSE);
        }
        None
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What `redis-cli` answers.
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        self.try_cli(args).expect("redis-cli answers")
    }

    /// Redis stops answering, and keeps what it has.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let done = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(done.expect("kill").success());
    }

    fn try_cli(&self, args: &[&str]) -> Option<String> {
        let port = self.port.to_string();
        let output = Command::new("redis-cli")
            .args(["-h", "127.0.0.1", "-p", &port])
            .args(args)
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn wait(&self, is_ready: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_ready(self) {
            assert!(Instant::now() < deadline, "redis-server does not come up");
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}
