//! guest: `POST /lobby/guest`.

use std::time::{SystemTime, UNIX_EPOCH};

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use serde::Deserialize;

use crate::app::App;
use crate::auth::{self, NewGuest};
use crate::idempotency::Keyed;
use crate::request;
use crate::respond::{self, Problem};

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    name: Option<String>,
}

/// 201 with a token of a new player, the same again for the same key; 403 where guests are not enabled.
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
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut new = NewGuest::at(now);
    // Without a key nothing is asked of Redis.
    if let Some(keyed) = Keyed::read(request, None)? {
        let first = keyed.open(app, &new.to_string()).await?;
        new = first.parse().unwrap_or(new);
    }
    let guest =
        auth::mint(&app.config().tokens, name, &new).ok_or_else(Problem::guests_disabled)?;
    respond::json(StatusCode::CREATED, &guest)
}
