//! room-create: `POST /lobby/rooms` and `POST /lobby/rooms/<room>/rematch`.

use lambda_http::http::Method;
use lambda_http::{Body, Request, RequestExt, Response};
use lobby::{Entered, Entering, NewRoom};
use serde::Deserialize;

use super::admission;
use super::rooms::{self, Chosen, Entry};
use crate::app::App;
use crate::auth::Caller;
use crate::idempotency::Keyed;
use crate::request::{self, POOL_DEFAULT};
use crate::respond::{self, Problem};

/// The body of `POST /lobby/rooms`; a rematch takes only `color` and `leave`.
#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    pool: Option<String>,
    #[serde(flatten)]
    entry: Entry,
    #[serde(flatten)]
    chosen: Chosen,
}

/// 201: the caller is the host of a new room. 200: in it already, or in the room of the rematch.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    respond::answer(create(app, &request).await)
}

async fn create(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let rematch_of = route(request)?;
    let caller = request::caller(app.tokens(), request).await?;
    let keyed = Keyed::read(request, Some(&caller.player))?;
    let mut ask: Ask = request::body(request)?;
    let mut entry = std::mem::take(&mut ask.entry);
    let entering = entry.entering(request, &caller, keyed.as_ref())?;
    let lobby = app.lobby().await?;
    admission::check(lobby, &caller.player).await?;
    let answer = match rematch_of {
        Some(room) => rematch(app, request, room, entering, keyed.as_ref()).await?,
        None => make(app, request, ask, &caller, entering, keyed.as_ref()).await?,
    };
    admission::check_again(app, lobby, &caller.player).await?;
    Ok(answer)
}

/// The room of the match that is over; None: a new room.
fn route(request: &Request) -> Result<Option<&str>, Problem> {
    let path = request.raw_http_path();
    if path == "/lobby/rooms" {
        return request::path(request, &Method::POST, "POST").map(|_| None);
    }
    let room = path
        .strip_prefix("/lobby/rooms/")
        .and_then(|rest| rest.strip_suffix("/rematch"))
        .ok_or_else(Problem::not_found)?;
    request::path(request, &Method::POST, "POST")?;
    if request::is_room_id(room) {
        Ok(Some(room))
    } else {
        Err(Problem::unknown_room())
    }
}

async fn make(
    app: &App,
    request: &Request,
    mut ask: Ask,
    caller: &Caller,
    entering: Entering<'_>,
    keyed: Option<&Keyed<'_>>,
) -> Result<Response<Body>, Problem> {
    let lobby = app.lobby().await?;
    let pool = lobby.pool(ask.pool.as_deref().unwrap_or(POOL_DEFAULT))?;
    ask.chosen.check(&pool.settings())?;
    if let Some(keyed) = keyed {
        keyed.open(app, "").await?;
    }
    let new = NewRoom {
        is_listed: ask.chosen.is_listed().unwrap_or(false),
        seats: ask.chosen.seats,
        settings: ask.chosen.settings.unwrap_or_default(),
        meta: ask.chosen.meta.unwrap_or_default(),
        name: Some(ask.chosen.name.as_deref().unwrap_or(&caller.name)),
    };
    let entered = lobby.rooms.room_create(pool.name(), entering, &new).await?;
    app.notify(&pool).await;
    let origin = request::origin(request);
    rooms::reply(entered, pool.name(), true, origin.as_ref())
}

async fn rematch(
    app: &App,
    request: &Request,
    room: &str,
    entering: Entering<'_>,
    keyed: Option<&Keyed<'_>>,
) -> Result<Response<Body>, Problem> {
    let lobby = app.lobby().await?;
    if let Some(keyed) = keyed {
        keyed.open(app, "").await?;
    }
    let pool = lobby.pool(room.split('.').next().unwrap_or_default());
    let pool = pool.map_err(|_| Problem::unknown_room())?;
    let entered = lobby.rooms.room_rematch(room, entering).await?;
    app.notify(&pool).await;
    match entered {
        Entered::Unknown => Err(Problem::unknown_room()),
        Entered::NotMember => Err(Problem::not_member(room)),
        entered => {
            let origin = request::origin(request);
            rooms::reply(entered, pool.name(), false, origin.as_ref())
        }
    }
}
