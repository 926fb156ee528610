//! Taking a player out, asked for over HTTP or over the lobby socket.
//!
//! Nothing is read before the change: a full Redis still lets players leave, but not be looked at.

use lobby::{Left, Origin};

use crate::app::App;
use crate::respond::Problem;

/// Out of the queue or the waiting room, whichever pool; a match is not left this way.
pub async fn leave(
    app: &App,
    player: &str,
    request: Option<&str>,
    origin: Option<&Origin>,
) -> Result<(), Problem> {
    let lobby = app.lobby().await?;
    let left = lobby.leave(player, request).await?;
    app.tell_all(lobby).await;
    match left {
        Left::Out => Ok(()),
        Left::Playing { room } => {
            let me = lobby.me(player).await?.seen_from(origin);
            Err(Problem::in_match(&room, me.game.as_ref()))
        }
    }
}

/// Gives up the running match, if there is one.
pub async fn forfeit(app: &App, player: &str, request: Option<&str>) -> Result<(), Problem> {
    let lobby = app.lobby().await?;
    lobby.forfeit(player, request).await?;
    app.tell_all(lobby).await;
    Ok(())
}
