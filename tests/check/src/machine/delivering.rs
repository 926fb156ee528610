//! Deliveries of the outbox: complete ones, and those that die.

use std::collections::BTreeSet;

use anyhow::Result;

use super::apply::{Answers, answers};
use super::reference::Entry;
use super::sink::Sink;
use super::world::World;

/// The number of lanes of the pools with the most lanes.
const LANES: u32 = 3;

impl World {
    /// Delivers, or dies after this number of pushes.
    pub(super) async fn deliver(
        &mut self,
        name: &str,
        dies_after: Option<usize>,
    ) -> Result<Answers> {
        let sink = Sink::new(dies_after);
        let pool = self.pool(name)?;
        let is_whole = tokio::select! {
            biased;
            () = sink.died.notified() => false,
            done = pool.outbox.deliver(&sink) => { done?; true }
        };
        // Sent on the same connection: when it is answered, no call of a dead delivery is in flight.
        self.lobby.ping().await?;
        let left = self.free_lanes(name).await?;
        let ids = self.entry_ids.entry(name.to_owned()).or_default();
        let outbox = &mut self.reference.pool(name).outbox;
        let entries: Vec<(String, Entry)> = ids.drain(..).zip(outbox.drain(..)).collect();
        for (id, entry) in entries {
            self.release(name, &entry, left.contains(&id)).await?;
            if left.contains(&id) {
                self.reference.pool(name).outbox.push_back(entry);
                self.entry_ids
                    .entry(name.to_owned())
                    .or_default()
                    .push_back(id);
            }
        }
        let pushed = sink.pushed.into_inner().unwrap_or_default();
        self.receive(name, &pushed, is_whole)?;
        let real = if is_whole { left.len() } else { 0 };
        Ok(answers(real.to_string(), "0"))
    }

    /// The ids of the remaining entries in all lanes. Releases the leases.
    async fn free_lanes(&mut self, name: &str) -> Result<BTreeSet<String>> {
        let mut left = BTreeSet::new();
        for lane in 0..LANES {
            let suffix = if lane == 0 {
                String::new()
            } else {
                format!(":{lane}")
            };
            let key = format!("{{{name}}}:outbox{suffix}");
            let mut range = redis::cmd("XRANGE");
            range.arg(&key).arg("-").arg("+");
            let entries: Vec<(String, Vec<String>)> = range.query_async(&mut self.redis).await?;
            left.extend(entries.into_iter().map(|(id, _)| id));
            let mut free = redis::cmd("DEL");
            free.arg(format!("{key}:lease"));
            let () = free.query_async(&mut self.redis).await?;
        }
        Ok(left)
    }

    /// Applies the releases of claims and codes of an entry. For an entry that a dead delivery left, Redis shows
    /// whether that delivery has released them. The reference's claims have different nonces; it releases none that
    /// is newer than the entry.
    async fn release(&mut self, name: &str, entry: &Entry, is_left: bool) -> Result<()> {
        for (player, nonce) in &entry.release {
            let is_taken = format!("{name} ");
            let is_kept = is_left && self.has(&format!("claim:{player}"), &is_taken).await?;
            if !is_kept {
                self.reference.release(name, player, *nonce);
            }
        }
        for (code, nonce) in &entry.codes {
            let named = format!(" {nonce}");
            if !(is_left && self.has(&format!("code:{code}"), &named).await?) {
                self.reference.release_code(code, *nonce);
            }
        }
        Ok(())
    }

    /// Whether the text in this key contains this one.
    async fn has(&mut self, key: &str, text: &str) -> Result<bool> {
        let mut get = redis::cmd("GET");
        get.arg(key);
        let found: Option<String> = get.query_async(&mut self.redis).await?;
        Ok(found.is_some_and(|found| found.contains(text)))
    }
}
