//! The relay's registration and its lease, which is one for all pools.

use std::sync::Arc;

use lobby::RelayInfo;
use lobby::timing::{RELAY_RENEWAL, RELAY_RENEWAL_TIMEOUT};

use crate::net::webtransport::endpoint::WebTransportEndpoint;
use crate::shared::Shared;

/// Renews until the task is aborted. Logs the first failure and the recovery.
pub(crate) async fn register(shared: Arc<Shared>) {
    let mut every = tokio::time::interval(RELAY_RENEWAL);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut works = true;
    loop {
        every.tick().await;
        match (renew(&shared).await, works) {
            (Ok(()), false) => tracing::info!("registered again"),
            (Err(why), true) => tracing::warn!(why, "the registration is not renewed"),
            _ => {}
        }
        works = shared.is_registered();
    }
}

/// One renewal.
pub(crate) async fn renew(shared: &Shared) -> Result<(), String> {
    let info = report(shared);
    shared.metrics.rooms_free.set(info.rooms_free().into());
    let renewing = shared.lobby.relays.renew(&info);
    let why = match tokio::time::timeout(RELAY_RENEWAL_TIMEOUT, renewing).await {
        Ok(Ok(())) => {
            shared.set_registered(true);
            return Ok(());
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer".to_owned(),
    };
    shared.set_registered(false);
    shared.metrics.redis_failed("renew");
    Err(why)
}

/// What this server reports about itself.
pub(crate) fn report(shared: &Shared) -> RelayInfo {
    RelayInfo {
        id: shared.config.relay_id.clone(),
        url: shared.url.clone(),
        webtransport: shared
            .webtransport
            .as_ref()
            .map(WebTransportEndpoint::registered),
        rooms: shared.directory.rooms(),
        capacity: shared.config.capacity,
        draining: shared.is_draining(),
        boot: shared.boot.clone(),
        watchers_free: shared.watchers_free(),
        region: Some(shared.config.region.clone()).filter(|region| !region.is_empty()),
        games: shared.games.reported(),
    }
}
