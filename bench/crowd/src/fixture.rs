//! A private Redis with the lobby's real scripts, without functions.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use bots::GameTicket;
use devstack::redis::{self, Private};
use lobby::{Join, Lobby, Pools, Status};

const PATIENCE: Duration = Duration::from_secs(30);

/// A Redis with the configuration of `cargo xtask up`, and the lobby in it. Both end on drop.
pub struct Fixture {
    redis: Private,
    /// The lobby's scripts.
    pub lobby: Lobby,
    folder: PathBuf,
}

impl Fixture {
    /// Opens an empty Redis with these pools (JSON). Errors: Redis does not become ready.
    pub async fn open(pools: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("skirmish-bench-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder)?;
        let redis = redis::start(&folder.join("redis"), &folder, None)?;
        let url = url(&redis);
        let until = Instant::now() + PATIENCE;
        while !redis::is_ready(&[redis.address]) {
            if Instant::now() > until {
                bail!("Redis does not become ready");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let lobby = Lobby::connect(&url, Pools::parse(pools)?).await?;
        Ok(Self {
            redis,
            lobby,
            folder,
        })
    }

    /// The folder for logs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The URL of its Redis.
    pub fn url(&self) -> String {
        url(&self.redis)
    }

    /// The process id of its Redis.
    pub fn redis_id(&self) -> u32 {
        self.redis.process.id()
    }

    /// Joins a player to this pool.
    pub async fn join(&self, pool: &str, player: &str) -> Result<()> {
        let join = Join {
            player,
            name: "bench",
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority: 0,
            request: None,
        };
        self.lobby.pool(pool)?.queue_join(join).await?;
        Ok(())
    }
}

impl Fixture {
    /// Waits until the match of a player of this pool has a server: the match's room, and a ticket.
    pub async fn ticket(&self, pool: &str, player: &str) -> Result<(String, GameTicket)> {
        let until = Instant::now() + PATIENCE;
        loop {
            let me = self.lobby.players.me(player).await?;
            if let (Status::Playing, Some(room), Some(game)) = (me.status, &me.room, &me.game) {
                // A client gets it as JSON.
                let game = serde_json::from_value(serde_json::to_value(game)?)?;
                return Ok((room.clone(), game));
            }
            if Instant::now() > until {
                bail!("a player is not seated: {me:?}");
            }
            self.lobby.pool(pool)?.assign().await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.redis.process.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn url(redis: &Private) -> String {
    redis::url(std::slice::from_ref(redis))
}
