//! deliver: delivers the notifications in a pool's outbox, and the changes of its list of rooms to those
//! who watch it.

use lobby::DeliveryReport;

use super::PoolEvent;
use crate::app::{App, DeliveryError};

/// Delivers until the outbox is empty, or for a bounded number of batches.
pub async fn handle(app: &App, event: PoolEvent) -> Result<DeliveryReport, DeliveryError> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    let report = app.deliver(&pool).await?;
    let config = app.config();
    app.notify_watchers(&event.pool, config.game_of(&event.pool))
        .await;
    Ok(report)
}
