//! match-report: `POST /match/report`, a player's report of another player of a match, for operators.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use lobby::{Report, Reported};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::admission;
use crate::app::App;
use crate::request;
use crate::respond::{self, Problem};

const REASON_CHARS_MAX: usize = 500;
/// The version of the ids of bots.
const BOT_VERSION: usize = 8;

#[derive(Deserialize)]
struct Ask {
    player_id: String,
    tick: u32,
    reason: String,
    #[serde(default)]
    room: Option<String>,
}

/// 202; kept in a capped stream of the pool. A repeat about the same player and match changes nothing.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(receive(app, &request).await)
}

async fn receive(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::POST, "POST", "/match/report")?;
    let caller = request::caller(app.tokens(), request).await?;
    let ask: Ask = request::body(request)?;
    let player = other_person(&ask.player_id, &caller.player)?;
    let reason = request::text("reason", &ask.reason, 1, REASON_CHARS_MAX)?;
    let room = ask.room.as_deref();
    if room.is_some_and(|room| !request::is_room_id(room)) {
        return Err(Problem::unknown_room());
    }
    let lobby = app.lobby().await?;
    admission::check(lobby, &caller.player).await?;
    let report = Report {
        by: &caller.player,
        player: &player,
        room,
        tick: ask.tick,
        reason,
    };
    match lobby.reports.match_report(report).await? {
        Reported::Received => respond::json(StatusCode::ACCEPTED, &json!({ "status": "received" })),
        Reported::TooMany => Err(Problem::too_many_reports()),
        Reported::NotPlaying => Err(Problem::not_playing()),
        Reported::Unknown => Err(Problem::unknown_room()),
        Reported::NotMember => Err(Problem::not_member(room.unwrap_or_default())),
        Reported::NoSuchPlayer => Err(Problem::unknown_player()),
    }
}

/// The id of a player who is neither the caller nor a bot.
fn other_person(text: &str, caller: &str) -> Result<String, Problem> {
    let player = request::player_id(text)?;
    let is_bot = Uuid::parse_str(&player).is_ok_and(|id| id.get_version_num() == BOT_VERSION);
    if player == caller || is_bot {
        let detail = "player_id must be another player, and no bot.";
        return Err(Problem::bad_request(detail));
    }
    Ok(player)
}
