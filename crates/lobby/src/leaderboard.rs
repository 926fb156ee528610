//! [`Leaderboard`]: the best players of a pool, and the scores of a finished match.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Result, corrupt};
use crate::keys::pool_of;
use crate::redis::script;
use crate::store::{PoolStore, Stores};

/// The most rows of one answer.
pub const LIMIT_MAX: u32 = 100;

/// The leaderboards of all pools.
#[derive(Clone)]
pub struct Leaderboard {
    stores: Stores,
}

/// A row of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rank {
    /// UUID text.
    pub player_id: String,
    /// The name in the player's last match.
    pub name: String,
    /// The sum over all matches, or the score of one match.
    pub score: i64,
    /// From 1; equal scores share a rank.
    pub rank: u64,
    /// For one match: stats by name. Empty for a game without stats, and for a pool's leaderboard.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stats: BTreeMap<String, i32>,
}

impl Leaderboard {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// `GET /leaderboard`: the best first, `limit` 1..=[`LIMIT_MAX`]. Errors:
    /// [`crate::Error::UnknownPool`].
    pub async fn of_pool(&self, pool: &str, limit: u32) -> Result<Vec<Rank>> {
        let pool = self.stores.pool(pool)?;
        let keys = [pool.keys.leaderboard(), pool.keys.names()];
        ranks(&pool, keys, limit.clamp(1, LIMIT_MAX)).await
    }

    /// `GET /leaderboard/<room>`; None: there is no such finished room, or its scores have expired.
    pub async fn of_room(&self, room: &str) -> Result<Option<Vec<Rank>>> {
        let Ok(pool) = self.stores.pool(pool_of(room)) else {
            return Ok(None);
        };
        let keys = [pool.keys.room_leaderboard(room), pool.keys.room_names(room)];
        let ranks = ranks(&pool, keys, LIMIT_MAX).await?;
        Ok(if ranks.is_empty() { None } else { Some(ranks) })
    }
}

async fn ranks(pool: &PoolStore, keys: [String; 2], limit: u32) -> Result<Vec<Rank>> {
    let flat: Vec<String> = pool
        .run(&script::LEADERBOARD, &keys, &[&limit.to_string()])
        .await?;
    let mut ranks: Vec<Rank> = Vec::new();
    for (i, row) in flat.chunks_exact(4).enumerate() {
        let score = row[2].parse::<f64>().unwrap_or(0.0) as i64;
        let rank = match ranks.last() {
            Some(above) if above.score == score => above.rank,
            _ => i as u64 + 1,
        };
        ranks.push(Rank {
            player_id: row[0].clone(),
            name: row[1].clone(),
            score,
            rank,
            stats: stats(&row[3])?,
        });
    }
    Ok(ranks)
}

fn stats(json: &str) -> Result<BTreeMap<String, i32>> {
    if json.is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(json).map_err(|error| corrupt("stats", error))
}
