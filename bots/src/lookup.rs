//! Background lookup of a match's current game server, while its old socket may still be open.

use std::time::Duration;

use protocol::SUBPROTOCOL_BINARY;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::game_ticket::GameTicket;
use crate::lobby_message::Status;
use crate::socket::{Socket, Transport};
use crate::webtransport::WebTransportSocket;

/// An answer that takes longer is requested again, because it would be outdated.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Result of a lookup.
pub(crate) enum Found {
    /// The player's room according to the lobby, and a ticket for it.
    Place(Option<String>, GameTicket),
    /// An open game socket.
    Socket(Box<Socket>),
    /// The player is not in a match.
    Out {
        /// From `GET /lobby/me`.
        reason: Option<String>,
    },
    /// Nothing yet; try again.
    Nothing {
        /// For the error, if the match is given up.
        why: String,
    },
}

/// One request or one connection in progress. Dropping it aborts it.
pub(crate) struct Lookup(JoinHandle<Result<Found>>);

impl Lookup {
    /// Requests the match's current game server from the lobby, not before `at`.
    pub(crate) fn locate(client: Client, at: Instant) -> Self {
        Self(tokio::spawn(async move {
            sleep_until(at).await;
            match timeout(ANSWER_MAX, locate(&client)).await {
                Ok(answer) => answer,
                Err(_) => Ok(Found::Nothing {
                    why: format!("no answer from the lobby within {ANSWER_MAX:?}"),
                }),
            }
        }))
    }

    /// Opens the game socket that this ticket is for.
    pub(crate) fn open(client: &Client, game: &GameTicket) -> Self {
        let (client, game) = (client.clone(), game.clone());
        Self(tokio::spawn(async move {
            let opened = open(&client, &game).await;
            Ok(opened.map_or_else(
                |error| Found::Nothing {
                    why: error.to_string(),
                },
                |socket| Found::Socket(Box::new(socket)),
            ))
        }))
    }

    /// The result. Cancel-safe.
    pub(crate) async fn done(&mut self) -> Result<Found> {
        (&mut self.0)
            .await
            .unwrap_or_else(|error| Err(Error::Unexpected(error.to_string())))
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn open(client: &Client, game: &GameTicket) -> Result<Socket> {
    match (client.transport(), &game.webtransport) {
        (Transport::WebSocket, _) => {
            let url = format!("{}?ticket={}", game.url, game.ticket);
            Socket::open(&url, SUBPROTOCOL_BINARY, client.link()).await
        }
        (Transport::WebTransport, Some(address)) => {
            let opened = WebTransportSocket::open(address, &game.ticket).await;
            opened.map(|socket| Socket::WebTransport(Box::new(socket)))
        }
        (Transport::WebTransport, None) => Err(Error::Unreachable(
            "the game server has no WebTransport".to_owned(),
        )),
    }
}

async fn locate(client: &Client) -> Result<Found> {
    let why = match client.me().await {
        Ok(me) => match (me.status, me.game) {
            (Status::Playing, Some(game)) => return Ok(Found::Place(me.room, game)),
            (Status::Playing, None) => "the match has no game server".to_owned(),
            _ => return Ok(Found::Out { reason: me.reason }),
        },
        Err(Error::Unreachable(why)) => why,
        Err(Error::Problem(problem)) if problem.status >= 500 || problem.status == 429 => {
            problem.to_string()
        }
        Err(error) => return Err(error),
    };
    Ok(Found::Nothing { why })
}
