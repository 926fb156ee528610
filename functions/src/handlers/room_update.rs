//! room-update: `PATCH /lobby/rooms/<room>`, and `POST /lobby/rooms/<room>/ready`, `start`, `kick`,
//! `host` and `queue`.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use lobby::{RoomChange, RoomSettings, Updated};
use serde::Deserialize;

use super::rooms::{self, Chosen};
use crate::app::App;
use crate::request;
use crate::respond::{self, Problem};

#[derive(Deserialize)]
struct Ready {
    ready: bool,
}

#[derive(Deserialize)]
struct Start {
    /// How many bots play, too.
    #[serde(default)]
    bots: u32,
}

#[derive(Deserialize)]
struct Queue {
    /// False: the group looks for others no more.
    #[serde(default = "Queue::starts")]
    queue: bool,
}

impl Queue {
    const fn starts() -> bool {
        true
    }
}

/// The player whom the host removes, or who is the next host.
#[derive(Deserialize)]
struct Other {
    player_id: String,
}

/// 200 with the room: its settings changed, its players look for others, or its match begins. 204: done.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(update(app, &request).await)
}

async fn update(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = request.raw_http_path();
    let rest = path.strip_prefix("/lobby/rooms/");
    let rest = rest.ok_or_else(Problem::not_found)?;
    let (room, action) = rest.split_once('/').unwrap_or((rest, ""));
    match action {
        "" => request::path(request, &Method::PATCH, "GET, PATCH")?,
        "ready" | "start" | "kick" | "host" | "queue" => {
            request::path(request, &Method::POST, "POST")?
        }
        _ => return Err(Problem::not_found()),
    };
    let caller = request::caller(app.tokens(), request).await?;
    if !request::is_room_id(room) {
        return Err(Problem::unknown_room());
    }
    let lobby = app.lobby().await?;
    let pool = lobby.pool(room.split('.').next().unwrap_or_default());
    let pool = pool.map_err(|_| Problem::unknown_room())?;
    let (other, chosen): (String, Chosen);
    let change = match action {
        "ready" => RoomChange::Ready(request::body::<Ready>(request)?.ready),
        "queue" => RoomChange::Queue(request::body::<Queue>(request)?.queue),
        "start" => {
            let Start { bots } = request::body(request)?;
            if bots > 0 && pool.settings().bots.is_none() {
                return Err(Problem::bad_request("The pool has no bots."));
            }
            RoomChange::Start { bots }
        }
        "kick" | "host" => {
            other = request::player_id(&request::body::<Other>(request)?.player_id)?;
            if action == "kick" {
                RoomChange::Kick(&other)
            } else {
                RoomChange::Host(&other)
            }
        }
        _ => {
            let mut asked: Chosen = request::body(request)?;
            asked.check(&pool.settings())?;
            chosen = asked;
            RoomChange::Settings(settings(&chosen))
        }
    };
    let updated = lobby
        .rooms
        .room_update(room, &caller.player, change)
        .await?;
    app.notify(&pool).await;
    reply(updated, room, action)
}

fn settings(chosen: &Chosen) -> RoomSettings<'_> {
    RoomSettings {
        is_listed: chosen.is_listed(),
        seats: chosen.seats,
        settings: chosen.settings.clone(),
        meta: chosen.meta.clone(),
        name: chosen.name.as_deref(),
    }
}

fn reply(updated: Updated, room: &str, action: &str) -> Result<Response<Body>, Problem> {
    match updated {
        Updated::Done { code, host } if matches!(action, "" | "start" | "queue") => {
            respond::json(StatusCode::OK, &rooms::shown(room, &code, &host))
        }
        Updated::Done { .. } => Ok(respond::no_content()),
        Updated::Unknown => Err(Problem::unknown_room()),
        Updated::NotMember => Err(Problem::not_member(room)),
        Updated::NotHost => Err(Problem::not_host()),
        Updated::Started => Err(Problem::room_started(None)),
        Updated::TooFew => Err(Problem::too_few()),
        Updated::TooMany if action == "start" => Err(Problem::bad_request(
            "The room has too few seats for its players and the bots.",
        )),
        Updated::TooMany if action == "queue" => Err(Problem::group_too_large()),
        Updated::TooMany => Err(Problem::settings_invalid(
            "seats must not be less than the number of players in the room.",
        )),
        Updated::SettingsInvalid(refused) => Err(Problem::settings_invalid(refused.to_string())),
        Updated::NotThere => Err(Problem::bad_request(
            "player_id must be another player of this room.",
        )),
    }
}
