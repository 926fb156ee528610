//! Whether a player may enter the lobby: a player who is banned may not.

use lobby::{Lobby, Removal};

use crate::app::App;
use crate::respond::Problem;

/// 403 for a player who is banned.
pub async fn check(lobby: &Lobby, player: &str) -> Result<(), Problem> {
    let ban = lobby.bans.of(player).await?;
    ban.map_or(Ok(()), |ban| Err(Problem::banned(&ban)))
}

/// The same after the player entered: a ban that came since [`check`] may have found nobody to remove.
pub async fn check_again(app: &App, lobby: &Lobby, player: &str) -> Result<(), Problem> {
    let checked = check(lobby, player).await;
    if checked.is_err() {
        // Boxed: few calls come here, and each would have the space for it.
        Box::pin(remove(app, lobby, player)).await?;
    }
    checked
}

async fn remove(app: &App, lobby: &Lobby, player: &str) -> lobby::Result<()> {
    let removal = Removal::Banned;
    lobby.admin.remove_player(player, removal, None).await?;
    app.notify_all(lobby).await;
    Ok(())
}
