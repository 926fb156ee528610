//! The settings of the pools, which operators may change while this server runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::lobby::lease;
use crate::shared::Shared;

/// How often they are read.
const EVERY: Duration = Duration::from_secs(1);
/// How long Redis may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Reads them at intervals until the task is aborted, and reports to the lobby what has changed of the games.
pub(crate) async fn follow(shared: Arc<Shared>) {
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_reported = true;
    loop {
        every.tick().await;
        let has_changed = read(&shared).await;
        is_reported &= !has_changed;
        // The registration reports the games too.
        if !is_reported && shared.is_registered() {
            let report = lease::report(&shared);
            let reporting = shared.lobby.relays.report_games(&report);
            is_reported = matches!(timeout(TIMEOUT, reporting).await, Ok(Ok(())));
        }
    }
}

/// Reads them. From then on, new rooms have them. Returns whether they have changed.
pub(crate) async fn read(shared: &Shared) -> bool {
    let settings = &shared.lobby.settings;
    if !matches!(timeout(TIMEOUT, settings.refresh()).await, Ok(Ok(true))) {
        return false;
    }
    let version = settings.version();
    match shared.games.set(&settings.pools()) {
        Ok(()) => tracing::info!(version, "the settings of the pools have changed"),
        Err(error) => {
            tracing::error!(version, %error, "new rooms have the earlier settings of the pools");
        }
    }
    true
}
