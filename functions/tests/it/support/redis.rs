//! A Redis of the test's own: a cluster of one node, so that a script that leaves its slot is refused.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PATIENCE: Duration = Duration::from_secs(20);

/// Killed when it is dropped.
pub(crate) struct Redis {
    pub(crate) url: String,
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let [port, bus] = [free_port().await, free_port().await];
        let child = Command::new(
            std::env::var("REDIS_SERVER")
                .as_deref()
                .unwrap_or("redis-server"),
        )
        .args([
            "--port",
            &port.to_string(),
            "--cluster-port",
            &bus.to_string(),
            "--bind",
            "127.0.0.1",
        ])
        .args([
            "--cluster-enabled",
            "yes",
            "--cluster-config-file",
            "nodes.conf",
            "--save",
            "",
        ])
        .args([
            "--notify-keyspace-events",
            "Ex",
            "--maxmemory-policy",
            "noeviction",
        ])
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed");
        let redis = Self {
            url: format!("redis://127.0.0.1:{port}"),
            port,
            child,
            _folder: folder,
        };
        ask_until(port, "CLUSTER ADDSLOTSRANGE 0 16383", |answer| {
            answer.starts_with("+OK") || answer.contains("busy")
        })
        .await;
        ask_until(port, "CLUSTER INFO", |answer| {
            answer.contains("cluster_state:ok")
        })
        .await;
        redis
    }

    /// What a command answers with a number.
    pub(crate) async fn count(&self, command: &str) -> u64 {
        let answer = ask(self.port, command).await.expect("an answer");
        let number = answer.trim_start_matches(':').trim();
        number.parse().expect("a number")
    }

    /// A signal by name: `STOP` lets it hang, `CONT` go on.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let done = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(done.is_ok_and(|status| status.success()), "kill -s {name}");
    }

    /// From now on it refuses what needs memory.
    pub(crate) async fn fill(&self) {
        ask_until(self.port, "CONFIG SET maxmemory 1", |answer| {
            answer.starts_with("+OK")
        })
        .await;
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub(crate) async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Asks again until the answer is the one waited for.
async fn ask_until(port: u16, command: &str, done: impl Fn(&str) -> bool) {
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = ask(port, command).await.unwrap_or_default();
        if done(&answer) {
            return;
        }
        assert!(Instant::now() < until, "{command}: {answer}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Only the lobby speaks Redis's protocol; its inline form is enough here.
async fn ask(port: u16, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream
        .write_all(format!("{command}\r\n").as_bytes())
        .await?;
    let mut bytes = [0; 4096];
    let count = stream.read(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes[..count]).into_owned())
}
