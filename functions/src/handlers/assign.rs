//! assign: seats the players of a pool's queue.

use lobby::Assigned;
use tracing::info;

use super::PoolEvent;
use crate::app::App;
use crate::traces;

/// One pass over the queue; the caller repeats it while there is a remainder.
pub async fn handle(app: &App, event: PoolEvent) -> lobby::Result<Assigned> {
    let pool = app.lobby().await?.pool(&event.pool)?;
    let assigned = if app.traces().is_on() {
        let (assigned, seats) = pool.assign_traced().await?;
        traces::record_seats(app.traces(), pool.name(), &seats);
        assigned
    } else {
        pool.assign().await?
    };
    app.notify(&pool).await;
    if assigned.seated > 0 {
        log_seated(&event.pool, &assigned);
    }
    Ok(assigned)
}

/// How long players waited for their seats; `infra/` monitoring reads it from the log.
fn log_seated(pool: &str, assigned: &Assigned) {
    info!(
        pool,
        seated = assigned.seated,
        waited_ms = assigned.waited_ms,
        "seated"
    );
}
