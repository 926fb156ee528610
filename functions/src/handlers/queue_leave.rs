//! queue-leave: `DELETE /lobby/queue` and `DELETE /lobby/match`.

use lambda_http::http::Method;
use lambda_http::{Body, Request, RequestExt, Response};

use super::leaving;
use crate::app::App;
use crate::idempotency::Keyed;
use crate::request;
use crate::respond::{self, Problem};

/// 204: out of the queue, the room or the match now, or was out already. 409: a match, which
/// `DELETE /lobby/queue` does not leave.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(leave(app, &request).await)
}

async fn leave(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let forfeits = match request.raw_http_path() {
        "/lobby/match" => request::path(request, &Method::DELETE, "DELETE").map(|_| true)?,
        "/lobby/queue" => request::path(request, &Method::DELETE, "POST, DELETE").map(|_| false)?,
        _ => return Err(Problem::not_found()),
    };
    let caller = request::caller(app.tokens(), request).await?;
    let keyed = Keyed::read(request, Some(&caller.player))?;
    if let Some(keyed) = &keyed {
        keyed.open(app, "").await?;
    }
    let key = keyed.as_ref().map(|keyed| keyed.key);
    if forfeits {
        leaving::forfeit(app, &caller.player, key).await?;
    } else {
        let origin = request::origin(request);
        leaving::leave(app, &caller.player, key, origin.as_ref()).await?;
    }
    Ok(respond::no_content())
}
