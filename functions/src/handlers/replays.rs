//! replays: `GET /replays/<room>`, a finished match for those who played it or have a link to it, and
//! `POST /replays/<room>/share`, which makes the token of a link.

use std::time::{SystemTime, UNIX_EPOCH};

use lambda_http::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use lobby::{Pool, Replayed};

use crate::app::App;
use crate::auth::{AuthError, ReplayLink, opens_replay};
use crate::request;
use crate::respond::{self, Problem};

/// 200 with the replay file (docs/replay.md) or with a token, 403 for players of other matches, 404 if there is no
/// replay (yet, or any more).
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let path = request.raw_http_path();
    let answer = match path.strip_suffix("/share") {
        Some(_) => share(app, &request).await,
        None => replay(app, &request).await,
    };
    respond::answer(answer)
}

async fn replay(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = request::path(request, &Method::GET, "GET")?;
    let room = path.strip_prefix("/replays/");
    let room = room.ok_or_else(Problem::not_found)?;
    let token = request::bearer(request)?.ok_or(AuthError::Missing)?;
    let replayed = if opens_replay(&app.config().tokens, token, room) {
        pool(app, room).await?.replays.read_shared(room).await?
    } else {
        let caller = app.tokens().verify(token).await?;
        let replays = pool(app, room).await?.replays;
        replays.read(room, &caller.player).await?
    };
    Ok(file(room, found(room, replayed)?))
}

async fn share(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = request::path(request, &Method::POST, "POST")?;
    let room = path.strip_prefix("/replays/");
    let room = room.and_then(|rest| rest.strip_suffix("/share"));
    let room = room.ok_or_else(Problem::not_found)?;
    let caller = request::caller(app.tokens(), request).await?;
    let replays = pool(app, room).await?.replays;
    let life = found(room, replays.life(room, &caller.player).await?)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_s = now.unwrap_or_default().as_secs();
    let link = ReplayLink::new(&app.config().tokens, room, now_s, life);
    let link = link.ok_or_else(Problem::links_disabled)?;
    respond::json(StatusCode::OK, &link)
}

async fn pool(app: &App, room: &str) -> Result<Pool, Problem> {
    let pool = room.split_once('.').filter(|_| request::is_room_id(room));
    let (pool, _) = pool.ok_or_else(Problem::unknown_room)?;
    match app.lobby().await?.pool(pool) {
        Err(lobby::Error::UnknownPool(_)) => Err(Problem::unknown_room()),
        pool => Ok(pool?),
    }
}

fn found<T>(room: &str, replayed: Replayed<T>) -> Result<T, Problem> {
    match replayed {
        Replayed::Replay(found) => Ok(found),
        Replayed::NotMember => Err(Problem::not_member(room)),
        Replayed::Unknown => Err(Problem::unknown_room()),
    }
}

/// A replay never changes, but it is only for its players, for operators, and for those who have a link.
pub fn file(room: &str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::Binary(bytes));
    let headers = response.headers_mut();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(CONTENT_TYPE, octets);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = format!("attachment; filename=\"{room}.replay\"");
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}
