//! Checks of a game handshake, from its path to a place in a room.

use std::time::Duration;

use edge::websocket::{self, BadHandshake};
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use hyper::{HeaderMap, Request};
use lobby::{ClaimedPlayer, Origin, Redeemed};
use protocol::Encoding;
use tokio::sync::OwnedSemaphorePermit;
use tungstenite::handshake::server::create_response_with_body;

use crate::net::answer::{Answer, Problem};
use crate::rooms::claim::Refusal;
use crate::rooms::directory::Placed;
use crate::shared::Shared;
use crate::worker::messages::RoomKey;

/// Seat tickets are far shorter.
const TICKET_BYTES_MAX: usize = 256;
/// For each of the two calls to Redis; both fit in a handshake.
const LOBBY_TIMEOUT: Duration = Duration::from_secs(2);

/// An admitted player, and the answer to the handshake.
pub(crate) struct Admitted {
    pub(crate) placed: Placed,
    /// The place that the connection takes up.
    pub(crate) place: OwnedSemaphorePermit,
    pub(crate) player_id: String,
    pub(crate) encoding: Encoding,
    pub(crate) origin: Option<Origin>,
    pub(crate) answer: Answer,
}

/// Checks a handshake. Cheap checks come first; the ticket is redeemed last, when all other checks
/// have passed.
pub(crate) async fn admit(
    shared: &Shared,
    request: &Request<Incoming>,
) -> Result<Admitted, Problem> {
    check_upgrade(request)?;
    let mut answer =
        create_response_with_body(request, String::new).map_err(|_| Problem::BadUpgrade)?;
    let (name, encoding) = subprotocol(request.headers()).ok_or(Problem::Subprotocol)?;
    answer
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(name));
    let ticket = ticket(request.uri().query().unwrap_or_default()).ok_or(Problem::Ticket)?;
    if shared.is_draining() {
        return Err(Problem::Unavailable("the server is about to end"));
    }
    let place = shared.places.clone().try_acquire_owned();
    let place = place.map_err(|_| Problem::Unavailable("the server has no connection left"))?;
    let (key, player_id, late) = redeem(shared, &ticket).await?;
    let placed = tokio::time::timeout(LOBBY_TIMEOUT, shared.directory.place(key))
        .await
        .map_err(|_| Problem::Unavailable("the lobby's store does not answer"))?
        .map_err(|refusal| refused(shared, &refusal))?;
    if let Some(late) = late {
        // The inbox may be behind the player.
        let RoomKey { room, epoch, .. } = &*placed.key;
        shared.directory.join(room, *epoch, late).await;
    }
    Ok(Admitted {
        placed,
        place,
        player_id,
        encoding,
        origin: origin(request.headers()),
        answer,
    })
}

/// The room of a ticket, its player, and how they join if the match runs already.
async fn redeem(
    shared: &Shared,
    ticket: &str,
) -> Result<(RoomKey, String, Option<ClaimedPlayer>), Problem> {
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
        })) => Ok((RoomKey { pool, room, epoch }, player, late)),
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
        // Its players are notified that the room ends.
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

/// The best one offered that we speak.
fn subprotocol(headers: &HeaderMap) -> Option<(&'static str, Encoding)> {
    let encoding = Encoding::choose(websocket::tokens(headers, SEC_WEBSOCKET_PROTOCOL))?;
    Some((encoding.subprotocol(), encoding))
}

/// Origin by which the client reached the front door, from `X-Forwarded-*`; without a front door,
/// this server's.
fn origin(headers: &HeaderMap) -> Option<Origin> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host").or_else(|| text(HOST.as_str()))?;
    Origin::new(host, text("x-forwarded-proto") == Some("https"))
}

fn ticket(query: &str) -> Option<String> {
    let (_, ticket) =
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ticket")?;
    (1..=TICKET_BYTES_MAX)
        .contains(&ticket.len())
        .then(|| ticket.into_owned())
}
