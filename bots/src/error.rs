//! A client's errors, with the server's problem document.

use std::time::Duration;

use serde::Deserialize;

use crate::game_ticket::GameTicket;

/// A `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call to the lobby or to a match failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is no `http://` or `https://` url that this client can speak to.
    #[error("not a usable address: {0}")]
    Address(String),
    /// The lobby answered, and the answer is no.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// Nobody answered, even after trying again. A mutation may have been applied.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// An answer that the documents do not describe.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
    /// The same player opened a newer lobby socket, which receives the messages now.
    #[error("another lobby socket of this player took over")]
    Superseded,
}

impl Error {
    /// The slug of the problem (`in-match` of `urn:skirmish:problem:in-match`), when the server
    /// named one.
    pub fn slug(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => Some(problem.slug()),
            _ => None,
        }
    }

    /// The token is not accepted (any more): a new guest, or a new token, is needed.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == 401)
    }
}

/// An RFC 9457 problem document, with the extensions that the lobby adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, thiserror::Error)]
#[error("{status} {title}{}{detail}", if detail.is_empty() { "" } else { ": " })]
#[serde(default)]
pub struct Problem {
    /// Stable, `urn:skirmish:problem:<slug>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A few words for people.
    pub title: String,
    /// The HTTP status, repeated.
    pub status: u16,
    /// What it was about, for people.
    pub detail: String,
    /// 409 `in-match`: the room of the running match.
    pub room: Option<String>,
    /// 409 `in-match`: how to rejoin it.
    pub game: Option<GameTicket>,
    /// 409 `other-pool`: the pool in which the player waits.
    pub pool: Option<String>,
    /// The `Retry-After` header.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// The last part of the type.
    pub fn slug(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}
