//! room-assign: seats a pool's queue.

use lobby::Assigned;

use super::PoolEvent;
use crate::app::App;

/// One pass over the queue; the caller calls again while a remainder is reported.
pub async fn handle(app: &App, event: PoolEvent) -> lobby::Result<Assigned> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    let assigned = pool.assign().await?;
    app.tell(&pool).await;
    Ok(assigned)
}
