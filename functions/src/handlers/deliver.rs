//! notify: tells players what a pool's outbox still holds.

use lobby::Drained;

use super::PoolEvent;
use crate::app::{App, DrainError};

/// Drains until nothing remains, or for a bounded number of rounds.
pub async fn handle(app: &App, event: PoolEvent) -> Result<Drained, DrainError> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    app.drain(&pool).await
}
