//! A Redis that has the measured core to itself, and the lobby in it.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use crowd::cpu::Used;
use crowd::{fixture, machine};
use lobby::{Lobby, Pool, RelayInfo};
use tokio::task::JoinHandle;

const CHECK_TIMEOUT: Duration = Duration::from_mins(1);

/// The interval of renewals; a relay's lease lasts 1.5 s.
const RENEW: Duration = Duration::from_millis(300);

/// A Redis that has the last core to itself, and the lobby in it.
pub(crate) struct Fixture {
    pub(crate) base: fixture::Fixture,
    relay: Option<JoinHandle<()>>,
}

impl Fixture {
    /// Opens an empty Redis with these pools.
    pub(crate) async fn open(pools: &str) -> Result<Self> {
        let base = fixture::Fixture::open(pools).await?;
        pin(base.redis_id())?;
        keep_the_file(&base.url())?;
        Ok(Self { base, relay: None })
    }

    /// The pool `main`.
    pub(crate) fn pool(&self) -> Result<Pool> {
        Ok(self.base.lobby.pool("main")?)
    }

    /// Registers a game server with capacity for all players, and renews its registration.
    pub(crate) async fn with_relay(mut self) -> Result<Self> {
        let relay = RelayInfo {
            webtransport: None,
            id: "relay-1".to_owned(),
            url: "ws://127.0.0.1:8080/game/relay-1".to_owned(),
            rooms: 0,
            capacity: 10_000_000,
            draining: false,
            boot: "bench".to_owned(),
            region: None,
            watchers_free: None,
            games: std::sync::Arc::default(),
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

    /// Checks every invariant of the pool `main`; one script reads all players.
    pub(crate) async fn check(&self) -> Result<()> {
        let pools = self.base.lobby.pools().clone();
        let lobby = Lobby::connect_within(&self.base.url(), pools, CHECK_TIMEOUT).await?;
        let wrong = lobby::check::violations(&lobby, "main").await?;
        ensure!(wrong.is_empty(), "{wrong:?}");
        Ok(())
    }

    /// CPU time of its Redis until now.
    pub(crate) fn used(&self) -> Result<Used> {
        Used::of(self.base.redis_id())
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if let Some(relay) = &self.relay {
            relay.abort();
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

/// Disables the rewrite of the append-only file, which would run during the measurement on the same core.
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
