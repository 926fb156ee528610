//! `sweep`: walks a pool's keys and puts right what must never be. Each find is a bug at its source, so it is an error log.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join, try_join5};
use redis::{Cmd, RedisError};

use crate::claim::{Claim, FREE_AFTER_MS};
use crate::error::Result;
use crate::keys::{self, split_pool_key};
use crate::lobby::Lobby;
use crate::pool::Pool;
use crate::script;

/// Keys or members looked at by one script call.
const BATCH: usize = 100;
const SCAN_COUNT: u32 = 1000;

/// Kinds of keys that `mend.lua` knows by their first word.
const KINDS: [&str; 7] = [
    "player",
    "room",
    "rooms",
    "relay",
    "projectile",
    "checkpoint",
    "replay",
];

impl Pool {
    /// `sweep`: mends what must never be; returns how many of each kind. Without a mistake: empty.
    pub async fn mend(&self) -> Result<BTreeMap<String, u64>> {
        let (mut counts, released) = try_join(self.mend_keys(), self.release_claims()).await?;
        if released > 0 {
            tracing::error!(pool = self.name(), released, "claims without a stay");
            counts.insert("claim_without_record".to_owned(), released);
        }
        Ok(counts)
    }

    async fn mend_keys(&self) -> Result<BTreeMap<String, u64>> {
        let mut counts = BTreeMap::new();
        for batch in self.entities().await?.chunks(BATCH) {
            let words = batch
                .iter()
                .flat_map(|(kind, id)| [kind.as_str(), id.as_str()]);
            let args: Vec<&str> = words.collect();
            let mended: BTreeMap<String, u64> = self.ask("mend", &script::MEND, &[], &args).await?;
            for (kind, count) in mended {
                tracing::error!(pool = self.name(), kind, count, "mended what must never be");
                *counts.entry(kind).or_default() += count;
            }
        }
        Ok(counts)
    }

    /// Releases the claims of this pool that no stay has stood behind for long: of a join that died half way, or whose
    /// outbox entry was lost.
    async fn release_claims(&self) -> Result<u64> {
        let lobby = &self.lobby;
        let free_after = FREE_AFTER_MS.to_string();
        let mut released = 0;
        for batch in lobby.claims().await?.chunks(BATCH) {
            let claims = join_all(batch.iter().map(|key| lobby.claim_text(key))).await;
            let mut words = vec![free_after.clone()];
            for (key, text) in batch.iter().zip(claims) {
                let (player, claim) = (
                    player_of_claim(key),
                    text?.as_deref().and_then(Claim::parse),
                );
                if let (Some(player), Some(claim)) = (player, claim)
                    && claim.pool == self.name()
                {
                    let (nonce, taken_at) =
                        (claim.nonce.to_string(), claim.taken_at_ms.to_string());
                    words.extend([player.to_owned(), nonce, taken_at]);
                }
            }
            let args: Vec<&str> = words.iter().map(String::as_str).collect();
            let found: Vec<String> = self.run(&script::CLAIMS, &[], &args).await?;
            for pair in found.chunks_exact(2) {
                lobby.claim_release(&pair[0], self.name(), &pair[1]).await?;
                released += 1;
            }
        }
        Ok(released)
    }

    /// Everything of the pool that `mend.lua` looks at, as kind and id.
    async fn entities(&self) -> Result<Vec<(String, String)>> {
        let pattern = self.keys.pattern();
        let (queue, aside, listed, deadlines, keys) = try_join5(
            self.members("queue", self.keys.queue()),
            self.members("aside", self.keys.aside()),
            self.members("listed", self.keys.available()),
            self.members("deadline", self.keys.deadlines()),
            self.scan(|cursor| scan_keys(cursor, &pattern)),
        )
        .await?;
        let keys = keys.iter().filter_map(|key| entity(key)).collect();
        Ok([queue, aside, listed, deadlines, keys].concat())
    }

    /// The members of a sorted set, as of this kind.
    async fn members(&self, kind: &str, zset: String) -> Result<Vec<(String, String)>> {
        let scan = |cursor: &str| redis::cmd("ZSCAN").arg(&zset).arg(cursor).take();
        // It answers with members and scores.
        let members = self.scan(scan).await?.into_iter().step_by(2);
        Ok(members.map(|member| (kind.to_owned(), member)).collect())
    }

    /// Everything a scanning command answers with over all its rounds; `command` writes it for a cursor.
    async fn scan(&self, command: impl Fn(&str) -> Cmd) -> Result<Vec<String>> {
        let mut all = Vec::new();
        let mut cursor = "0".to_owned();
        loop {
            let mut call = command(&cursor);
            call.arg("COUNT").arg(SCAN_COUNT);
            let (next, found): (String, Vec<String>) = self.lobby.link.command(&call).await?;
            all.extend(found);
            if next == "0" {
                return Ok(all);
            }
            cursor = next;
        }
    }
}

impl Lobby {
    /// The keys of all claims there are, on whichever node.
    async fn claims(&self) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for (_, node) in self.link.primaries().await? {
            let mut cursor = "0".to_owned();
            loop {
                let mut call = scan_keys(&cursor, &keys::claim("*"));
                call.arg("COUNT").arg(SCAN_COUNT);
                let answer = node.held().await?.send(&[], &call).await?;
                let (next, found): (String, Vec<String>) =
                    redis::from_redis_value(answer).map_err(RedisError::from)?;
                all.extend(found);
                if next == "0" {
                    break;
                }
                cursor = next;
            }
        }
        Ok(all)
    }

    async fn claim_text(&self, key: &str) -> Result<Option<String>> {
        self.link.command(redis::cmd("GET").arg(key)).await
    }
}

fn scan_keys(cursor: &str, pattern: &str) -> Cmd {
    let mut scan = redis::cmd("SCAN");
    scan.arg(cursor).arg("MATCH").arg(pattern);
    scan
}

fn player_of_claim(key: &str) -> Option<&str> {
    key.strip_prefix(&keys::claim(""))
}

/// A key as `mend.lua` wants it: its kind and id. Shadow keys, and keys it does not look at: None.
fn entity(key: &str) -> Option<(String, String)> {
    let (kind, id) = split_pool_key(key)?.1.split_once(':')?;
    let is_known =
        KINDS.contains(&kind) && !id.ends_with(":ttl") && (kind, id) != ("rooms", "available");
    is_known.then(|| (kind.to_owned(), id.to_owned()))
}
