//! sweep: repairs, expires, seats and delivers in every pool, without a relay's help. Runs on a
//! schedule.

use std::collections::BTreeMap;

use lobby::{EXPIRE_MAX, Lobby, Pool};
use tracing::{error, info};

use crate::app::{App, DeliveryError};

/// How often a step repeats in one pool; the next sweep does the rest.
const ROUNDS_MAX: u32 = 20;

/// Counts by pool and kind.
pub type Swept = BTreeMap<String, BTreeMap<String, u64>>;

/// Sweeps every pool, also after a pool that failed; the last error is the function's.
pub async fn handle(app: &App) -> Result<Swept, DeliveryError> {
    let lobby = app.lobby().await?;
    let mut sweep = Sweep::default();
    let pools = &app.config().pools.0;
    let mut repaired = Vec::new();
    for name in pools.keys() {
        let counts = async { Ok(lobby.pool(name)?.sweep.repair().await?) }.await;
        if sweep.note(name, counts) {
            repaired.push(name.as_str());
        }
    }
    match lobby.release_unowned(&repaired).await {
        Ok(released) => {
            for (name, counts) in released {
                sweep.note(&name, Ok(counts));
            }
        }
        Err(error) => {
            error!(%error, "claims and codes not swept");
            sweep.failure = Some(error.into());
        }
    }
    for name in pools.keys() {
        let counts = async { advance(app, &lobby.pool(name)?).await }.await;
        sweep.note(name, counts);
    }
    log_fleet(lobby).await?;
    sweep.failure.map_or(Ok(sweep.swept), Err)
}

/// What a sweep has done.
#[derive(Default)]
struct Sweep {
    swept: Swept,
    /// The last error.
    failure: Option<DeliveryError>,
}

impl Sweep {
    /// Notes what a step did in a pool; whether it succeeded.
    fn note(&mut self, pool: &str, counts: Result<BTreeMap<String, u64>, DeliveryError>) -> bool {
        match counts {
            Ok(counts) => {
                let all = self.swept.entry(pool.to_owned()).or_default();
                all.extend(counts);
                true
            }
            Err(error) => {
                error!(pool, %error, "not swept");
                self.failure = Some(error);
                false
            }
        }
    }
}

/// How many more rooms all game servers take, which the monitoring in `infra/` reads from the log.
async fn log_fleet(lobby: &Lobby) -> lobby::Result<()> {
    let rooms_free = lobby.relays.rooms_free().await?;
    info!(rooms_free, "fleet");
    Ok(())
}

/// Does what is due in a pool. Seating comes after expiry, which may put players back into the queue.
async fn advance(app: &App, pool: &Pool) -> Result<BTreeMap<String, u64>, DeliveryError> {
    let mut counts = BTreeMap::new();
    expire(pool, &mut counts).await?;
    assign(pool, &mut counts).await?;
    let (delivered, ()) =
        tokio::try_join!(app.deliver(pool, None), async { Ok(log_pool(pool).await?) })?;
    add(
        &mut counts,
        [
            ("pushed", delivered.pushed),
            ("gone", delivered.gone),
            ("failed", delivered.failed),
        ],
    );
    Ok(counts)
}

/// The pool's state, which the monitoring in `infra/` reads from the log, even without any relay.
async fn log_pool(pool: &Pool) -> lobby::Result<()> {
    let work = pool.bridge.poll().await?;
    info!(
        pool = pool.name(),
        queued = work.queued,
        rooms_open = work.rooms_open,
        oldest_ms = work.oldest_ms,
        "swept"
    );
    Ok(())
}

async fn expire(pool: &Pool, counts: &mut BTreeMap<String, u64>) -> lobby::Result<()> {
    for _ in 0..ROUNDS_MAX {
        let round = pool.deadlines.expire(EXPIRE_MAX).await?;
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
