//! room-join: `POST /lobby/rooms/join` and `GET /lobby/codes/<code>`.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use lobby::{CodeAnswer, CodeView, Entered};
use serde::Deserialize;
use serde_json::json;

use super::admission;
use super::rooms::{self, Entry};
use crate::app::App;
use crate::idempotency::Keyed;
use crate::request;
use crate::respond::{self, Problem};

/// The body of `POST /lobby/rooms/join`.
#[derive(Deserialize)]
struct Ask {
    code: String,
    #[serde(flatten)]
    entry: Entry,
}

/// 200: in the room, or what one would join.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(
        match request.raw_http_path().strip_prefix("/lobby/codes/") {
            Some(code) => show(app, &request, code).await,
            None => join(app, &request).await,
        },
    )
}

async fn join(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::POST, "POST", "/lobby/rooms/join")?;
    let caller = request::caller(app.tokens(), request).await?;
    let keyed = Keyed::read(request, Some(&caller.player))?;
    let mut ask: Ask = request::body(request)?;
    let entering = ask.entry.entering(request, &caller, keyed.as_ref())?;
    let lobby = app.lobby().await?;
    admission::check(lobby, &caller.player).await?;
    if let Some(keyed) = &keyed {
        keyed.open(app, "").await?;
    }
    let code = rooms::code(&ask.code);
    let address = request::address(request);
    let entered = lobby.rooms.room_join(&code, &address, entering).await?;
    let pool = match &entered {
        Entered::Seated { room, .. } => room.split('.').next().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    app.notify_all(lobby).await;
    admission::check_again(app, lobby, &caller.player).await?;
    rooms::reply(entered, &pool, false, request::origin(request).as_ref())
}

async fn show(app: &App, request: &Request, code: &str) -> Result<Response<Body>, Problem> {
    request::path(request, &Method::GET, "GET")?;
    let caller = request::caller(app.tokens(), request).await?;
    let code = rooms::code(code);
    let address = request::address(request);
    let rooms = &app.lobby().await?.rooms;
    match rooms.code_view(&code, &address, &caller.player).await? {
        CodeAnswer::Room(view) => respond::json(StatusCode::OK, &shown(app, &view)),
        CodeAnswer::Unknown => Err(Problem::code_unknown()),
        CodeAnswer::TooManyMisses => Err(Problem::too_many_misses()),
    }
}

fn shown(app: &App, view: &CodeView) -> serde_json::Value {
    let config = app.config();
    let mut shown = json!({
        "pool": view.pool,
        "name": view.name,
        "game": config.game_of(&view.pool),
        "host": { "player_id": view.host, "name": view.host_name },
        "players": view.players,
        "seats": view.seats,
        "settings": view.settings,
        "joinable": view.reason.is_none(),
    });
    if let Some(reason) = &view.reason {
        shown["reason"] = json!(reason);
    }
    if let Some(room) = &view.watch {
        shown["watch"] = json!(room);
    }
    shown
}
