//! replays: `GET /replays/<room>`, a finished match for those who played it.

use lambda_http::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, Method};
use lambda_http::{Body, Request, Response};
use lobby::Replayed;

use crate::app::App;
use crate::request;
use crate::respond::{self, Problem};

/// 200 with the replay file (docs/replay.md), 403 for players of other matches, 404 if there is no
/// replay (yet, or any more).
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(replay(app, &request).await)
}

async fn replay(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = request::path(request, &Method::GET, "GET")?;
    let room = path
        .strip_prefix("/replays/")
        .ok_or_else(Problem::not_found)?;
    let caller = request::caller(app.tokens(), request).await?;
    if !request::is_room_id(room) {
        return Err(Problem::unknown_room());
    }
    let (pool, _) = room.split_once('.').ok_or_else(Problem::unknown_room)?;
    let pool = match app.lobby().await?.pool(pool) {
        Err(lobby::Error::UnknownPool(_)) => return Err(Problem::unknown_room()),
        pool => pool?,
    };
    match pool.replays.read(room, &caller.player).await? {
        Replayed::Replay(bytes) => Ok(file(room, bytes)),
        Replayed::NotMember => Err(Problem::not_member(room)),
        Replayed::Unknown => Err(Problem::unknown_room()),
    }
}

/// A replay never changes, but it is its players' and operators' only.
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
