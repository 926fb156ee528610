//! The measured relay, with a private Redis, and players with seats in its matches.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bots::GameTicket;
use crowd::fixture::Fixture;
use devstack::http;
use devstack::metrics::Metrics;
use devstack::process::Process;
use tokio::time::sleep;

/// The players in a room.
pub(crate) const SEATS: usize = 5;
/// The pool: a match starts only in a full room.
const POOLS: &str = r#"{"main":{"seats_min":5,"seats_max":5}}"#;
/// A match ends when one player is left, or after this.
const SETTINGS: &str = r#"{"match_seconds":3600}"#;
/// In a namespace of its own, every port is free.
const PORT: u16 = 9401;
const WEBTRANSPORT_PORT: u16 = 4433;
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// A relay that runs until it is dropped.
pub(crate) struct Relay {
    process: Process,
    fixture: Fixture,
}

impl Relay {
    /// Starts the relay from this folder. Players reach it at `address`.
    pub(crate) async fn start(bin: &Path, address: Ipv4Addr) -> Result<Self> {
        let fixture = Fixture::open(POOLS).await?;
        let program = bin.join("relay");
        let process = Process::start("relay", &program, fixture.folder(), |command| {
            command
                .env("RELAY_ID", "relay-1")
                .env("LISTEN", format!("0.0.0.0:{PORT}"))
                .env("PUBLIC_URL", format!("ws://{address}:{PORT}"))
                .env(
                    "WEBTRANSPORT_ADDRESS",
                    format!("{address}:{WEBTRANSPORT_PORT}"),
                )
                .env("REDIS_URL", fixture.url())
                .env("POOLS", POOLS)
                .env("SETTINGS", SETTINGS)
                // This program calls the lobby itself.
                .env("LAMBDA_URL", "http://127.0.0.1:9")
                .env("LOG", "error")
                .env("AWS_ACCESS_KEY_ID", "local")
                .env("AWS_SECRET_ACCESS_KEY", "local")
                .env("AWS_REGION", "us-east-1");
        })?;
        let relay = Self { process, fixture };
        let until = Instant::now() + PATIENCE;
        while http::get_status(PORT, "/healthz", PATIENCE) != Some(200) {
            if Instant::now() > until {
                bail!("the relay is not healthy: {}", relay.process.last_lines());
            }
            sleep(POLL).await;
        }
        Ok(relay)
    }

    /// Seats players in this number of full rooms.
    pub(crate) async fn seat(&self, rooms: usize) -> Result<Vec<GameTicket>> {
        let pool = self.fixture.lobby.pool("main")?;
        let mut players = Vec::new();
        for _ in 0..rooms {
            for _ in 0..SEATS {
                let player = uuid::Uuid::new_v4().to_string();
                self.fixture.join("main", &player).await?;
                players.push(player);
            }
            pool.assign().await?;
        }
        let mut tickets = Vec::new();
        for player in &players {
            tickets.push(self.fixture.ticket("main", player).await?.1);
        }
        Ok(tickets)
    }

    /// Waits until this number of players is connected.
    pub(crate) async fn until_connected(&self, players: usize) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            let connected = self.metrics()?.sum("skirmish_sessions");
            if connected >= players as f64 {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("{connected} of {players} players are connected");
            }
            sleep(POLL).await;
        }
    }

    /// The relay's metrics.
    pub(crate) fn metrics(&self) -> Result<Metrics> {
        Metrics::read(PORT).with_context(|| self.process.last_lines())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.process.kill();
    }
}
