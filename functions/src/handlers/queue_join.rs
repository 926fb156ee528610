//! queue-join: `POST /lobby/queue`.

use std::collections::BTreeMap;

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use lobby::{Join, Joined, Origin};
use serde::Deserialize;
use serde_json::json;

use super::admission;
use crate::app::App;
use crate::idempotency::Keyed;
use crate::request::{self, POOL_DEFAULT};
use crate::respond::{self, Problem};
use crate::traces;

/// The request's body.
#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    pool: Option<String>,
    #[serde(default)]
    color: Option<String>,
    #[serde(default)]
    latencies: BTreeMap<String, u32>,
    /// Only checked for its type: the token's claim counts.
    #[serde(default, rename = "priority")]
    _priority: Option<i64>,
}

/// 202: queued now. 200: queued or seated already. 409: in a match or in another pool. 403: banned. 503: the
/// pool is closed.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(join(app, &request).await)
}

async fn join(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::POST, "POST, DELETE", "/lobby/queue")?;
    let caller = request::caller(app.tokens(), request).await?;
    let keyed = Keyed::read(request, Some(&caller.player))?;
    let ask: Ask = request::body(request)?;
    let color = ask.color.as_deref().map(request::color).transpose()?;
    let latencies = request::latencies(&ask.latencies)?;
    let pool = ask.pool.as_deref().unwrap_or(POOL_DEFAULT);
    let lobby = app.lobby().await?;
    let pool = lobby.pool(pool)?;
    admission::check(lobby, &caller.player).await?;
    if let Some(keyed) = &keyed {
        keyed.open(app, "").await?;
    }
    let trace = traces::traceparent(request);
    let join = Join {
        player: &caller.player,
        name: &caller.name,
        color: color.as_deref(),
        game: &caller.game,
        latencies: latencies.as_str(),
        trace: &trace,
        priority: caller.priority,
        request: keyed.as_ref().map(|keyed| keyed.key),
    };
    let joined = pool.queue_join(join).await?;
    app.notify(&pool).await;
    admission::check_again(app, lobby, &caller.player).await?;
    reply(pool.name(), joined, request::origin(request).as_ref())
}

fn reply(pool: &str, joined: Joined, origin: Option<&Origin>) -> Result<Response<Body>, Problem> {
    match joined {
        Joined::Queued { position, new } => {
            let status = if new {
                StatusCode::ACCEPTED
            } else {
                StatusCode::OK
            };
            respond::json(
                status,
                &json!({ "status": "queued", "pool": pool, "position": position }),
            )
        }
        Joined::Seated { room } => respond::json(
            StatusCode::OK,
            &json!({ "status": "seated", "pool": pool, "room": room }),
        ),
        Joined::Playing { room, game } => {
            Err(Problem::in_match(&room, Some(&game.seen_from(origin))))
        }
        Joined::OtherPool { pool } => Err(Problem::other_pool(&pool)),
        Joined::Closed { reason } => Err(Problem::pool_closed(&reason)),
    }
}
