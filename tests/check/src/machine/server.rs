//! A private redis-server as a one-node cluster, where a script that leaves its slot is refused.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// The shell ends the server when its input closes: also when this process is killed.
const GUARDED: &str = "redis-server \"$@\" >/dev/null 2>&1 & server=$!; cat >/dev/null; kill -9 $server; wait $server 2>/dev/null";
const DEADLINE: Duration = Duration::from_secs(20);
static STARTED: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Server {
    pub(crate) url: String,
    shell: Child,
    folder: PathBuf,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("check-redis-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)?;
        let (port, bus) = (free_port()?, free_port()?);
        let text = format!(
            "--port {port} --bind 127.0.0.1 --dir {} --cluster-enabled yes --cluster-port {bus} \
             --cluster-config-file nodes.conf --appendonly no --notify-keyspace-events Ex --maxmemory-policy noeviction",
            folder.display()
        );
        let shell = Command::new("sh")
            .args(["-c", GUARDED, "redis-guard"])
            .args(text.split_whitespace())
            .args(["--save", ""])
            .stdin(Stdio::piped())
            .spawn()
            .context("sh starts redis-server")?;
        let server = Self {
            url: format!("redis://127.0.0.1:{port}"),
            shell,
            folder,
        };
        server.wait()?;
        Ok(server)
    }

    fn wait(&self) -> Result<()> {
        let until = Instant::now() + DEADLINE;
        let client = redis::Client::open(self.url.as_str())?;
        let mut has_slots = false;
        loop {
            if let Ok(mut connection) = client.get_connection() {
                let mut add = redis::cmd("CLUSTER");
                add.arg("ADDSLOTSRANGE").arg(0).arg(16383);
                has_slots = has_slots || add.query::<()>(&mut connection).is_ok();
                let mut info = redis::cmd("CLUSTER");
                let info: String = info.arg("INFO").query(&mut connection).unwrap_or_default();
                if info.contains("cluster_state:ok") {
                    return Ok(());
                }
            }
            ensure!(
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
        drop(self.shell.stdin.take());
        self.shell.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
