//! deliver: delivers the notifications in a pool's outbox, and the changes of its list of rooms to those
//! who watch it.

use lobby::DeliveryReport;
use serde::Deserialize;

use crate::app::{App, DeliveryError};

/// The event: `{"pool": "main", "lane": 0}`.
#[derive(Debug, Deserialize)]
pub struct LaneEvent {
    /// The pool's name.
    pub pool: String,
    /// A lane of its outbox; without it, all lanes.
    pub lane: Option<u32>,
}

/// Delivers until the lane is empty, or for a bounded time. Watchers come with lane 0.
pub async fn handle(app: &App, event: LaneEvent) -> Result<DeliveryReport, DeliveryError> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    let report = app.deliver(&pool, event.lane).await?;
    if event.lane.unwrap_or(0) == 0 {
        let config = app.config();
        app.notify_watchers(&event.pool, config.game_of(&event.pool))
            .await;
    }
    Ok(report)
}
