//! room-list: `GET /lobby/rooms?pool=&where=&sort=&limit=&cursor=`, the listed rooms of a pool.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use lobby::{PoolSettings, RoomQuery};

use crate::app::App;
use crate::request::{self, POOL_DEFAULT};
use crate::respond::{self, Problem};

/// A page of the rooms that fulfil the conditions.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(list(app, &request).await)
}

async fn list(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::GET, "GET", "/lobby/rooms")?;
    request::caller(app.tokens(), request).await?;
    let query = request.query_string_parameters_ref();
    let parameter = |name| {
        query
            .and_then(|query| query.first(name))
            .filter(|value| !value.is_empty())
    };
    let pool = parameter("pool").unwrap_or(POOL_DEFAULT);
    let config = app.config();
    let settings = config.pools.0.get(pool).ok_or_else(Problem::unknown_pool)?;
    let query = read(settings, config.game_of(pool), parameter).map_err(Problem::bad_request)?;
    let rooms = &app.lobby().await?.rooms;
    respond::json(StatusCode::OK, &rooms.room_list(pool, &query).await?)
}

fn read<'a>(
    pool: &PoolSettings,
    game: &str,
    parameter: impl Fn(&'static str) -> Option<&'a str>,
) -> Result<RoomQuery, String> {
    let mut query = RoomQuery::new(game);
    if let Some(conditions) = parameter("where") {
        query = query.filtered(pool, conditions)?;
    }
    if let Some(sort) = parameter("sort") {
        query = query.sorted(pool, sort)?;
    }
    if let Some(limit) = parameter("limit") {
        query = query.limited(limit)?;
    }
    match parameter("cursor") {
        Some(cursor) => query.after(cursor),
        None => Ok(query),
    }
}
