//! Checks of a game handshake, from its path to a seat in a room.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use edge::websocket::{self, BadHandshake};
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use hyper::{HeaderMap, Request};
use lobby::{ClaimedPlayer, Origin, Redeemed};
use protocol::Encoding;
use tokio::sync::OwnedSemaphorePermit;
use tungstenite::handshake::server::create_response_with_body;

use crate::net::answer::{Answer, Problem};
use crate::net::traces::TicketSpan;
use crate::rooms::claim::Refusal;
use crate::rooms::directory::Placed;
use crate::shared::Shared;
use crate::watch::session::NewWatcher;
use crate::worker::messages::RoomKey;

/// Much longer than any ticket.
const TICKET_BYTES_MAX: usize = 256;
/// The timeout of each of the two calls to Redis; both fit in a handshake.
const LOBBY_TIMEOUT: Duration = Duration::from_secs(2);
const NO_WATCHERS: Problem =
    Problem::Unavailable("the match or the server has no place for a watcher");

/// An admitted player or watcher, and the answer to the handshake.
pub(crate) struct Admitted {
    pub(crate) to: Admission,
    /// The connection's share of the connection limit.
    pub(crate) place: OwnedSemaphorePermit,
    pub(crate) answer: Answer,
}

/// What the ticket admits the connection to.
pub(crate) enum Admission {
    Seat(Seated),
    Watch(NewWatcher),
}

/// A player whose room is on its worker.
pub(crate) struct Seated {
    pub(crate) placed: Placed,
    pub(crate) player_id: String,
    pub(crate) encoding: Encoding,
    pub(crate) origin: Option<Origin>,
    pub(crate) trace: Option<TicketSpan>,
}

/// Checks a handshake. Cheap checks come first; the ticket is redeemed last, when all other checks
/// have passed.
pub(crate) async fn admit(
    shared: &Shared,
    request: &Request<Incoming>,
) -> Result<Admitted, Problem> {
    let began = SystemTime::now();
    check_upgrade(request)?;
    let mut answer =
        create_response_with_body(request, String::new).map_err(|_| Problem::BadUpgrade)?;
    let (name, encoding) = subprotocol(request.headers()).ok_or(Problem::Subprotocol)?;
    answer
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(name));
    let query = request.uri().query().unwrap_or_default();
    let ticket = ticket(query).ok_or(Problem::Ticket)?;
    let from = from(query).ok_or(Problem::From)?;
    let place = place(shared)?;
    let to = match redeem(shared, &ticket).await? {
        Ticket::Seat(ticket) => {
            let origin = origin(request.headers());
            Admission::Seat(seat(shared, ticket, began, encoding, origin).await?)
        }
        Ticket::Watch {
            pool,
            room,
            player,
            delay_ms,
        } => Admission::Watch(NewWatcher {
            watcher: shared
                .watched
                .join(&pool, &room, &player)
                .ok_or(NO_WATCHERS)?,
            pool,
            room,
            delay_ms,
            from,
        }),
    };
    Ok(Admitted { to, place, answer })
}

/// Checks a WebTransport session's request with this query. Watchers use the WebSocket.
pub(crate) async fn admit_player(
    shared: &Shared,
    query: &str,
) -> Result<(Seated, OwnedSemaphorePermit), Problem> {
    let began = SystemTime::now();
    let ticket = ticket(query).ok_or(Problem::Ticket)?;
    let place = place(shared)?;
    let Ticket::Seat(ticket) = redeem(shared, &ticket).await? else {
        return Err(Problem::UpgradeRequired);
    };
    // This endpoint is not behind the front door.
    let seated = seat(shared, ticket, began, Encoding::Binary, None).await?;
    Ok((seated, place))
}

/// Admits the player of a redeemed ticket, whose handshake began at `began`.
async fn seat(
    shared: &Shared,
    ticket: SeatTicket,
    began: SystemTime,
    encoding: Encoding,
    origin: Option<Origin>,
) -> Result<Seated, Problem> {
    let SeatTicket {
        key,
        player_id,
        late,
        traceparent,
    } = ticket;
    let trace = TicketSpan::new(shared, traceparent.as_deref(), began, (&key, &player_id));
    let placed = place_in(shared, key, late).await;
    if let Some(span) = &trace {
        span.end(shared, placed.is_ok());
    }
    Ok(Seated {
        placed: placed?,
        player_id,
        encoding,
        origin,
        trace,
    })
}

/// Reserves one connection of the limit.
fn place(shared: &Shared) -> Result<OwnedSemaphorePermit, Problem> {
    if shared.is_draining() {
        return Err(Problem::Unavailable("the server is about to end"));
    }
    let place = shared.places.clone().try_acquire_owned();
    place.map_err(|_| Problem::Unavailable("the server has no connection left"))
}

/// Finds the player's room; the first player claims it.
async fn place_in(
    shared: &Shared,
    key: RoomKey,
    late: Option<ClaimedPlayer>,
) -> Result<Placed, Problem> {
    let placed = tokio::time::timeout(LOBBY_TIMEOUT, shared.directory.place(key))
        .await
        .map_err(|_| Problem::Unavailable("the lobby's store does not answer"))?
        .map_err(|refusal| refused(shared, &refusal))?;
    if let Some(late) = late {
        // The inbox may not yet have delivered this player's join.
        let RoomKey { room, epoch, .. } = &*placed.key;
        shared.directory.join(room, *epoch, late).await;
    }
    Ok(placed)
}

/// A redeemed ticket.
enum Ticket {
    Seat(SeatTicket),
    /// The room of a watcher, who it is, and the delay of the watcher's view.
    Watch {
        pool: String,
        room: String,
        player: String,
        delay_ms: u64,
    },
}

struct SeatTicket {
    key: RoomKey,
    player_id: String,
    /// How they join if the match is already running.
    late: Option<ClaimedPlayer>,
    traceparent: Option<String>,
}

async fn redeem(shared: &Shared, ticket: &str) -> Result<Ticket, Problem> {
    let redeemed = tokio::time::timeout(
        LOBBY_TIMEOUT,
        shared.lobby.tickets.redeem(ticket, &shared.config.relay_id),
    )
    .await;
    match redeemed {
        Ok(Ok(Redeemed::Seat {
            pool,
            player,
            room,
            epoch,
            late,
            trace,
        })) => Ok(Ticket::Seat(SeatTicket {
            key: RoomKey { pool, room, epoch },
            player_id: player,
            late,
            traceparent: trace,
        })),
        Ok(Ok(Redeemed::Watch {
            pool,
            room,
            player,
            delay_ms,
        })) => Ok(Ticket::Watch {
            pool,
            room,
            player,
            delay_ms,
        }),
        Ok(Ok(Redeemed::Invalid)) => Err(Problem::Ticket),
        Ok(Ok(Redeemed::WrongRelay)) => Err(Problem::WrongRelay),
        Ok(Err(error)) => Err(refused(shared, &error.into())),
        Err(_) => {
            shared.metrics.redis_failed("redeem");
            Err(Problem::Unavailable("the lobby's store does not answer"))
        }
    }
}

fn refused(shared: &Shared, refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Stale => Problem::Ticket,
        Refusal::Failed(why) => {
            tracing::error!(why, "a room could not be made");
            Problem::Room
        }
        // The lobby notifies the players that the room ended.
        Refusal::Settings(_) => Problem::Room,
        Refusal::Lobby(error) => {
            shared.metrics.redis_failed("admit");
            tracing::warn!(%error, "a handshake failed at the lobby");
            Problem::Unavailable("the lobby's store does not answer")
        }
    }
}

pub(crate) fn check_upgrade(request: &Request<Incoming>) -> Result<(), Problem> {
    match websocket::accept_key(request.headers()) {
        Ok(_) => Ok(()),
        Err(BadHandshake::NoUpgrade | BadHandshake::Version) => Err(Problem::UpgradeRequired),
        Err(BadHandshake::Key) => Err(Problem::BadUpgrade),
    }
}

/// The best supported one of those offered.
fn subprotocol(headers: &HeaderMap) -> Option<(&'static str, Encoding)> {
    let encoding = Encoding::choose(websocket::tokens(headers, SEC_WEBSOCKET_PROTOCOL))?;
    Some((encoding.subprotocol(), encoding))
}

/// Origin at which the client reached the front door, from `X-Forwarded-*`; without a front door, this server's
/// origin.
fn origin(headers: &HeaderMap) -> Option<Origin> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host").or_else(|| text(HOST.as_str()))?;
    Origin::new(host, text("x-forwarded-proto") == Some("https"))
}

/// How many bytes of the recording a watcher already has. None: it is not a number.
fn from(query: &str) -> Option<u64> {
    parameter(query, "from").map_or(Some(0), |from| from.parse().ok())
}

fn ticket(query: &str) -> Option<String> {
    let ticket = parameter(query, "ticket")?;
    (1..=TICKET_BYTES_MAX)
        .contains(&ticket.len())
        .then(|| ticket.into_owned())
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    Some(parameters.find(|(known, _)| known == name)?.1)
}
