//! assign: seats a pool's queue.

use lobby::Assigned;
use tracing::info;

use super::PoolEvent;
use crate::app::App;

/// One pass over the queue; the caller calls again while a remainder is reported.
pub async fn handle(app: &App, event: PoolEvent) -> lobby::Result<Assigned> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    let assigned = pool.assign().await?;
    app.tell(&pool).await;
    if assigned.seated > 0 {
        say(&event.pool, &assigned);
    }
    Ok(assigned)
}

/// How long seating takes, as players have it: infra/monitoring.yaml reads it out of the log.
fn say(pool: &str, assigned: &Assigned) {
    info!(
        pool,
        seated = assigned.seated,
        waited_ms = assigned.waited_ms,
        "seated"
    );
}
