//! Players whom the real lobby seats in real matches: its scripts, a private Redis, no functions between.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lobby::{Join, Lobby, Pools, Status};
use xtask::stack::redis::{self, Private};

/// Nobody's match is to begin before the room is full.
pub(crate) const POOLS: &str = r#"{"main":{"seats_min":5,"seats_max":5}}"#;
const PATIENCE: Duration = Duration::from_secs(30);

/// A private Redis, and the lobby in it.
pub(crate) struct House {
    redis: Private,
    /// The lobby's scripts.
    pub(crate) lobby: Lobby,
    folder: PathBuf,
}

/// The way into a match.
pub(crate) struct Way {
    /// `host:port`.
    pub(crate) address: String,
    /// With the ticket.
    pub(crate) path: String,
}

impl House {
    /// An empty one.
    pub(crate) async fn open() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("skirmish-bench-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder)?;
        let redis = redis::start(&folder.join("redis"), &folder)?;
        let url = format!("redis://127.0.0.1:{}", redis.port);
        let until = Instant::now() + PATIENCE;
        while !redis::is_ready(&url) {
            if Instant::now() > until {
                bail!("Redis does not become ready");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let lobby = Lobby::connect(&url, Pools::parse(POOLS)?).await?;
        Ok(Self {
            redis,
            lobby,
            folder,
        })
    }

    /// Where logs go.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Of its Redis.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.redis.port)
    }

    /// Queues five for each room, seats them, and fetches their tickets, in the order of their rooms.
    pub(crate) async fn seat(&self, rooms: usize) -> Result<Vec<Way>> {
        let mut ways = Vec::new();
        for _ in 0..rooms {
            let players: Vec<String> = (0..5).map(|_| uuid::Uuid::new_v4().to_string()).collect();
            for player in &players {
                let join = Join {
                    player,
                    name: "bench",
                    color: None,
                    priority: 0,
                    request: None,
                };
                self.lobby.join("main", join).await?;
            }
            self.lobby.pool("main")?.assign().await?;
            for player in &players {
                ways.push(self.way(player).await?);
            }
        }
        Ok(ways)
    }

    async fn way(&self, player: &str) -> Result<Way> {
        let until = Instant::now() + PATIENCE;
        loop {
            let me = self.lobby.me(player).await?;
            if let (Status::Playing, Some(game)) = (me.status, me.game) {
                let url = game.url.trim_start_matches("ws://");
                let (address, path) = url.split_once('/').context("a game url")?;
                return Ok(Way {
                    address: address.to_owned(),
                    path: format!("/{path}?ticket={}", game.ticket),
                });
            }
            if Instant::now() > until {
                bail!("a player is not seated");
            }
            self.lobby.pool("main")?.assign().await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.redis.process.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
