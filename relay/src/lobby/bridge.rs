//! Turns what is due in Redis into invocations of functions: the lobby has no process of its own that could wait.
//!
//! Of all servers one holds a pool's bridge. It hears hints and looks every 250 ms, and keeps at most one invocation of each
//! function in flight: again while there is a remainder, again after an error. A lost hint, a lost lease or a doubled
//! invocation costs time, never truth.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use game::Game;
use lobby::{Hint, Pool};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::lobby::functions::Functions;
use crate::metrics::Metrics;
use crate::shared::Shared;

/// The lease is 600 ms.
const LOOK: Duration = Duration::from_millis(250);
const LOOK_TIMEOUT: Duration = Duration::from_millis(500);
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// In AWS a schedule invokes `sweep`; where functions run locally there is none.
const SWEEP: Duration = Duration::from_secs(30);
/// Kinds in a sweep's answer that are its everyday work.
const ROUTINE: [&str; 9] = [
    "rooms", "players", "relays", "seated", "started", "skipped", "pushed", "gone", "failed",
];

/// One pool's side of the bridge.
struct Side {
    pool: Pool,
    /// We hold the lease.
    is_held: AtomicBool,
    assign: Nudge,
    expire: Nudge,
    notify: Nudge,
}

/// A function that may have work. However often it is nudged while it runs, it runs once more.
struct Nudge {
    function: &'static str,
    wanted: Notify,
}

impl Nudge {
    fn new(function: &'static str) -> Self {
        Self {
            function,
            wanted: Notify::new(),
        }
    }
}

/// Runs until the task is aborted.
pub(crate) async fn bridge<G: Game + Send + 'static>(shared: Arc<Shared<G>>) {
    let config = &shared.config;
    let endpoint = config.lambda_url.as_deref();
    let functions = Functions::new(endpoint, &config.function_prefix, shared.metrics.clone()).await;
    let functions = Arc::new(functions);
    let mut sides = BTreeMap::new();
    let mut tasks = JoinSet::new();
    for name in shared.lobby.pools().0.keys() {
        // A configured pool is always known.
        let Ok(pool) = shared.lobby.pool(name) else {
            continue;
        };
        let side = Arc::new(Side {
            pool,
            is_held: AtomicBool::new(false),
            assign: Nudge::new("assign"),
            expire: Nudge::new("expire"),
            notify: Nudge::new("deliver"),
        });
        tasks.spawn(hold(shared.clone(), side.clone()));
        let picks: [fn(&Side) -> &Nudge; 3] = [
            |side| &side.assign,
            |side| &side.expire,
            |side| &side.notify,
        ];
        for pick in picks {
            tasks.spawn(invoke_when_nudged(side.clone(), pick, functions.clone()));
        }
        sides.insert(name.clone(), side);
    }
    if shared.config.lambda_url.is_some()
        && let Some(first) = sides.values().next()
    {
        tasks.spawn(sweep(first.clone(), functions, shared.metrics.clone()));
    }
    tasks.spawn(hear(shared, sides));
    while tasks.join_next().await.is_some() {}
}

/// Takes and keeps the lease, and looks for work while it is ours.
async fn hold<G: Game>(shared: Arc<Shared<G>>, side: Arc<Side>) {
    let mut every = tokio::time::interval(LOOK);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let looked = tokio::time::timeout(LOOK_TIMEOUT, look(&shared, &side)).await;
        let why = match looked {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        side.is_held.store(false, Ordering::Relaxed);
        shared.metrics.redis_failed("look");
        tracing::debug!(pool = side.pool.name(), why, "the bridge cannot look");
    }
}

async fn look<G: Game>(shared: &Shared<G>, side: &Side) -> lobby::Result<()> {
    let is_held = side.pool.bridge.hold(&shared.config.relay_id).await?;
    if is_held != side.is_held.swap(is_held, Ordering::Relaxed) {
        tracing::info!(pool = side.pool.name(), is_held, "bridge");
    }
    let metrics = &shared.metrics;
    let pool = side.pool.name();
    let gauges = [&metrics.queued, &metrics.rooms_open, &metrics.oldest_ms];
    if !is_held {
        // Another server shows them now.
        for gauge in gauges {
            // An error: it did not show any.
            let _ = gauge.remove_label_values(&[pool]);
        }
        return Ok(());
    }
    let work = side.pool.bridge.poll().await?;
    let due = [
        (work.assign, &side.assign),
        (work.expire, &side.expire),
        (work.deliver, &side.notify),
    ];
    for (_, nudge) in due.iter().filter(|(is_due, _)| *is_due) {
        nudge.wanted.notify_one();
    }
    for (gauge, value) in gauges
        .iter()
        .zip([work.queued, work.rooms_open, work.oldest_ms])
    {
        gauge.with_label_values(&[pool]).set(value as i64);
    }
    Ok(())
}

/// Nudges what a hint speaks of. Hints only make it sooner: without any, the next look finds the work.
async fn hear<G: Game>(shared: Arc<Shared<G>>, sides: BTreeMap<String, Arc<Side>>) {
    let mut hints = shared.lobby.hints();
    loop {
        let (pool, pick): (_, fn(&Side) -> &Nudge) = match hints.next().await {
            Hint::Queue { pool } => (pool, |side| &side.assign),
            Hint::Expired { pool } => (pool, |side| &side.expire),
        };
        if let Some(side) = sides.get(&pool)
            && side.is_held.load(Ordering::Relaxed)
        {
            pick(side).wanted.notify_one();
        }
    }
}

async fn invoke_when_nudged(side: Arc<Side>, pick: fn(&Side) -> &Nudge, functions: Arc<Functions>) {
    let nudge = pick(&side);
    let event = serde_json::json!({ "pool": side.pool.name() });
    let mut backoff = BACKOFF;
    loop {
        nudge.wanted.notified().await;
        if !side.is_held.load(Ordering::Relaxed) {
            continue;
        }
        match functions.invoke(nudge.function, &event).await {
            Ok(answer) => {
                backoff = BACKOFF;
                if answer["remainder"] == true {
                    nudge.wanted.notify_one();
                }
            }
            Err(error) => {
                tracing::warn!(function = nudge.function, pool = side.pool.name(), %error, "an invocation failed");
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(BACKOFF_MAX);
                nudge.wanted.notify_one();
            }
        }
    }
}

/// One server sweeps all pools: the one that holds the first pool's bridge.
async fn sweep(first: Arc<Side>, functions: Arc<Functions>, metrics: Arc<Metrics>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        if !first.is_held.load(Ordering::Relaxed) {
            continue;
        }
        match functions.invoke("sweep", &serde_json::json!({})).await {
            Ok(swept) => count_mended(&metrics, &swept),
            Err(error) => tracing::warn!(%error, "the sweep failed"),
        }
    }
}

/// Counts what the sweep mended, of its answer `{pool: {kind: count}}`. Each is a bug at its source.
fn count_mended(metrics: &Metrics, swept: &Value) {
    let pools = swept.as_object().into_iter().flatten();
    for (pool, counts) in pools {
        for (kind, count) in counts.as_object().into_iter().flatten() {
            let count = count.as_u64().unwrap_or_default();
            if count > 0 && !ROUTINE.contains(&kind.as_str()) {
                metrics.mended.with_label_values(&[kind]).inc_by(count);
                tracing::error!(pool, kind, count, "mended what must never be");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sweep_mended_is_counted_by_kind() {
        let metrics = Metrics::new();
        let answer = serde_json::json!({
            "main": { "room_orphan": 2, "listing_wrong": 0, "seated": 7, "pushed": 9 },
            "other": { "room_orphan": 1, "seat_without_record": 3 },
        });
        count_mended(&metrics, &answer);
        count_mended(&metrics, &Value::Null);
        let shown = metrics.render();
        let mended: Vec<&str> = shown
            .lines()
            .filter(|line| line.starts_with("skirmish_mended_total"))
            .collect();
        assert_eq!(
            mended,
            [
                r#"skirmish_mended_total{kind="room_orphan"} 3"#,
                r#"skirmish_mended_total{kind="seat_without_record"} 3"#,
            ]
        );
    }
}
