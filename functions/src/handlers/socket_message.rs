//! socket-message: the `$default` route of the lobby socket: `{"action": "ping" | "sync" | "leave" |
//! "watch_rooms"}`.

use lobby::Watch;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::leaving;
use crate::app::App;
use crate::request::{self, POOL_DEFAULT};
use crate::respond::Problem;
use crate::socket::{self, SocketAnswer, SocketEvent};

#[derive(Deserialize)]
struct Message {
    action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Ping,
    Sync,
    Leave,
    WatchRooms,
}

/// The members of `watch_rooms`.
#[derive(Deserialize)]
struct WatchRooms {
    #[serde(rename = "where", default)]
    conditions: Conditions,
    #[serde(default)]
    sort: Option<String>,
    #[serde(default)]
    pool: Option<String>,
}

/// The member `where`.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Conditions {
    Text(String),
    /// Ends the watch.
    Null(()),
    #[default]
    #[serde(skip)]
    Missing,
}

/// What becomes of a message.
enum Answer {
    Message(Value),
    /// Something else answers it, or nothing does.
    None,
    /// The connection has no player.
    Close,
}

/// Answers on the socket itself. A connection without a player is closed, so that its client
/// connects again.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let connection = event.request_context.connection_id.as_str();
    match answer(app, connection, &event).await {
        Ok(Answer::Message(message)) => socket::send(app, connection, &message).await,
        Ok(Answer::None) => {}
        Ok(Answer::Close) => socket::close(app, connection).await,
        Err(problem) => socket::send(app, connection, &socket::error(&problem)).await,
    }
    SocketAnswer::ok()
}

async fn answer(app: &App, connection: &str, event: &SocketEvent) -> Result<Answer, Problem> {
    let message: Message = read(event)?;
    let lobby = app.lobby().await?;
    let Some(player) = lobby.sessions.player_of(connection).await? else {
        return Ok(Answer::Close);
    };
    match message.action {
        Action::Ping => {
            lobby.players.touch(&player).await?;
            return Ok(Answer::Message(socket::pong()));
        }
        Action::Sync => {}
        Action::Leave => {
            let origin = lobby.sessions.origin_of(connection).await?;
            leaving::leave(app, &player, None, origin.as_ref()).await?;
        }
        Action::WatchRooms => {
            watch(app, connection, read(event)?).await?;
            return Ok(Answer::None);
        }
    }
    let me = lobby.players.me(&player).await?;
    let origin = match me.game {
        Some(_) => lobby.sessions.origin_of(connection).await?,
        None => None,
    };
    let state = socket::state(&me.seen_from(origin.as_ref()));
    Ok(Answer::Message(state))
}

/// Begins or ends a watch of the list of rooms. The list comes as a message to the watcher.
async fn watch(app: &App, connection: &str, ask: WatchRooms) -> Result<(), Problem> {
    let rooms = &app.lobby().await?.rooms;
    let conditions = match ask.conditions {
        Conditions::Text(text) => text,
        Conditions::Null(()) => return Ok(rooms.unwatch_rooms(connection).await?),
        Conditions::Missing => {
            let detail = "where must be a string, or null to end the watch.";
            return Err(Problem::bad_request(detail));
        }
    };
    let watch = Watch {
        conditions,
        sort: ask.sort,
    };
    let pool = ask.pool.as_deref().unwrap_or(POOL_DEFAULT);
    let config = app.config();
    let game = config.game_of(pool);
    let settings = config.pools.0.get(pool).ok_or_else(Problem::unknown_pool)?;
    watch.query(settings, game).map_err(Problem::bad_request)?;
    if !rooms.watch_rooms(pool, connection, &watch).await? {
        return Err(Problem::too_many_watchers());
    }
    app.notify_watchers(pool, game).await;
    Ok(())
}

fn read<T: DeserializeOwned>(event: &SocketEvent) -> Result<T, Problem> {
    if event.is_base64_encoded {
        return Err(Problem::bad_request("Messages must be text."));
    }
    request::object(event.body.as_deref().unwrap_or_default().as_bytes())
}
