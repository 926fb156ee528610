//! feedback: `POST /feedback`, with a token or without.

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::auth::Caller;
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

/// 202; kept among the newest. A token that is sent must be good.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(receive(app, &request).await)
}

async fn receive(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    request::expect(request, &Method::POST, "GET, POST", "/feedback")?;
    let caller = sender(app, request).await?;
    let ask: Ask = request::body(request)?;
    let text = compose(&ask)?;
    app.lobby()
        .await?
        .feedback(caller.as_ref().map(|caller| caller.player.as_str()), &text)
        .await?;
    respond::json(StatusCode::ACCEPTED, &json!({ "status": "received" }))
}

async fn sender(app: &App, request: &Request) -> Result<Option<Caller>, Problem> {
    match request::bearer(request)? {
        Some(token) => Ok(Some(app.tokens().verify(token).await?)),
        None => Ok(None),
    }
}

/// The contact, if one was given, is the last line of what is kept.
fn compose(ask: &Ask) -> Result<String, Problem> {
    let text = plain("text", &ask.text, 1, TEXT_CHARS_MAX)?;
    match ask
        .contact
        .as_deref()
        .map(|contact| plain("contact", contact, 0, CONTACT_CHARS_MAX))
        .transpose()?
    {
        None | Some("") => Ok(text.to_owned()),
        Some(contact) => Ok(format!("{text}\n\nContact: {contact}")),
    }
}

fn plain<'a>(
    name: &str,
    text: &'a str,
    chars_min: usize,
    chars_max: usize,
) -> Result<&'a str, Problem> {
    let text = text.trim();
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if (chars_min..=chars_max).contains(&text.chars().count()) && !text.contains(strange) {
        Ok(text)
    } else {
        let detail = format!(
            "{name} has {chars_min} to {chars_max} characters, no control characters but line breaks."
        );
        Err(Problem::bad_request(detail))
    }
}
