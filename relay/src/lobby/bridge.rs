//! The bridge: invokes functions when work is due in Redis, because the lobby has no process of its own that could
//! wait.
//!
//! One server holds the bridge of a pool. It listens for that pool's hints, polls, and keeps at most one invocation
//! of each function in flight (for `deliver`, one for each lane of the outbox). It invokes again while there is a
//! remainder, and after an error. A lost hint, a lost lease or a duplicate invocation costs time, not correctness.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use edge::Backoff;
use lobby::timing::{BRIDGE_POLL_TIMEOUT, SWEEP_INTERVAL};
use lobby::{Hint, Pool};
use prometheus::IntGaugeVec;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::lobby::functions::Functions;
use crate::lobby::turns::Turns;
use crate::metrics::Metrics;
use crate::shared::Shared;

/// How often the number of relays is read.
const COUNT_EVERY: Duration = Duration::from_secs(5);
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// The bridge of one pool.
struct PoolBridge {
    pool: Pool,
    /// Whether this server holds the lease.
    is_held: AtomicBool,
    assign: Arc<Wake>,
    expire: Arc<Wake>,
    /// Indexed by lane of the outbox.
    deliver: Vec<Arc<Wake>>,
}

/// A function that may have work. All wake-ups during a run together cause one more run.
struct Wake {
    function: &'static str,
    event: Value,
    wanted: Notify,
}

impl Wake {
    fn new(function: &'static str, event: Value) -> Arc<Self> {
        Arc::new(Self {
            function,
            event,
            wanted: Notify::new(),
        })
    }
}

impl PoolBridge {
    fn new(pool: Pool) -> Self {
        let (name, lanes) = (pool.name(), pool.settings().lanes);
        let event = json!({ "pool": name });
        let deliver = |lane| Wake::new("deliver", json!({ "pool": name, "lane": lane }));
        Self {
            assign: Wake::new("assign", event.clone()),
            expire: Wake::new("expire", event),
            deliver: (0..lanes).map(deliver).collect(),
            pool,
            is_held: AtomicBool::new(false),
        }
    }
}

/// Runs until the task is aborted.
pub(crate) async fn bridge(shared: Arc<Shared>, functions: Functions) {
    let functions = Arc::new(functions);
    let turns = Arc::new(Turns::new(shared.lobby.pools().0.len()));
    let mut bridges = BTreeMap::new();
    let mut tasks = JoinSet::new();
    for name in shared.lobby.pools().0.keys() {
        // Every configured pool exists.
        let Ok(pool) = shared.lobby.pool(name) else {
            continue;
        };
        let bridge = Arc::new(PoolBridge::new(pool));
        tasks.spawn(hold(shared.clone(), bridge.clone(), turns.clone()));
        for wake in [&bridge.assign, &bridge.expire]
            .into_iter()
            .chain(&bridge.deliver)
        {
            let wake = wake.clone();
            tasks.spawn(invoke_when_woken(bridge.clone(), wake, functions.clone()));
        }
        bridges.insert(name.clone(), bridge);
    }
    if shared.config.lambda_url.is_some()
        && let Some(first) = bridges.values().next()
    {
        tasks.spawn(sweep(first.clone(), functions));
    }
    tasks.spawn(count_relays(shared.clone(), turns.clone()));
    tasks.spawn(listen(shared, bridges, turns));
    while tasks.join_next().await.is_some() {}
}

/// Acquires and renews the lease, and polls for work while this server holds it.
async fn hold(shared: Arc<Shared>, bridge: Arc<PoolBridge>, turns: Arc<Turns>) {
    loop {
        let polled = tokio::time::timeout(BRIDGE_POLL_TIMEOUT, poll(&shared, &bridge)).await;
        let why = match polled {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer".to_owned()),
        };
        if let Some(why) = why {
            bridge.is_held.store(false, Ordering::Relaxed);
            shared.metrics.redis_failed("poll");
            tracing::debug!(pool = bridge.pool.name(), why, "the bridge cannot poll");
        }
        let mut is_held = bridge.is_held.load(Ordering::Relaxed);
        if turns.set_held(bridge.pool.name(), is_held) {
            give_up(&shared, &bridge, &turns).await;
            is_held = false;
        }
        if !is_held {
            for gauge in gauges(&shared.metrics) {
                // Another server reports these gauges now. An error means that this server never did.
                let _ = gauge.remove_label_values(&[bridge.pool.name()]);
            }
        }
        tokio::time::sleep(turns.pause(is_held)).await;
    }
}

/// Releases the bridge of a pool, so that another relay can take it.
async fn give_up(shared: &Shared, bridge: &PoolBridge, turns: &Turns) {
    bridge.is_held.store(false, Ordering::Relaxed);
    turns.set_held(bridge.pool.name(), false);
    let released = bridge.pool.bridge.release(&shared.config.relay_id).await;
    // If the call fails, the lease runs out by itself.
    tracing::info!(
        pool = bridge.pool.name(),
        is_released = released.is_ok(),
        "bridge released: this server holds more than its share"
    );
}

async fn poll(shared: &Shared, bridge: &PoolBridge) -> lobby::Result<()> {
    let is_held = bridge.pool.bridge.hold(&shared.config.relay_id).await?;
    if is_held != bridge.is_held.swap(is_held, Ordering::Relaxed) {
        tracing::info!(pool = bridge.pool.name(), is_held, "bridge");
    }
    if !is_held {
        return Ok(());
    }
    let work = bridge.pool.bridge.poll().await?;
    let assign = work.assign.then_some(&bridge.assign);
    let expire = work.expire.then_some(&bridge.expire);
    let lanes = work.deliver.iter();
    let deliver = lanes.filter_map(|lane| bridge.deliver.get(*lane as usize));
    for wake in assign.into_iter().chain(expire).chain(deliver) {
        wake.wanted.notify_one();
    }
    for (gauge, value) in
        gauges(&shared.metrics)
            .into_iter()
            .zip([work.queued, work.rooms_open, work.oldest_ms])
    {
        gauge
            .with_label_values(&[bridge.pool.name()])
            .set(value as i64);
    }
    Ok(())
}

/// The gauges that the bridge of a pool reports.
fn gauges(metrics: &Metrics) -> [&IntGaugeVec; 3] {
    [&metrics.queued, &metrics.rooms_open, &metrics.oldest_ms]
}

/// Wakes the function that a hint names. Hints only save time: without them, the next poll finds
/// the work.
async fn listen(
    shared: Arc<Shared>,
    bridges: BTreeMap<String, Arc<PoolBridge>>,
    turns: Arc<Turns>,
) {
    let mut hints = shared.lobby.hints();
    let mut held = turns.held();
    loop {
        let hint = tokio::select! {
            hint = hints.next() => hint,
            _ = held.changed() => {
                let pools = held.borrow_and_update().clone();
                hints.follow(&pools);
                continue;
            }
        };
        let (pool, pick): (_, fn(&PoolBridge) -> &Wake) = match hint {
            Hint::Queue { pool } => (pool, |bridge| &bridge.assign),
            Hint::Expired { pool } => (pool, |bridge| &bridge.expire),
        };
        if let Some(bridge) = bridges.get(&pool)
            && bridge.is_held.load(Ordering::Relaxed)
        {
            pick(bridge).wanted.notify_one();
        }
    }
}

/// Reads the number of relays every [`COUNT_EVERY`].
async fn count_relays(shared: Arc<Shared>, turns: Arc<Turns>) {
    loop {
        // After an error, the last count stays.
        if let Ok(relays) = shared.lobby.relays.count().await {
            turns.set_relays(relays);
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
}

async fn invoke_when_woken(bridge: Arc<PoolBridge>, wake: Arc<Wake>, functions: Arc<Functions>) {
    let mut backoff = Backoff::new(BACKOFF, BACKOFF_MAX);
    loop {
        wake.wanted.notified().await;
        if !bridge.is_held.load(Ordering::Relaxed) {
            continue;
        }
        match functions.invoke(wake.function, &wake.event).await {
            Ok(answer) => {
                backoff.reset();
                if answer["remainder"] == true {
                    wake.wanted.notify_one();
                }
            }
            Err(error) => {
                tracing::warn!(function = wake.function, pool = bridge.pool.name(), %error, "an invocation failed");
                backoff.wait().await;
                wake.wanted.notify_one();
            }
        }
    }
}

/// Invokes the sweep in deployments without a schedule for it. One server sweeps all pools: the one that holds the
/// first pool's bridge.
async fn sweep(first: Arc<PoolBridge>, functions: Arc<Functions>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        if !first.is_held.load(Ordering::Relaxed) {
            continue;
        }
        if let Err(error) = functions.invoke("sweep", &json!({})).await {
            tracing::warn!(%error, "the sweep failed");
        }
    }
}
