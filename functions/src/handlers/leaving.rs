//! Leaving and forfeiting, requested over HTTP or the lobby socket.
//!
//! Nothing is read before the change: a full Redis still lets players leave, but it refuses
//! [`lobby::Players::me`].

use lobby::{Left, Origin};

use crate::app::App;
use crate::respond::Problem;

/// Removes the player from the queue or the waiting room of any pool. A match is not left this way.
pub async fn leave(
    app: &App,
    player: &str,
    request: Option<&str>,
    origin: Option<&Origin>,
) -> Result<(), Problem> {
    let lobby = app.lobby().await?;
    let left = lobby.players.queue_leave(player, request).await?;
    app.notify_all(lobby).await;
    match left {
        Left::Out => Ok(()),
        Left::Playing { room } => {
            let me = lobby.players.me(player).await?.seen_from(origin);
            Err(Problem::in_match(&room, me.game.as_ref()))
        }
    }
}

/// Gives up the running match, if there is one.
pub async fn forfeit(app: &App, player: &str, request: Option<&str>) -> Result<(), Problem> {
    let lobby = app.lobby().await?;
    lobby.players.forfeit(player, request).await?;
    app.notify_all(lobby).await;
    Ok(())
}
