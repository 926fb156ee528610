//! expire: decides what is due in a pool: rooms, players, relays.

use lobby::Decided;

use super::PoolEvent;
use crate::app::App;

/// Decisions of one invocation; more is a remainder.
const DECISIONS_MAX: u32 = 100;

/// One pass; the caller calls again while a remainder is reported.
pub async fn handle(app: &App, event: PoolEvent) -> lobby::Result<Decided> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    let decided = pool.decide_due(DECISIONS_MAX).await?;
    app.tell(&pool).await;
    Ok(decided)
}
