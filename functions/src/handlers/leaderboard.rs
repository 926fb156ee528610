//! leaderboard: `GET /leaderboard?pool=&limit=` and `GET /leaderboard/<room>`, for anyone.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use lobby::LIMIT_MAX;

use crate::app::App;
use crate::request::{self, POOL_DEFAULT};
use crate::respond::{self, Problem};

const LIMIT_DEFAULT: u32 = 10;

/// The leaderboard of a pool, or the scores of a finished match; best first.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(leaderboard(app, &request).await)
}

async fn leaderboard(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let path = request::path(request, &Method::GET, "GET")?;
    match path.strip_prefix("/leaderboard/") {
        Some(room) => of_room(app, room).await,
        None if path == "/leaderboard" => of_pool(app, request).await,
        None => Err(Problem::not_found()),
    }
}

async fn of_pool(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let query = request.query_string_parameters_ref();
    let parameter = |name| {
        query
            .and_then(|query| query.first(name))
            .filter(|value| !value.is_empty())
    };
    let limit = parameter("limit").map_or(Ok(LIMIT_DEFAULT), read_limit)?;
    let ranks = app
        .lobby()
        .await?
        .leaderboard
        .of_pool(parameter("pool").unwrap_or(POOL_DEFAULT), limit)
        .await?;
    respond::json(StatusCode::OK, &ranks)
}

async fn of_room(app: &App, room: &str) -> Result<Response<Body>, Problem> {
    if !request::is_room_id(room) {
        return Err(Problem::unknown_room());
    }
    match app.lobby().await?.leaderboard.of_room(room).await {
        Ok(Some(ranks)) => respond::json(StatusCode::OK, &ranks),
        Ok(None) | Err(lobby::Error::UnknownPool(_)) => Err(Problem::unknown_room()),
        Err(error) => Err(error.into()),
    }
}

fn read_limit(text: &str) -> Result<u32, Problem> {
    text.parse()
        .ok()
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| {
            Problem::bad_request(format!("limit must be a number from 1 to {LIMIT_MAX}."))
        })
}
