//! socket-message: the `$default` route of the lobby socket: `{"action": "ping" | "sync" |
//! "leave"}`.

use serde::Deserialize;
use serde_json::Value;

use super::leaving;
use crate::app::App;
use crate::request;
use crate::respond::Problem;
use crate::socket::{self, SocketAnswer, SocketEvent};

#[derive(Deserialize)]
struct Message {
    action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Ping,
    Sync,
    Leave,
}

/// Answers on the socket itself. A connection without a player is closed, so that its client
/// connects again.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let connection = event.request_context.connection_id.as_str();
    match answer(app, connection, &event).await {
        Ok(Some(message)) => socket::send(app, connection, &message).await,
        Ok(None) => socket::close(app, connection).await,
        Err(problem) => socket::send(app, connection, &socket::error(&problem)).await,
    }
    SocketAnswer::ok()
}

async fn answer(
    app: &App,
    connection: &str,
    event: &SocketEvent,
) -> Result<Option<Value>, Problem> {
    let message = read(event)?;
    let lobby = app.lobby().await?;
    let Some(player) = lobby.sessions.player_of(connection).await? else {
        return Ok(None);
    };
    match message.action {
        Action::Ping => {
            lobby.players.touch(&player).await?;
            return Ok(Some(socket::pong()));
        }
        Action::Sync => {}
        Action::Leave => {
            let origin = lobby.sessions.origin_of(connection).await?;
            leaving::leave(app, &player, None, origin.as_ref()).await?;
        }
    }
    let me = lobby.players.me(&player).await?;
    let origin = match me.game {
        Some(_) => lobby.sessions.origin_of(connection).await?,
        None => None,
    };
    Ok(Some(socket::state(&me.seen_from(origin.as_ref()))))
}

fn read(event: &SocketEvent) -> Result<Message, Problem> {
    if event.is_base64_encoded {
        return Err(Problem::bad_request("Messages are text."));
    }
    request::object(event.body.as_deref().unwrap_or_default().as_bytes())
}
