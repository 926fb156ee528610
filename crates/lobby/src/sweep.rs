//! [`Sweep`]: walks a pool's keys and repairs broken invariants. Each repair points to a bug or to
//! lost data, so it is logged as an error.

mod codes;

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join, try_join_all};
use redis::{Cmd, RedisError};

use crate::error::Result;
use crate::keys::{self, split_pool_key};
use crate::players::claims::Claims;
use crate::redis::link::Link;
use crate::redis::node::Node;
use crate::redis::script;
use crate::rooms::listed;
use crate::store::PoolStore;
use crate::timing::{self, ms};

/// How many keys or members one script call checks.
const BATCH: usize = 100;
const SCAN_COUNT: u32 = 1000;

/// The kinds of keys that `repair_entities.lua` knows by their first word.
const KINDS: [&str; 7] = [
    "player",
    "room",
    "rooms",
    "relay",
    "projectile",
    "checkpoint",
    "replay",
];

/// What a sweep counts that is no repair: what `expire`, `assign` and `deliver` did.
const ROUTINE: [&str; 9] = [
    "rooms", "players", "relays", "seated", "started", "skipped", "pushed", "gone", "failed",
];

/// The sweep over a pool.
#[derive(Clone)]
pub struct Sweep {
    store: PoolStore,
    claims: Claims,
}

impl Sweep {
    pub(crate) fn new(store: &PoolStore) -> Self {
        Self {
            store: store.clone(),
            claims: Claims::new(&store.stores),
        }
    }

    /// Whether this kind in the answer of the function `sweep` is a repair.
    pub fn is_repair(kind: &str) -> bool {
        !ROUTINE.contains(&kind)
    }

    /// Repairs broken invariants; returns how many of each kind. Empty if all of them hold.
    pub async fn repair(&self) -> Result<BTreeMap<String, u64>> {
        let entities = self.entities().await?;
        let (mut counts, released) = try_join(
            Box::pin(self.repair_entities(&entities)),
            Box::pin(self.release_claims()),
        )
        .await?;
        codes::repair(&self.store, &entities, &mut counts).await?;
        if released > 0 {
            let pool = self.store.name();
            tracing::error!(pool, released, "claims without a membership released");
            counts.insert("claim_without_record".to_owned(), released);
        }
        Ok(counts)
    }

    async fn repair_entities(
        &self,
        entities: &[(String, String)],
    ) -> Result<BTreeMap<String, u64>> {
        let mut counts = BTreeMap::new();
        for batch in entities.chunks(BATCH) {
            let words = batch
                .iter()
                .flat_map(|(kind, id)| [kind.as_str(), id.as_str()]);
            let args: Vec<&str> = words.collect();
            let repaired: BTreeMap<String, u64> = self
                .store
                .run_json("repair_entities", &script::REPAIR_ENTITIES, &[], &args)
                .await?;
            for (kind, count) in repaired {
                let pool = self.store.name();
                tracing::error!(pool, kind, count, "invariant violation repaired");
                *counts.entry(kind).or_default() += count;
            }
        }
        Ok(counts)
    }

    /// Releases old claims of this pool that have no membership: of a join that crashed, or whose
    /// outbox entry was lost.
    async fn release_claims(&self) -> Result<u64> {
        let free_after = ms(timing::CLAIM_FREE).to_string();
        let mut released = 0;
        for batch in claim_keys(&self.store.stores.link).await?.chunks(BATCH) {
            let claims = join_all(batch.iter().map(|key| self.claims.read(key))).await;
            let mut words = vec![free_after.clone()];
            for (key, claim) in batch.iter().zip(claims) {
                if let (Some(player), Some(claim)) = (player_of_claim(key), claim?)
                    && claim.pool == self.store.name()
                {
                    let (nonce, taken_at) =
                        (claim.nonce.to_string(), claim.taken_at_ms.to_string());
                    words.extend([player.to_owned(), nonce, taken_at]);
                }
            }
            let args: Vec<&str> = words.iter().map(String::as_str).collect();
            let found: Vec<String> = self.store.run(&script::REPAIR_CLAIMS, &[], &args).await?;
            for pair in found.chunks_exact(2) {
                let (player, nonce) = (&pair[0], &pair[1]);
                self.claims
                    .release(player, self.store.name(), nonce)
                    .await?;
                released += 1;
            }
        }
        Ok(released)
    }

    /// The entities of the pool that `repair_entities.lua` checks, as kind and id.
    async fn entities(&self) -> Result<Vec<(String, String)>> {
        let keys = &self.store.keys;
        let pattern = keys.pattern();
        let link = &self.store.stores.link;
        let sets = [
            ("queue", keys.queue()),
            ("aside", keys.aside()),
            ("listed", keys.available()),
            ("late", keys.late()),
            ("deadline", keys.deadlines()),
        ];
        let sets = sets.map(|(kind, zset)| members(link, kind, zset));
        let keys = scan(link, None, |cursor| scan_keys(cursor, &pattern));
        let (mut entities, keys) = try_join(try_join_all(sets), keys).await?;
        let listed = listed::rooms_of(&self.store).await?;
        entities.push(
            listed
                .into_iter()
                .map(|room| ("in_list".to_owned(), room))
                .collect(),
        );
        entities.push(keys.iter().filter_map(|key| entity(key)).collect());
        Ok(entities.concat())
    }
}

/// The members of a sorted set, as entities of this kind.
async fn members(link: &Link, kind: &str, zset: String) -> Result<Vec<(String, String)>> {
    let command = |cursor: &str| redis::cmd("ZSCAN").arg(&zset).arg(cursor).take();
    // The answer has members and scores in turn.
    let members = scan(link, None, command).await?.into_iter().step_by(2);
    Ok(members.map(|member| (kind.to_owned(), member)).collect())
}

/// The keys of all claims, on every node.
async fn claim_keys(link: &Link) -> Result<Vec<String>> {
    keys_like(link, &keys::claim("*")).await
}

/// The keys that match a pattern, on every node.
async fn keys_like(link: &Link, pattern: &str) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for (_, node) in link.primaries().await? {
        let command = |cursor: &str| scan_keys(cursor, pattern);
        all.extend(scan(link, Some(&node), command).await?);
    }
    Ok(all)
}

/// All results of a scanning command, which `command` builds for a cursor: on this node, or on the
/// node of its key.
async fn scan(
    link: &Link,
    node: Option<&Node>,
    command: impl Fn(&str) -> Cmd,
) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut cursor = "0".to_owned();
    loop {
        let mut call = command(&cursor);
        call.arg("COUNT").arg(SCAN_COUNT);
        let answer = match node {
            Some(node) => node.held().await?.send(&[], &call).await?,
            None => link.command(&call).await?,
        };
        let (next, found): (String, Vec<String>) =
            redis::from_redis_value(answer).map_err(RedisError::from)?;
        all.extend(found);
        if next == "0" {
            return Ok(all);
        }
        cursor = next;
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

/// A key as kind and id. None for shadow keys and kinds that are not checked.
fn entity(key: &str) -> Option<(String, String)> {
    let (kind, id) = split_pool_key(key)?.1.split_once(':')?;
    let is_list = kind == "rooms" && ["available", "late"].contains(&id);
    let is_known = KINDS.contains(&kind) && !id.ends_with(":ttl") && !is_list;
    is_known.then(|| (kind.to_owned(), id.to_owned()))
}
