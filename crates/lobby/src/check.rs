//! The invariants checker: reads a pool's keys and reports every invariant that they violate.
//!
//! For tests and fault runs: it walks the whole keyspace. One script reads the pool atomically, so the checker may
//! run beside traffic. Only claims, codes and relay leases, which are in other slots, are read afterwards, and
//! checked twice.

use serde::Deserialize;

use crate::error::Result;
use crate::keys;
use crate::lobby::Lobby;
use crate::players::claims::Claims;
use crate::redis::script;
use crate::rooms::codes::Codes;
use crate::store::PoolStore;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Findings {
    wrong: Vec<String>,
    live: Vec<(String, String)>,
    /// Each code with its nonce and room.
    codes: Vec<(String, String, String)>,
    relays: Vec<String>,
}

/// The violated invariants of this pool, as text; empty if there are none. Each player is in exactly one place, and
/// has a deadline and a claim. Rooms are checked for seats, listing, countdown, state, epoch, colours, relay and
/// code. No key is orphaned.
pub async fn violations(lobby: &Lobby, pool: &str) -> Result<Vec<String>> {
    let pool = lobby.pool(pool)?.store;
    let claims = Claims::new(&pool.stores);
    let mut found = check(&pool).await?;
    let mut suspects = Vec::new();
    for (player, nonce) in found.live {
        if let Some(why) = claim_violation(&claims, &pool, &player, &nonce).await? {
            suspects.push((player, nonce, why));
        }
    }
    let mut wrong_codes = Vec::new();
    for (code, nonce, room) in found.codes {
        if let Some(why) = code_violation(&pool, &code, &nonce, &room).await? {
            wrong_codes.push((code, room, why));
        }
    }
    if !wrong_codes.is_empty() {
        // The room may have closed in the meantime.
        let codes = check(&pool).await?.codes;
        let still = |code: &str, room: &str| codes.iter().any(|(c, _, r)| c == code && r == room);
        wrong_codes.retain(|(code, room, _)| still(code, room));
        let whys = wrong_codes.into_iter().map(|(.., why)| why);
        found.wrong.extend(whys);
    }
    let mut wrong_relays = Vec::new();
    for relay in found.relays {
        if let Some(why) = relay_violation(&pool, &relay).await? {
            wrong_relays.push((relay, why));
        }
    }
    if !wrong_relays.is_empty() {
        // The relay's rooms may have ended in the meantime.
        let relays = check(&pool).await?.relays;
        wrong_relays.retain(|(relay, _)| relays.contains(relay));
        found
            .wrong
            .extend(wrong_relays.into_iter().map(|(_, why)| why));
    }
    if !suspects.is_empty() {
        // The player may have left in the meantime: only an unchanged membership counts.
        let live = check(&pool).await?.live;
        let still = |player: &str, nonce: &str| live.iter().any(|(p, n)| p == player && n == nonce);
        suspects.retain(|(player, nonce, _)| still(player, nonce));
        found
            .wrong
            .extend(suspects.into_iter().map(|(.., why)| why));
    }
    Ok(found.wrong)
}

async fn check(pool: &PoolStore) -> Result<Findings> {
    pool.run_json("check", &script::CHECK, &[], &[]).await
}

async fn code_violation(
    pool: &PoolStore,
    code: &str,
    nonce: &str,
    room: &str,
) -> Result<Option<String>> {
    let Some(named) = Codes::new(&pool.stores).read(code).await? else {
        return Ok(Some(format!("code {code} of {room} is missing")));
    };
    // After a call that crashed, the code of a rematch still names the room of the previous match, which leads to the
    // rematch. The nonce is the same.
    let is_right = named.pool == pool.name() && named.nonce.to_string() == nonce;
    Ok((!is_right).then(|| format!("code {code} of {room} is {named:?}, its nonce {nonce}")))
}

/// A relay that owns rooms of a pool has, or recently had, a lease, and lists the pool among its pools. Without both,
/// the pool would not notice its death.
async fn relay_violation(pool: &PoolStore, relay: &str) -> Result<Option<String>> {
    let (link, fleet) = (&pool.stores.link, &pool.stores.fleet);
    let mut score = redis::cmd("ZSCORE");
    score.arg(fleet.leases()).arg(relay);
    let lease: Option<f64> = link.command(&score).await?;
    let mut is_member = redis::cmd("SISMEMBER");
    is_member.arg(fleet.pools(relay)).arg(pool.name());
    let is_marked: bool = link.command(&is_member).await?;
    let is_right = lease.is_some() && is_marked;
    Ok((!is_right).then(|| {
        let name = pool.name();
        format!("{relay} owns rooms of {name}, its lease is {lease:?}, marked: {is_marked}")
    }))
}

async fn claim_violation(
    claims: &Claims,
    pool: &PoolStore,
    player: &str,
    nonce: &str,
) -> Result<Option<String>> {
    let key = keys::claim(player);
    let Some(claim) = claims.read(&key).await? else {
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
