//! me-update: `PATCH /lobby/me`.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::{self, Caller, Guest, NewGuest};
use crate::request;
use crate::respond::{self, Problem};

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    color: Option<String>,
    /// What the game gets with the player.
    #[serde(default)]
    game: Option<String>,
    #[serde(default)]
    latencies: BTreeMap<String, u32>,
}

#[derive(Serialize)]
struct Changed<'a> {
    player_id: &'a str,
    name: &'a str,
    /// A guest's new token, which carries the name.
    #[serde(flatten)]
    guest: Option<NewToken>,
}

#[derive(Serialize)]
struct NewToken {
    token: String,
    /// Seconds since 1970.
    expires_at: u64,
}

/// 200 with the name, and with a new token for a guest. A player in a match has the new name from
/// the next room on; what the game gets counts from the next queue entry or room on.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(update(app, &request).await)
}

async fn update(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::PATCH, "GET, PATCH", "/lobby/me")?;
    let caller = request::caller(app.tokens(), request).await?;
    let ask: Ask = request::body(request)?;
    let name = ask.name.as_deref().map(request::name).transpose()?;
    let color = ask.color.as_deref().map(request::color).transpose()?;
    let game = ask.game.as_deref().map(request::game).transpose()?;
    let latencies = request::latencies(&ask.latencies)?;
    if (name.is_some() || game.is_some()) && !caller.is_guest {
        return Err(Problem::name_fixed());
    }
    let shown = name.as_deref().unwrap_or(&caller.name);
    let guest = renewed(app, &caller, shown, game.unwrap_or(&caller.game))?;
    let lobby = app.lobby().await?;
    let changed = lobby.players.me_update(
        &caller.player,
        name.as_deref(),
        color.as_deref(),
        latencies.as_str(),
    );
    if changed.await? {
        app.notify_all(lobby).await;
    }
    let changed = Changed {
        player_id: &caller.player,
        name: shown,
        guest: guest.map(
            |Guest {
                 token, expires_at, ..
             }| NewToken { token, expires_at },
        ),
    };
    respond::json(StatusCode::OK, &changed)
}

/// A new token for the same guest. None: the caller is not a guest. 403 if guests are not enabled
/// any more.
fn renewed(app: &App, caller: &Caller, name: &str, game: &str) -> Result<Option<Guest>, Problem> {
    if !caller.is_guest {
        return Ok(None);
    }
    if !app.config().guests {
        return Err(Problem::guests_disabled());
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let guest = NewGuest::again(&caller.player, now)
        .and_then(|again| auth::mint(&app.config().tokens, Some(name), game, &again));
    guest.ok_or_else(Problem::guests_disabled).map(Some)
}
