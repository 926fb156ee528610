//! socket-connect: the `$connect` route of the lobby socket.

use std::time::{SystemTime, UNIX_EPOCH};

use super::admission;
use crate::app::App;
use crate::auth::AuthError;
use crate::respond::Problem;
use crate::socket::{self, SocketAnswer, SocketEvent};

/// 200 opens the socket of the token's player and closes the player's previous one; 401 refuses the
/// handshake, and 403 that of a player who is banned.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    match open(app, &event).await {
        Ok(()) => SocketAnswer::accepted(&event),
        Err(problem) => problem.into(),
    }
}

async fn open(app: &App, event: &SocketEvent) -> Result<(), Problem> {
    let token = event.token().ok_or(AuthError::Missing)?;
    let caller = app.tokens().verify(token).await?;
    let connection = &event.request_context.connection_id;
    let lobby = app.lobby().await?;
    admission::check(lobby, &caller.player).await?;
    if let Some(origin) = event.origin() {
        lobby.sessions.set_origin(connection, &origin).await?;
    }
    let old = lobby.sessions.open(&caller.player, connection).await?;
    if let Some(old) = old.filter(|old| old != connection) {
        let now_ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis() as u64;
        socket::send(app, &old, &socket::superseded(now_ms)).await;
        socket::close(app, &old).await;
    }
    Ok(())
}
