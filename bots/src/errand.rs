//! What a match sends for in the background while its socket, if any, is still heard: where it is now, and a socket there.

use std::time::Duration;

use protocol::SUBPROTOCOL_BINARY;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::game_ticket::GameTicket;
use crate::lobby_message::Status;
use crate::socket::Socket;

/// An answer that takes longer is asked for anew: what it says would be old.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// What came of an errand.
pub(crate) enum Fetched {
    /// The room the lobby says that the player is in, and a ticket for it.
    Place(Option<String>, GameTicket),
    /// A socket there.
    Socket(Box<Socket>),
    /// The player is in no match any more.
    Out {
        /// As `GET /lobby/me` says it.
        reason: Option<String>,
    },
    /// Nothing yet: to be tried again.
    Nothing {
        /// For whoever gives up.
        why: String,
    },
}

/// One question or one connection under way. Dropping it forgets it.
pub(crate) struct Errand(JoinHandle<Result<Fetched>>);

impl Errand {
    /// Asks the lobby where the match is, not before `at`.
    pub(crate) fn ask(client: Client, at: Instant) -> Self {
        Self(tokio::spawn(async move {
            sleep_until(at).await;
            match timeout(ANSWER_MAX, ask(&client)).await {
                Ok(answer) => answer,
                Err(_) => Ok(Fetched::Nothing {
                    why: format!("no answer from the lobby within {ANSWER_MAX:?}"),
                }),
            }
        }))
    }

    /// Opens the game socket that this ticket is for.
    pub(crate) fn open(client: &Client, game: &GameTicket) -> Self {
        let (url, line) = (
            format!("{}?ticket={}", game.url, game.ticket),
            client.line(),
        );
        Self(tokio::spawn(async move {
            let opened = Socket::open(&url, SUBPROTOCOL_BINARY, line).await;
            Ok(opened.map_or_else(
                |error| Fetched::Nothing {
                    why: error.to_string(),
                },
                |socket| Fetched::Socket(Box::new(socket)),
            ))
        }))
    }

    /// How it ended; cancel-safe.
    pub(crate) async fn done(&mut self) -> Result<Fetched> {
        (&mut self.0)
            .await
            .unwrap_or_else(|error| Err(Error::Unexpected(error.to_string())))
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn ask(client: &Client) -> Result<Fetched> {
    let why = match client.me().await {
        Ok(me) => match (me.status, me.game) {
            (Status::Playing, Some(game)) => return Ok(Fetched::Place(me.room, game)),
            (Status::Playing, None) => "the match has no game server".to_owned(),
            _ => return Ok(Fetched::Out { reason: me.reason }),
        },
        Err(Error::Unreachable(why)) => why,
        Err(Error::Problem(problem)) if problem.status >= 500 || problem.status == 429 => {
            problem.to_string()
        }
        Err(error) => return Err(error),
    };
    Ok(Fetched::Nothing { why })
}
