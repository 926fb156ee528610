//! room-watch: `POST /lobby/rooms/<room>/watch`, a ticket to watch the running match of a room; `POST /lobby/rooms/watch`, of any room
//! of a pool.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use lobby::{GameTicket, Lobby, Watched};
use serde::{Deserialize, Serialize};

use super::{admission, rooms};
use crate::app::App;
use crate::request::{self, POOL_DEFAULT};
use crate::respond::{self, Problem};

#[derive(Deserialize)]
struct Ask {
    /// The room's code, in a pool whose watchers need it.
    code: Option<String>,
    /// The pool, without a room. Default: `main`.
    pool: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    room: &'a str,
    #[serde(flatten)]
    game: GameTicket,
    delay_ms: u64,
}

/// 200 with the ticket. The caller does not get a seat, and keeps the one that they have.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(watch(app, &request).await)
}

async fn watch(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = request::path(request, &Method::POST, "POST")?;
    let rest = path.strip_prefix("/lobby/rooms");
    let room = rest.and_then(|rest| rest.strip_suffix("/watch"));
    let room = room.ok_or_else(Problem::not_found)?;
    let caller = request::caller(app.tokens(), request).await?;
    let Ask { code, pool } = request::body(request)?;
    let named = room.strip_prefix('/');
    if named.is_some_and(|room| !request::is_room_id(room)) {
        return Err(Problem::unknown_room());
    }
    let lobby = app.lobby().await?;
    admission::check(lobby, &caller.player).await?;
    let room = match named {
        Some(room) => room.to_owned(),
        None => pick(lobby, pool).await?,
    };
    let code = code.as_deref().map(rooms::code);
    let address = request::address(request);
    let watched = lobby
        .rooms
        .room_watch(&room, &caller.player, code.as_deref(), &address);
    match watched.await? {
        Watched::Ticket { game, delay_ms } => {
            let game = game.seen_from(request::origin(request).as_ref());
            let answer = Answer {
                room: &room,
                game,
                delay_ms,
            };
            respond::json(StatusCode::OK, &answer)
        }
        Watched::Unknown => Err(Problem::unknown_room()),
        Watched::CodeUnknown => Err(Problem::code_unknown()),
        Watched::TooManyMisses => Err(Problem::too_many_misses()),
        Watched::NotStarted => Err(Problem::not_started()),
        Watched::Kicked => Err(Problem::kicked()),
    }
}

/// A room of the pool whose match runs.
async fn pick(lobby: &Lobby, pool: Option<String>) -> Result<String, Problem> {
    let pool = pool.as_deref().unwrap_or(POOL_DEFAULT);
    let room = lobby.rooms.match_pick(pool).await?;
    room.ok_or_else(Problem::no_match)
}
