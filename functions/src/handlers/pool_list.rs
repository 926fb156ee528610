//! pool-list: `GET /lobby/pools`, for anyone: the pools, and the game of each.

use lambda_http::http::header::CACHE_CONTROL;
use lambda_http::http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, Response};
use lobby::WatchAccess;
use serde::Serialize;

use crate::app::App;
use crate::request;
use crate::respond::{self, Problem};

/// Pages may learn of a change this much later.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=60");

#[derive(Serialize)]
struct List<'a> {
    pools: Vec<Pool<'a>>,
}

#[derive(Serialize)]
struct Pool<'a> {
    name: &'a str,
    game: &'a str,
    seats_min: u32,
    seats_max: u32,
    bots: bool,
    watch: WatchAccess,
}

/// The pools by name. While Redis is away, with their settings in the configuration.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(pools(app, &request).await)
}

async fn pools(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::GET, "GET", "/lobby/pools")?;
    let config = app.config();
    let pools = match app.lobby().await {
        Ok(lobby) => lobby.settings.pools(),
        Err(_) => config.pools.clone(),
    };
    let pools = pools.0.iter().map(|(name, settings)| Pool {
        name,
        game: config.game_of(name),
        seats_min: settings.seats_min,
        seats_max: settings.seats_max,
        bots: settings.bots.is_some(),
        watch: settings.watch,
    });
    let list = List {
        pools: pools.collect(),
    };
    let mut response = respond::json(StatusCode::OK, &list)?;
    response.headers_mut().insert(CACHE_CONTROL, CACHE);
    Ok(response)
}
