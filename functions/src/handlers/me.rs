//! me: `GET /lobby/me`, `GET /lobby/rooms/<room>` and `GET /lobby/regions`.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use lobby::RoomAnswer;
use serde_json::{Map, Value, json};

use super::admission;
use crate::app::App;
use crate::request;
use crate::respond::{self, Problem};

/// The caller's own state, the room they are in, or the regions.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(status(app, &request).await)
}

async fn status(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = request::path(request, &Method::GET, "GET")?;
    match path.strip_prefix("/lobby/rooms/") {
        Some(room) => show_room(app, request, room).await,
        None if path == "/lobby/me" => show_me(app, request).await,
        None if path == "/lobby/regions" => show_regions(app, request).await,
        None => Err(Problem::not_found()),
    }
}

async fn show_me(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = request::caller(app.tokens(), request).await?;
    let lobby = app.lobby().await?;
    admission::check(lobby, &caller.player).await?;
    let me = lobby.players.me(&caller.player).await?;
    let me = me.seen_from(request::origin(request).as_ref());
    respond::json(StatusCode::OK, &me)
}

async fn show_regions(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::caller(app.tokens(), request).await?;
    let regions = app.lobby().await?.relays.regions().await?.into_iter();
    let regions: Map<String, Value> = regions
        .map(|(region, ping)| (region, json!({ "ping": ping })))
        .collect();
    respond::json(StatusCode::OK, &json!({ "regions": regions }))
}

async fn show_room(app: &App, request: &Request, room: &str) -> Result<Response<Body>, Problem> {
    let caller = request::caller(app.tokens(), request).await?;
    if !request::is_room_id(room) {
        return Err(Problem::unknown_room());
    }
    match app.lobby().await?.rooms.view(room, &caller.player).await {
        Ok(RoomAnswer::Room(view)) => respond::json(StatusCode::OK, &view),
        Ok(RoomAnswer::NotMember) => Err(Problem::not_member(room)),
        Ok(RoomAnswer::Unknown) | Err(lobby::Error::UnknownPool(_)) => Err(Problem::unknown_room()),
        Err(error) => Err(error.into()),
    }
}
