//! feedback: `POST /feedback`, with a token or without.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::auth::Caller;
use crate::idempotency::{self, Keyed};
use crate::request;
use crate::respond::{self, Problem};

const TEXT_CHARS_MAX: usize = 2000;
const CONTACT_CHARS_MAX: usize = 200;

#[derive(Deserialize)]
struct Ask {
    text: String,
    #[serde(default)]
    contact: Option<String>,
}

/// 202; kept in a capped stream. A token, if sent, must be valid.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(receive(app, &request).await)
}

async fn receive(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::POST, "GET, POST", "/feedback")?;
    let caller = sender(app, request).await?;
    let ask: Ask = request::body(request)?;
    let text = request::text("text", &ask.text, 1, TEXT_CHARS_MAX)?;
    let contact = request::text(
        "contact",
        ask.contact.as_deref().unwrap_or_default(),
        0,
        CONTACT_CHARS_MAX,
    )?;
    let player = caller.as_ref().map(|caller| caller.player.as_str());
    let keyed = Keyed::read(request, player)?;
    let once = keyed.as_ref().map(Keyed::request);
    let lobby = app.lobby().await?;
    idempotency::same(lobby.requests.feedback(player, text, contact, once).await?)?;
    respond::json(StatusCode::ACCEPTED, &json!({ "status": "received" }))
}

async fn sender(app: &App, request: &Request) -> Result<Option<Caller>, Problem> {
    match request::bearer(request)? {
        Some(token) => Ok(Some(app.tokens().verify(token).await?)),
        None => Ok(None),
    }
}
