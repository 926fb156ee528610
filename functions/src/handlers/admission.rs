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
        let removed = lobby.admin.remove_player(player, Removal::Banned, None);
        removed.await?;
        app.notify_all(lobby).await;
    }
    checked
}
