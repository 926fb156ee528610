//! The benches' Redis on the measured core, and what the kernel says that it used.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use crowd::{house, machine};
use lobby::{Pool, RelayInfo};
use tokio::task::JoinHandle;

/// A relay's lease lasts 1.5 s.
const RENEW: Duration = Duration::from_millis(300);

/// A Redis alone on the last core, and the lobby in it.
pub(crate) struct House {
    pub(crate) base: house::House,
    relay: Option<JoinHandle<()>>,
}

/// What Redis has used since it began, s: on a core, and runnable but waiting for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    at: Instant,
    ran: f64,
    waited: f64,
}

/// What it used between two moments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    /// s.
    pub(crate) seconds: f64,
    /// s of a core.
    pub(crate) cpu: f64,
    /// Of the time it wanted to run, what it waited, 0 to 1.
    pub(crate) waited: f64,
}

impl House {
    /// An empty one with these pools.
    pub(crate) async fn open(pools: &str) -> Result<Self> {
        let base = house::House::open(pools).await?;
        pin(base.redis_id())?;
        keep_the_file(&base.url())?;
        Ok(Self { base, relay: None })
    }

    /// The pool `main`.
    pub(crate) fn pool(&self) -> Result<Pool> {
        Ok(self.base.lobby.pool("main")?)
    }

    /// A game server with room for everybody registers, and stays.
    pub(crate) async fn with_relay(mut self) -> Result<Self> {
        let relay = RelayInfo {
            id: "relay-1".to_owned(),
            url: "ws://127.0.0.1:8080/game/relay-1".to_owned(),
            rooms: 0,
            capacity: 10_000_000,
            draining: false,
            boot: "bench".to_owned(),
        };
        self.base.lobby.relays.renew(&relay).await?;
        let lobby = self.base.lobby.clone();
        self.relay = Some(tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEW).await;
                if let Err(error) = lobby.relays.renew(&relay).await {
                    println!("the lease is lost: {error}");
                }
            }
        }));
        Ok(self)
    }

    /// What its Redis used until now, all threads.
    pub(crate) fn used(&self) -> Result<Used> {
        let (mut ran, mut waited) = (0.0, 0.0);
        for task in std::fs::read_dir(format!("/proc/{}/task", self.base.redis_id()))? {
            let text =
                std::fs::read_to_string(task?.path().join("schedstat")).context("Redis is gone")?;
            let mut numbers = text
                .split_whitespace()
                .map(|n| n.parse().unwrap_or(0.0) / 1e9);
            ran += numbers.next().unwrap_or(0.0);
            waited += numbers.next().unwrap_or(0.0);
        }
        Ok(Used {
            at: Instant::now(),
            ran,
            waited,
        })
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(relay) = &self.relay {
            relay.abort();
        }
    }
}

impl Used {
    /// Since then.
    pub(crate) fn since(&self, before: &Self) -> Use {
        let (ran, waited) = (self.ran - before.ran, self.waited - before.waited);
        Use {
            seconds: (self.at - before.at).as_secs_f64(),
            cpu: ran,
            waited: waited / (ran + waited).max(1e-9),
        }
    }
}

fn pin(pid: u32) -> Result<()> {
    let status = Command::new("taskset")
        .args(["-acp", &machine::server_core(), &pid.to_string()])
        .output()?;
    if !status.status.success() {
        bail!("taskset cannot give Redis a core of its own");
    }
    Ok(())
}

/// A rewrite of the append-only file would run beside the measurement, on the same core.
fn keep_the_file(url: &str) -> Result<()> {
    let status = Command::new("redis-cli")
        .args([
            "-u",
            url,
            "CONFIG",
            "SET",
            "auto-aof-rewrite-percentage",
            "0",
        ])
        .output()?;
    if !status.status.success() {
        bail!("redis-cli cannot set Redis up");
    }
    Ok(())
}
