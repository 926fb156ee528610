//! Leaderboards.

use serde::Serialize;

use crate::error::Result;
use crate::keys::pool_of;
use crate::lobby::Lobby;
use crate::pool::Pool;
use crate::script;

const LIMIT_MAX: u32 = 100;

/// A row of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rank {
    /// UUID text.
    pub player_id: String,
    /// As of the last match.
    pub name: String,
    /// Summed over all matches, or of one.
    pub score: i64,
    /// From 1; equal scores share a rank.
    pub rank: u64,
}

impl Lobby {
    /// `GET /leaderboard` (best first, `limit` 1..=100). Errors: [`crate::Error::UnknownPool`].
    pub async fn leaderboard(&self, pool: &str, limit: u32) -> Result<Vec<Rank>> {
        let pool = self.pool(pool)?;
        let keys = [pool.keys.leaderboard(), pool.keys.names()];
        pool.ranks(keys, limit.clamp(1, LIMIT_MAX)).await
    }

    /// `GET /leaderboard/<room>`; None: no such finished room (any more).
    pub async fn room_leaderboard(&self, room: &str) -> Result<Option<Vec<Rank>>> {
        let Ok(pool) = self.pool(pool_of(room)) else {
            return Ok(None);
        };
        let keys = [pool.keys.room_leaderboard(room), pool.keys.room_names(room)];
        let ranks = pool.ranks(keys, LIMIT_MAX).await?;
        Ok(if ranks.is_empty() { None } else { Some(ranks) })
    }
}

impl Pool {
    async fn ranks(&self, keys: [String; 2], limit: u32) -> Result<Vec<Rank>> {
        let flat: Vec<String> = self
            .run(&script::LEADERBOARD, &keys, &[&limit.to_string()])
            .await?;
        let mut ranks: Vec<Rank> = Vec::new();
        for (i, row) in flat.chunks_exact(3).enumerate() {
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
            });
        }
        Ok(ranks)
    }
}
