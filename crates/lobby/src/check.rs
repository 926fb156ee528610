//! The invariants checker: what must always be true of a pool's keys, asked of the keys themselves.
//!
//! For tests and fault runs: it walks the whole keyspace. One script sees the pool at one moment, so it may run beside
//! traffic; only claims, which are in other slots, are read after it and looked at twice.

use serde::Deserialize;

use crate::claim::Claim;
use crate::error::Result;
use crate::keys;
use crate::lobby::Lobby;
use crate::pool::Pool;
use crate::script;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Seen {
    wrong: Vec<String>,
    live: Vec<(String, String)>,
}

/// What is not as it must be in this pool; empty when all is well. Players: in exactly one place, with a deadline and a claim;
/// rooms: seats, listing, countdown, state, epoch, colours, relay; no orphan keys.
pub async fn violations(lobby: &Lobby, pool: &str) -> Result<Vec<String>> {
    let pool = lobby.pool(pool)?;
    let mut seen = look(&pool).await?;
    let mut suspects = Vec::new();
    for (player, nonce) in seen.live {
        if let Some(why) = claim_wrong(lobby, &pool, &player, &nonce).await? {
            suspects.push((player, nonce, why));
        }
    }
    if !suspects.is_empty() {
        // Between the two looks the player may have left: only who still is as he was counts.
        let live = look(&pool).await?.live;
        let still = |player: &str, nonce: &str| live.iter().any(|(p, n)| p == player && n == nonce);
        suspects.retain(|(player, nonce, _)| still(player, nonce));
        seen.wrong.extend(suspects.into_iter().map(|(.., why)| why));
    }
    Ok(seen.wrong)
}

async fn look(pool: &Pool) -> Result<Seen> {
    pool.ask("check", &script::CHECK, &[], &[]).await
}

async fn claim_wrong(
    lobby: &Lobby,
    pool: &Pool,
    player: &str,
    nonce: &str,
) -> Result<Option<String>> {
    let key = keys::claim(player);
    let text: Option<String> = lobby.link.command(redis::cmd("GET").arg(&key)).await?;
    let Some(claim) = text.as_deref().and_then(Claim::parse) else {
        return Ok(Some(format!(
            "{key} is missing, its player is live in {}",
            pool.name()
        )));
    };
    let is_right = claim.pool == pool.name() && claim.nonce >= nonce.parse().unwrap_or(u64::MAX);
    Ok((!is_right).then(|| {
        format!(
            "{key} is {claim:?}, its player is live in {} with {nonce}",
            pool.name()
        )
    }))
}
