//! A line in the log once a minute: how late the ticks were. Where nobody reads `/metrics`, a log's filter makes an alarm
//! of it.

use std::sync::Arc;
use std::time::Duration;

use game::Game;
use tokio::time::MissedTickBehavior;

use crate::server::Shared;

const EVERY: Duration = Duration::from_mins(1);

/// Runs until the task is aborted.
pub(crate) async fn pulse<G: Game>(shared: Arc<Shared<G>>) {
    let metrics = &shared.metrics;
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every.tick().await;
    let mut before = (metrics.tick_lateness.counts(), metrics.ticks_skipped.get());
    loop {
        every.tick().await;
        let now = (metrics.tick_lateness.counts(), metrics.ticks_skipped.get());
        tracing::info!(
            relay = shared.config.relay_id,
            rooms = metrics.rooms.get(),
            lateness_p99_us = now.0.since(&before.0).quantile_us(99),
            skipped = now.1 - before.1,
            "ticks"
        );
        before = now;
    }
}
