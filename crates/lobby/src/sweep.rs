//! [`Sweep`]: walks a pool's keys and repairs broken invariants. Each repair points to a bug or to
//! lost data, so it is logged as an error.

mod codes;
pub(crate) mod unowned;

use std::collections::BTreeMap;

use futures_util::future::{try_join, try_join_all};
use redis::{Cmd, RedisError};

use crate::error::Result;
use crate::fleet::Fleet;
use crate::keys::split_pool_key;
use crate::redis::link::Link;
use crate::redis::node::Node;
use crate::redis::script;
use crate::reports;
use crate::rooms::listed;
use crate::store::PoolStore;

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

/// Kinds in a sweep's answer that are not repairs: what `expire`, `assign` and `deliver` did.
const ROUTINE: [&str; 9] = [
    "rooms", "players", "relays", "seated", "started", "skipped", "pushed", "gone", "failed",
];

/// The sweep over a pool.
#[derive(Clone)]
pub struct Sweep {
    store: PoolStore,
    fleet: Fleet,
}

impl Sweep {
    pub(crate) fn new(store: &PoolStore) -> Self {
        Self {
            store: store.clone(),
            fleet: Fleet::new(&store.stores),
        }
    }

    /// Whether this kind in the answer of the function `sweep` is a repair.
    pub fn is_repair(kind: &str) -> bool {
        !ROUTINE.contains(&kind)
    }

    /// Repairs broken invariants and returns how many of each kind; empty if none was broken. Also removes old
    /// reports of players. [`crate::Lobby::release_unowned`] repairs claims and codes, which are outside the pool's
    /// slot.
    pub async fn repair(&self) -> Result<BTreeMap<String, u64>> {
        let entities = self.entities().await?;
        let mut counts = self.repair_entities(&entities).await?;
        let lost = codes::renew(&self.store, &entities).await?;
        if lost > 0 {
            let (pool, kind) = (self.store.name(), "code_lost");
            tracing::error!(pool, kind, count = lost, "invariant violation repaired");
            counts.insert("code_lost".to_owned(), lost);
        }
        self.repair_leases(&entities, &mut counts).await?;
        reports::forget(&self.store).await?;
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

    /// Adds the pool to the pools of every relay that owns rooms of it. If such a relay has no lease, its rooms are
    /// given to others.
    async fn repair_leases(
        &self,
        entities: &[(String, String)],
        counts: &mut BTreeMap<String, u64>,
    ) -> Result<()> {
        let relays = entities.iter().filter(|(kind, _)| kind == "relay");
        let relays: Vec<&str> = relays.map(|(_, relay)| relay.as_str()).collect();
        let mut unknown = Vec::new();
        for batch in relays.chunks(BATCH) {
            let repaired = self.fleet.repair(&self.store, batch).await?;
            if repaired.added > 0 {
                let (pool, count) = (self.store.name(), repaired.added);
                tracing::error!(pool, count, "pool added to relays that own its rooms");
                *counts.entry("relay_without_pool".to_owned()).or_default() += count;
            }
            let relays = repaired.unknown.into_iter();
            unknown.extend(relays.map(|relay| ("unknown".to_owned(), relay)));
        }
        for (kind, count) in self.repair_entities(&unknown).await? {
            *counts.entry(kind).or_default() += count;
        }
        Ok(())
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
        let keys = scan(link, |cursor| scan_keys(cursor, &pattern));
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
    // The answer contains members and scores alternately.
    let members = scan(link, command).await?.into_iter().step_by(2);
    Ok(members.map(|member| (kind.to_owned(), member)).collect())
}

/// All results of a scanning command on the node of its key; `command` builds it for a cursor.
async fn scan(link: &Link, command: impl Fn(&str) -> Cmd) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut cursor = "0".to_owned();
    loop {
        let mut call = command(&cursor);
        call.arg("COUNT").arg(SCAN_COUNT);
        let (next, found): (String, Vec<String>) = link.command(&call).await?;
        all.extend(found);
        if next == "0" {
            return Ok(all);
        }
        cursor = next;
    }
}

/// One page of a node's keys that match a pattern, after this cursor.
async fn scan_page(node: &Node, cursor: &str, pattern: &str) -> Result<(String, Vec<String>)> {
    let mut call = scan_keys(cursor, pattern);
    call.arg("COUNT").arg(SCAN_COUNT);
    let answer = node.held().await?.send(&[], &call).await?;
    Ok(redis::from_redis_value(answer).map_err(RedisError::from)?)
}

fn scan_keys(cursor: &str, pattern: &str) -> Cmd {
    let mut scan = redis::cmd("SCAN");
    scan.arg(cursor).arg("MATCH").arg(pattern);
    scan
}

/// The kind and id of a key. None for shadow keys and kinds that are not checked.
fn entity(key: &str) -> Option<(String, String)> {
    let (kind, id) = split_pool_key(key)?.1.split_once(':')?;
    let is_list = kind == "rooms" && ["available", "late"].contains(&id);
    let is_known = KINDS.contains(&kind) && !id.ends_with(":ttl") && !is_list;
    is_known.then(|| (kind.to_owned(), id.to_owned()))
}
