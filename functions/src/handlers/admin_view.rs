//! admin-view: `GET /admin/overview`, `pools`, `rooms`, `rooms/<room>`, `rooms/<room>/state`, `rooms/<room>/replay`,
//! `relays`, `players/<player>`, `reports` and `audit`.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use lobby::{LiveState, Lobby, PoolState};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{admin, replays};
use crate::app::App;
use crate::auth::Role;
use crate::request::{self, POOL_DEFAULT};
use crate::respond::{self, Problem};

const ROOMS_DEFAULT: usize = 100;
const ROOMS_MAX: usize = 500;
const RELAYS_DEFAULT: usize = 100;
const RELAYS_MAX: usize = 1000;
const REPORTS_DEFAULT: usize = 100;
const REPORTS_MAX: usize = 1000;
const AUDIT_DEFAULT: usize = 100;
const AUDIT_MAX: usize = 1000;
/// The relays that the overview counts.
const RELAYS_COUNTED: u32 = 10_000;
const STATES: [&str; 4] = ["gathering", "matched", "open", "started"];

/// What is asked for.
enum View<'a> {
    Overview,
    Pools,
    Rooms,
    Room(&'a str),
    Replay(&'a str),
    State(&'a str),
    Relays,
    Player(&'a str),
    Reports,
    Audit,
}

/// The answer to [`View::State`].
#[derive(Serialize)]
struct MatchState<'a> {
    room: &'a str,
    is_filtered: bool,
    /// In the order of the game's fields.
    state: &'a RawValue,
}

/// 200 with a JSON object, or with a replay file. Only reads, and no sign of life of any player.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(view(app, &request).await)
}

async fn view(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = admin::route(app, request, &Method::GET, "GET")?;
    let view = named(&path).ok_or_else(Problem::not_found)?;
    let role = match view {
        View::Replay(_) => Role::Moderate,
        _ => Role::View,
    };
    let operator = admin::operator(app, request, role).await?;
    let shown = match view {
        View::Overview => overview(app).await?,
        View::Pools => pools_with_settings(app).await?,
        View::Rooms => rooms(app, request).await?,
        View::Replay(room) => return replay(app, admin::room(room)?).await,
        View::State(room) => {
            let everything = operator.role >= Role::Moderate;
            return match_state(app, admin::room(room)?, everything).await;
        }
        View::Room(room) => show_room(app, admin::room(room)?).await?,
        View::Relays => {
            let limit = limit(request, RELAYS_DEFAULT, RELAYS_MAX)?;
            let relays = app.lobby().await?.admin.relays(limit as u32).await?;
            json!({ "relays": relays })
        }
        View::Player(player) => {
            let player = request::player_id(player)?;
            json!(app.lobby().await?.admin.player(&player).await?)
        }
        View::Reports => reports(app.lobby().await?, request).await?,
        View::Audit => audit(app.lobby().await?, request).await?,
    };
    respond::json(StatusCode::OK, &shown)
}

fn named<'a>(path: &[&'a str]) -> Option<View<'a>> {
    Some(match *path {
        ["overview"] => View::Overview,
        ["pools"] => View::Pools,
        ["rooms"] => View::Rooms,
        ["rooms", room] => View::Room(room),
        ["rooms", room, "replay"] => View::Replay(room),
        ["rooms", room, "state"] => View::State(room),
        ["relays"] => View::Relays,
        ["players", player] => View::Player(player),
        ["reports"] => View::Reports,
        ["audit"] => View::Audit,
        _ => return None,
    })
}

async fn overview(app: &App) -> Result<Value, Problem> {
    let lobby = app.lobby().await?;
    let (pools, relays, rooms_free) = tokio::try_join!(
        pools(app),
        async { Ok(lobby.admin.relays_live(RELAYS_COUNTED).await?) },
        async { Ok(lobby.relays.rooms_free().await?) },
    )?;
    let can_kill = app.config().relay_kill;
    let relays = json!({ "live": relays, "rooms_free": rooms_free, "can_kill": can_kill });
    Ok(json!({ "pools": pools, "relays": relays }))
}

/// Each pool with its game, and who may watch its matches.
async fn pools(app: &App) -> Result<Vec<Value>, Problem> {
    let (config, lobby) = (app.config(), app.lobby().await?);
    let pools = lobby.admin.pools().await?;
    let show = |state: &PoolState| {
        let mut shown = json!(state);
        shown["game"] = json!(config.game_of(&state.pool));
        shown["watch"] = json!(lobby.pool(&state.pool)?.settings().watch);
        Ok(shown)
    };
    pools.iter().map(show).collect()
}

/// The pools with their settings, and with those that operators have changed.
async fn pools_with_settings(app: &App) -> Result<Value, Problem> {
    let mut pools = pools(app).await?;
    let lobby = app.lobby().await?;
    // An operator who has just changed something sees it.
    lobby.settings.refresh().await?;
    for shown in &mut pools {
        let name = shown["pool"].as_str().unwrap_or_default().to_owned();
        shown["settings"] = json!(*lobby.pool(&name)?.settings());
        shown["overrides"] = json!(*lobby.settings.overrides(&name)?);
    }
    Ok(json!({ "pools": pools, "settings_version": lobby.settings.version() }))
}

async fn rooms(app: &App, request: &Request) -> Result<Value, Problem> {
    let pool = parameter(request, "pool").unwrap_or(POOL_DEFAULT);
    let state = parameter(request, "state");
    if state.is_some_and(|state| !STATES.contains(&state)) {
        let states = STATES.join(", ");
        return Err(Problem::bad_request(format!("state is one of {states}.")));
    }
    let cursor = parameter(request, "cursor");
    if cursor.is_some_and(|cursor| !lobby::is_rooms_cursor(cursor)) {
        return Err(Problem::bad_request("cursor is not one of this list."));
    }
    let limit = limit(request, ROOMS_DEFAULT, ROOMS_MAX)?;
    let lobby = app.lobby().await?;
    Ok(json!(lobby.admin.rooms(pool, state, limit, cursor).await?))
}

async fn show_room(app: &App, room: &str) -> Result<Value, Problem> {
    let detail = app.lobby().await?.admin.room(room).await?;
    let mut shown = json!(detail.ok_or_else(Problem::unknown_room)?);
    shown["room"] = json!(room);
    Ok(shown)
}

/// The state of a running match, with what its game hides if this operator may see it.
async fn match_state(app: &App, room: &str, everything: bool) -> Result<Response<Body>, Problem> {
    let answer = app.lobby().await?.admin.match_state(room, everything);
    match answer.await? {
        LiveState::State(state) => {
            let shown = MatchState {
                room,
                is_filtered: !everything,
                state: &state,
            };
            respond::json(StatusCode::OK, &shown)
        }
        LiveState::NoMatch => Err(Problem::unknown_room()),
        LiveState::NoAnswer => Err(Problem::unavailable()),
    }
}

/// The replay file of a match: of a running one as far as checkpoints have written it.
async fn replay(app: &App, room: &str) -> Result<Response<Body>, Problem> {
    let (pool, _) = room.split_once('.').ok_or_else(Problem::unknown_room)?;
    let pool = match app.lobby().await?.pool(pool) {
        Err(lobby::Error::UnknownPool(_)) => return Err(Problem::unknown_room()),
        pool => pool?,
    };
    let bytes = pool.replays.recorded(room).await?;
    Ok(replays::file(
        room,
        bytes.ok_or_else(Problem::unknown_room)?,
    ))
}

async fn reports(lobby: &Lobby, request: &Request) -> Result<Value, Problem> {
    let pool = parameter(request, "pool").unwrap_or(POOL_DEFAULT);
    let limit = limit(request, REPORTS_DEFAULT, REPORTS_MAX)? as u32;
    let before = parameter(request, "before");
    if before.is_some_and(|id| !lobby::is_entry_id(id)) {
        return Err(Problem::bad_request("before is not the id of a report."));
    }
    let reports = lobby.reports.of_pool(pool, before, limit).await?;
    Ok(json!({ "reports": reports }))
}

async fn audit(lobby: &Lobby, request: &Request) -> Result<Value, Problem> {
    let limit = limit(request, AUDIT_DEFAULT, AUDIT_MAX)? as u32;
    let entries = match parameter(request, "after") {
        Some(id) if lobby::is_entry_id(id) => lobby.audit.after(id, limit).await?,
        Some(_) => return Err(Problem::bad_request("after is not the id of an entry.")),
        None => lobby.audit.last(limit).await?,
    };
    Ok(json!({ "entries": entries }))
}

fn parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let query = request.query_string_parameters_ref()?;
    query.first(name).filter(|value| !value.is_empty())
}

fn limit(request: &Request, default: usize, most: usize) -> Result<usize, Problem> {
    let Some(text) = parameter(request, "limit") else {
        return Ok(default);
    };
    let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| Problem::bad_request(format!("limit is 1 to {most}.")))
}
