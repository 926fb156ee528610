//! The final counts of a lobby run, taken when the system is idle. Each must be zero.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::runtime::Runtime;

use crate::ledger::{Entries, Last, Ledger, counts};
use crate::lobby_run::POOLS;
use crate::reconcile::{self, Scores};
use crate::system::System;
use crate::table::Table;

const SEATS_MIN: usize = 3;
/// What the sweep repairs after a call that died: a claim without a queue entry, a code without a room, a rematch
/// that its code does not name yet.
const FREED: [&str; 3] = ["claim_without_record", "code_without_room", "code_lost"];
/// How long the delivery of the last outbox entries may take.
const SETTLED_MAX: Duration = Duration::from_secs(20);
/// Maximum number of printed errors of each kind.
const LINES_MAX: usize = 12;

/// The final counts.
pub(crate) struct FinalCounts {
    entries: Entries,
    scores: Scores,
    lasts: Vec<Last>,
    violations: Vec<String>,
    leftovers: Vec<String>,
    /// Claims and codes of calls that died between two steps, which the sweep repairs. Every other repair points to a
    /// bug.
    freed: usize,
    repaired: Vec<String>,
    panics: Vec<String>,
}

impl FinalCounts {
    /// Counts after all players are out. `violations` were found earlier. `ledger` also contains the players who,
    /// according to the history, left a match.
    pub(crate) fn close(
        runtime: &Runtime,
        system: &System,
        ledger: &Ledger,
        lasts: Vec<Last>,
        mut violations: Vec<String>,
    ) -> Result<Self> {
        let leftovers = settled(system)?;
        violations.extend(runtime.block_on(reconcile::violations(system, &POOLS))?);
        let entries = ledger.read();
        let (freed, repaired): (Vec<_>, _) = repaired(runtime, system)?
            .into_iter()
            .partition(|line| FREED.iter().any(|kind| line.contains(kind)));
        Ok(Self {
            scores: reconcile::scores(system, &POOLS, &entries)?,
            entries,
            lasts,
            violations,
            leftovers,
            freed: freed.len(),
            repaired,
            panics: system.log_lines("panicked at", |_| true),
        })
    }

    pub(crate) fn add_to(&self, table: &mut Table, players: usize) {
        let entries = &self.entries;
        table.info("requests that failed", counts(&entries.failures));
        table.info("ended without scores, players", counts(&entries.ended));
        let double = self.count(" seats ") + self.count("claim:");
        let crowded = self.count("too many");
        let overfull = of(&entries.wrong, "overfull").count();
        table.zero("double seats", double);
        table.zero("overfull rooms", crowded + overfull);
        let others = self.violations.len() - double - crowded;
        table.zero(
            "other violations and orphan keys",
            others + self.leftovers.len(),
        );
        let lost = of(&entries.wrong, "lost:").count() + self.failed().count();
        table.zero(
            "lost players",
            lost + players.saturating_sub(self.lasts.len()),
        );
        let missed = |last: &&Last| matches!(last, Last::Missed);
        let missed = self.lasts.iter().filter(missed).count();
        table.info("last matches announced after their end", missed);
        let alone = |last: &&Last| matches!(last, Last::Alone);
        let alone = self.lasts.iter().filter(alone).count();
        let alone_max = POOLS.len() * (SEATS_MIN - 1);
        table.must("players without a last match", alone, alone <= alone_max);
        self.scores.add_to(table);
        table.info("players back in their group's room", entries.met_again);
        table.info("claims and codes of calls that died, repaired", self.freed);
        table.zero("repaired by the sweep", self.repaired.len());
        table.zero("panics", self.panics.len());
        table.zero("errors", entries.wrong.len());
    }

    /// The errors as text.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let failed: Vec<String> = self.failed().collect();
        let lists = [
            &self.violations,
            &self.leftovers,
            &failed,
            &self.entries.wrong,
            &self.scores.wrong,
            &self.repaired,
            &self.panics,
        ];
        let lines = lists.iter().flat_map(|list| list.iter().take(LINES_MAX));
        lines.cloned().collect()
    }

    fn failed(&self) -> impl Iterator<Item = String> {
        self.lasts.iter().filter_map(|last| match last {
            Last::Failed(why) => Some(format!("last match: {why}")),
            _ => None,
        })
    }

    fn count(&self, word: &str) -> usize {
        let is = |what: &&String| what.contains(word);
        self.violations.iter().filter(is).count()
    }
}

fn of<'a>(wrong: &'a [String], start: &'a str) -> impl Iterator<Item = &'a String> {
    wrong.iter().filter(move |what| what.starts_with(start))
}

/// The keys that remain when all players are out.
fn settled(system: &System) -> Result<Vec<String>> {
    let deadline = Instant::now() + SETTLED_MAX;
    loop {
        let left = reconcile::leftovers(system, &POOLS)?;
        if left.is_empty() || Instant::now() > deadline {
            return Ok(left);
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// All repairs of the sweeps, by kind.
fn repaired(runtime: &Runtime, system: &System) -> Result<Vec<String>> {
    let mut repaired = system.log_lines("invariant violation repaired", |_| true);
    for pool in POOLS {
        let found = runtime.block_on(async { system.lobby.pool(pool)?.sweep.repair().await });
        match found {
            Ok(found) => {
                repaired.extend(found.iter().map(|(kind, n)| format!("{pool}: {kind} {n}")));
            }
            Err(error) => bail!("cannot sweep {pool}: {error}"),
        }
    }
    let released = runtime.block_on(system.lobby.release_unowned(&POOLS));
    for (pool, counts) in released.context("cannot sweep")? {
        repaired.extend(counts.iter().map(|(kind, n)| format!("{pool}: {kind} {n}")));
    }
    Ok(repaired)
}
