//! expire: expires overdue rooms, players and relays of a pool.

use lobby::{EXPIRE_MAX, Expired};

use super::PoolEvent;
use crate::app::App;

/// One pass; the caller repeats it while there is a remainder.
pub async fn handle(app: &App, event: PoolEvent) -> lobby::Result<Expired> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    let expired = pool.deadlines.expire(EXPIRE_MAX).await?;
    app.notify(&pool).await;
    Ok(expired)
}
