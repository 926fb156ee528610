//! `sweep`: walks a pool's keys and puts right what must never be. Each find is a bug at its source, so it is an error log.

use std::collections::BTreeMap;

use redis::Cmd;

use crate::error::Result;
use crate::keys::split_pool_key;
use crate::pool::Pool;
use crate::script;

/// Keys or members looked at by one script call.
const BATCH: usize = 100;
const SCAN_COUNT: u32 = 1000;

/// Kinds of keys that `mend.lua` knows by their first word.
const KINDS: [&str; 5] = ["player", "room", "rooms", "relay", "projectile"];

impl Pool {
    /// `sweep`: mends what must never be; returns how many of each kind. Without a mistake: empty.
    pub async fn mend(&self) -> Result<BTreeMap<String, u64>> {
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

    /// Everything of the pool that `mend.lua` looks at, as kind and id.
    async fn entities(&self) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        let queue = ("queue", self.keys.queue());
        let listed = ("listed", self.keys.available());
        let deadlines = ("deadline", self.keys.deadlines());
        for (kind, zset) in [queue, listed, deadlines] {
            let scan = |cursor: &str| redis::cmd("ZSCAN").arg(&zset).arg(cursor).take();
            // It answers with members and scores.
            let members = self.scan(scan).await?.into_iter().step_by(2);
            found.extend(members.map(|member| (kind.to_owned(), member)));
        }
        let pattern = self.keys.pattern();
        let scan = |cursor: &str| {
            redis::cmd("SCAN")
                .arg(cursor)
                .arg("MATCH")
                .arg(&pattern)
                .take()
        };
        found.extend(self.scan(scan).await?.iter().filter_map(|key| entity(key)));
        Ok(found)
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

/// A key as `mend.lua` wants it: its kind and id. Shadow keys, and keys it does not look at: None.
fn entity(key: &str) -> Option<(String, String)> {
    let (kind, id) = split_pool_key(key)?.1.split_once(':')?;
    let is_known =
        KINDS.contains(&kind) && !id.ends_with(":ttl") && (kind, id) != ("rooms", "available");
    is_known.then(|| (kind.to_owned(), id.to_owned()))
}
