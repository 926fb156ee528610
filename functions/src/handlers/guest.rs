//! guest: `POST /lobby/guest`.

use std::time::{SystemTime, UNIX_EPOCH};

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use serde::Deserialize;

use crate::app::App;
use crate::auth::{self, Caller, NewGuest};
use crate::idempotency::Keyed;
use crate::request;
use crate::respond::{self, Problem};

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    bot: bool,
    #[serde(default)]
    game: Option<String>,
}

/// 201 with a token of a new player, or of the same player for a guest's token. The same key gets
/// the same token. 403 if guests are not enabled.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(welcome(app, &request).await)
}

async fn welcome(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::POST, "POST", "/lobby/guest")?;
    if !app.config().guests {
        return Err(Problem::guests_disabled());
    }
    let ask: Ask = request::body(request)?;
    let name = ask.name.as_deref().map(request::name).transpose()?;
    let game = ask.game.as_deref().map(request::game).transpose()?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let known = known_guest(app, request).await;
    let mut new = known
        .as_ref()
        .and_then(|guest| NewGuest::again(&guest.player, now))
        .unwrap_or_else(|| NewGuest::at(now, ask.bot));
    // Without a key no Redis is needed.
    let player = known.as_ref().map(|guest| guest.player.as_str());
    if let Some(keyed) = Keyed::read(request, player)? {
        let first = keyed.open(app, &new.to_string()).await?;
        new = first.parse().unwrap_or(new);
    }
    let known_name = known.as_ref().map(|guest| guest.name.as_str());
    let name = name.as_deref().or(known_name);
    let game = game.or(known.as_ref().map(|guest| guest.game.as_str()));
    let guest = auth::mint(&app.config().tokens, name, game.unwrap_or_default(), &new);
    let guest = guest.ok_or_else(Problem::guests_disabled)?;
    respond::json(StatusCode::CREATED, &guest)
}

/// The guest whose token the request carries. Any other token counts as none: the caller becomes a
/// new player.
async fn known_guest(app: &App, request: &Request) -> Option<Caller> {
    let token = request::bearer(request).ok().flatten()?;
    let caller = app.tokens().verify(token).await.ok()?;
    caller.is_guest.then_some(caller)
}
