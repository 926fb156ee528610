//! Waiting for a match on behalf of a player.

use std::time::Duration;

use bots::{Client, Error, GameTicket, Join, Joined, Lobby, LobbyMessage, Status, next_message};
use tokio::time::sleep;

/// Waits for a match; joins again when the player is out. None: the player is out and `join` is None.
pub(crate) async fn until_started(
    client: &Client,
    lobby: &mut Option<Lobby>,
    join: Option<&Join>,
) -> Result<Option<(String, GameTicket)>, Error> {
    loop {
        let out = match next_message(lobby).await {
            LobbyMessage::MatchStarted { room_id, game, .. }
            | LobbyMessage::MatchMoved { room_id, game, .. } => return Ok(Some((room_id, game))),
            LobbyMessage::State(me) => {
                if let (Some(room), Some(game)) = (me.room, me.game) {
                    return Ok(Some((room, game)));
                }
                me.status == Status::Out
            }
            LobbyMessage::Removed { .. } => true,
            _ => false,
        };
        if out {
            let Some(join) = join else { return Ok(None) };
            match client.join(join).await {
                Ok(Joined::Playing { room, game }) => return Ok(Some((room, game))),
                Ok(_) => {}
                Err(Error::Unreachable(_)) => sleep(Duration::from_millis(200)).await,
                Err(error) => return Err(error),
            }
        }
    }
}
