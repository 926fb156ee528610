//! The Redis Cluster on this machine, the lobby in it, and the CPU time of its nodes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use crowd::cpu::Used;
use lobby::{Lobby, Pools};
use testkit::{Node, Redis};

/// Scripts wait for each other if everything runs on two cores.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Long enough to measure the nodes' own work.
const IDLE: Duration = Duration::from_secs(2);

/// Several nodes, without replicas.
pub(crate) struct Cluster {
    redis: Redis,
    pub(crate) lobby: Lobby,
    /// The CPU time of the idle nodes, in seconds per second.
    idle: f64,
}

impl Cluster {
    pub(crate) async fn open(nodes: u16, pools: u32) -> Result<Self> {
        let names = (0..pools).map(|pool| format!(r#""{}":{{"seats_min":5}}"#, pool_name(pool)));
        let pools = format!("{{{}}}", names.collect::<Vec<_>>().join(","));
        let redis = Redis::cluster(nodes);
        let lobby =
            Lobby::connect_within(&redis.url, Pools::parse(&pools)?, ANSWER_TIMEOUT).await?;
        // The clock does not advance, so a slow measurement makes nothing overdue.
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let lobby = lobby.at(now.as_millis() as u64);
        let mut cluster = Self {
            redis,
            lobby,
            idle: 0.0,
        };
        let before = cluster.used()?;
        tokio::time::sleep(IDLE).await;
        cluster.idle = cluster.cpu(&before)? / IDLE.as_secs_f64();
        Ok(cluster)
    }

    /// `REDIS_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.redis.url
    }

    /// CPU time of the nodes until now.
    pub(crate) fn used(&self) -> Result<Vec<Used>> {
        let ids = self.redis.nodes.iter().map(Node::process_id);
        ids.map(|id| Used::of(id.parse()?)).collect()
    }

    /// CPU seconds of all nodes since `before`, without the share of idle nodes.
    pub(crate) fn since(&self, before: &[Used]) -> Result<f64> {
        let now = self.used()?;
        let seconds = now[0].since(&before[0]).seconds;
        Ok((self.cpu(before)? - self.idle * seconds).max(0.0))
    }

    fn cpu(&self, before: &[Used]) -> Result<f64> {
        let now = self.used()?;
        Ok(now
            .iter()
            .zip(before)
            .map(|(now, before)| now.since(before).cpu)
            .sum())
    }
}

/// The name of the pool with this number.
pub(crate) fn pool_name(pool: u32) -> String {
    format!("p{pool}")
}
