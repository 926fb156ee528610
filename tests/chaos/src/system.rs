//! The system under test: real parts in a separate folder, which are stopped on drop.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use devstack::{Backend, Detour, Stack, StackConfig};
use lobby::{Lobby, Pools};
use tokio::runtime::Runtime;

/// The configuration of a run.
pub(crate) struct Wanted {
    pub(crate) relays: u16,
    pub(crate) pools: String,
    pub(crate) settings: String,
    /// Additional environment variables of every process.
    pub(crate) environment: Vec<(String, String)>,
    /// What runs the functions.
    pub(crate) backend: Backend,
    /// Folder of the programs; default: this program's folder.
    pub(crate) binaries: Option<PathBuf>,
    pub(crate) detour: Option<Arc<dyn Detour>>,
    /// Folder for the logs of every part.
    pub(crate) logs: Option<PathBuf>,
}

/// A running system, and the lobby in its Redis.
pub(crate) struct System {
    pub(crate) stack: Stack,
    pub(crate) lobby: Lobby,
    logs: Option<PathBuf>,
    /// Dropped after the parts, which write to it.
    _folder: Folder,
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl System {
    /// Starts the system. The calling thread must live until the end, because child processes end with the thread
    /// that started them.
    pub(crate) fn start(runtime: &Runtime, wanted: Wanted) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("skirmish-chaos-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let guard = Folder(folder.clone());
        let private = StackConfig::private(&folder, wanted.backend)?;
        let config = StackConfig {
            binaries: wanted.binaries.unwrap_or(private.binaries),
            relays: wanted.relays,
            pools: wanted.pools.clone(),
            settings: wanted.settings,
            environment: wanted.environment,
            detour: wanted.detour,
            ..private
        };
        let stack = Stack::start(&config)?;
        let pools = Pools::parse(&wanted.pools)?;
        let lobby = runtime.block_on(Lobby::connect(&stack.redis_url, pools))?;
        Ok(Self {
            stack,
            lobby,
            logs: wanted.logs,
            _folder: guard,
        })
    }

    /// Every line with `word` in the logs of the parts whose name satisfies `of`.
    pub(crate) fn log_lines(&self, word: &str, of: impl Fn(&str) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        for process in self.stack.processes().iter().filter(|part| of(&part.name)) {
            let text = std::fs::read(&process.log).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let lines = text.lines().filter(|line| line.contains(word));
            found.extend(lines.map(|line| format!("{}: {line}", process.name)));
        }
        found
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let Some(logs) = &self.logs else { return };
        let _ = std::fs::create_dir_all(logs);
        for process in self.stack.processes() {
            let _ = std::fs::copy(&process.log, logs.join(format!("{}.log", process.name)));
        }
    }
}
