//! deliver: delivers the notifications in a pool's outbox.

use lobby::DeliveryReport;

use super::PoolEvent;
use crate::app::{App, DeliveryError};

/// Delivers until the outbox is empty, or for a bounded number of batches.
pub async fn handle(app: &App, event: PoolEvent) -> Result<DeliveryReport, DeliveryError> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    app.deliver(&pool).await
}
