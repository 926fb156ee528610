//! Taking a player out, asked for over HTTP or over the lobby socket.

use lobby::{Left, Lobby, Me};

use crate::app::App;
use crate::respond::Problem;

/// Out of the queue or the waiting room, whichever pool; a match is not left this way.
pub async fn leave(app: &App, player: &str, request: Option<&str>) -> Result<(), Problem> {
    let lobby = app.lobby().await?;
    let before = lobby.me(player).await?;
    let left = lobby.leave(player, request).await?;
    tell(app, lobby, &before).await?;
    match left {
        Left::Out => Ok(()),
        Left::Playing { room } => {
            let game = lobby.me(player).await?.game;
            Err(Problem::in_match(&room, game.as_ref()))
        }
    }
}

/// Gives up the running match, if there is one.
pub async fn forfeit(app: &App, player: &str, request: Option<&str>) -> Result<(), Problem> {
    let lobby = app.lobby().await?;
    let before = lobby.me(player).await?;
    lobby.forfeit(player, request).await?;
    tell(app, lobby, &before).await
}

/// The others learn of it from the pool where the player was.
async fn tell(app: &App, lobby: &Lobby, before: &Me) -> Result<(), Problem> {
    if let Some(pool) = &before.pool {
        app.tell(&lobby.pool(pool)?).await;
    }
    Ok(())
}
