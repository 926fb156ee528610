//! sweep: every pool, without any relay's help: mends, decides, seats, tells. Runs on a schedule.

use std::collections::BTreeMap;

use lobby::Pool;
use tracing::{error, info};

use crate::app::{App, DrainError};

/// Rounds in one pool and step; the next sweep does the rest.
const ROUNDS_MAX: u32 = 20;

/// Decisions of one round.
const DECISIONS_MAX: u32 = 100;

/// What was done, by pool and kind.
pub type Swept = BTreeMap<String, BTreeMap<String, u64>>;

/// Sweeps every pool, also after one that failed; the last failure is the function's.
pub async fn handle(app: &App) -> Result<Swept, DrainError> {
    let lobby = app.lobby().await?;
    let mut swept = Swept::new();
    let mut failure = None;
    for name in app.config().pools.0.keys() {
        let done = async { sweep(app, &lobby.pool(name)?).await }.await;
        match done {
            Ok(counts) => drop(swept.insert(name.clone(), counts)),
            Err(error) => {
                error!(pool = name, %error, "not swept");
                failure = Some(error);
            }
        }
    }
    failure.map_or(Ok(swept), Err)
}

/// Seating comes after deciding, which may put players back into the queue.
async fn sweep(app: &App, pool: &Pool) -> Result<BTreeMap<String, u64>, DrainError> {
    let mut counts = pool.mend().await?;
    decide(pool, &mut counts).await?;
    assign(pool, &mut counts).await?;
    let (drained, ()) = tokio::try_join!(app.drain(pool), async { Ok(say(pool).await?) })?;
    add(
        &mut counts,
        [
            ("pushed", drained.pushed),
            ("gone", drained.gone),
            ("failed", drained.failed),
        ],
    );
    Ok(counts)
}

/// How the pool is now: what infra/monitoring.yaml reads out of the log, also when no game server is there to be asked.
async fn say(pool: &Pool) -> lobby::Result<()> {
    let work = pool.look().await?;
    info!(
        pool = pool.name(),
        queued = work.queued,
        rooms_open = work.rooms_open,
        oldest_ms = work.oldest_ms,
        "swept"
    );
    Ok(())
}

async fn decide(pool: &Pool, counts: &mut BTreeMap<String, u64>) -> lobby::Result<()> {
    for _ in 0..ROUNDS_MAX {
        let round = pool.decide_due(DECISIONS_MAX).await?;
        add(
            counts,
            [
                ("rooms", round.rooms),
                ("players", round.players),
                ("relays", round.relays),
            ],
        );
        if !round.remainder {
            break;
        }
    }
    Ok(())
}

async fn assign(pool: &Pool, counts: &mut BTreeMap<String, u64>) -> lobby::Result<()> {
    for _ in 0..ROUNDS_MAX {
        let round = pool.assign().await?;
        add(
            counts,
            [
                ("seated", round.seated),
                ("started", round.started),
                ("skipped", round.skipped),
            ],
        );
        if !round.remainder {
            break;
        }
    }
    Ok(())
}

fn add<const N: usize>(counts: &mut BTreeMap<String, u64>, more: [(&str, u64); N]) {
    for (kind, count) in more {
        *counts.entry(kind.to_owned()).or_default() += count;
    }
}
