//! What players request from the lobby, and the states and answers that they get.

use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// The greatest length of [`Join::game`], bytes.
pub const GAME_BYTES_MAX: usize = 256;

/// A player who wants to be matched.
#[derive(Clone, Copy, Debug)]
pub struct Join<'a> {
    /// UUID text.
    pub player: &'a str,
    /// The name that other players see.
    pub name: &'a str,
    /// `#rrggbb`. If another player in the room has it, the player gets the next free colour of the palette.
    pub color: Option<&'a str>,
    /// The claim `game` of the token, which the game gets with the player. Empty: nothing. At most
    /// [`GAME_BYTES_MAX`].
    pub game: &'a str,
    /// The latencies that the player measured, as [`crate::Latencies::as_str`]. Empty: none.
    pub latencies: &'a str,
    /// The `traceparent` of the call, if its trace is exported. Empty: it is not. It is kept with the player, so that
    /// later steps continue the trace.
    pub trace: &'a str,
    /// From a claim in the token, 0..=1000; each point counts as one second of waiting.
    pub priority: u32,
    /// `Idempotency-Key`.
    pub request: Option<&'a str>,
}

/// The answer to [`crate::Pool::queue_join`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Joined {
    /// In the queue: 202 if `new`, else 200.
    Queued {
        /// The place in the queue, from 1.
        position: u64,
        /// Whether this call put the player into the queue.
        new: bool,
    },
    /// Already in a waiting room: 200.
    Seated {
        /// Its id.
        room: String,
    },
    /// In a running match: 409, with how to rejoin it.
    Playing {
        /// Its id.
        room: String,
        /// How to reach it.
        game: GameTicket,
    },
    /// In another pool: 409.
    OtherPool {
        /// The other pool's name.
        pool: String,
    },
    /// An operator closed the pool: 503.
    Closed {
        /// Why.
        reason: String,
    },
}

/// The answer to [`crate::Players::queue_leave`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Not, or no longer, in a queue or a waiting room.
    Out,
    /// In a running match, which only a forfeit leaves: 409.
    Playing {
        /// Its id.
        room: String,
    },
}

/// The answer to [`crate::Players::forfeit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forfeited {
    /// The player is out of the match.
    Done,
    /// There was no match to forfeit.
    NotPlaying,
}

/// How to reach a running match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameTicket {
    /// `ws://127.0.0.1:8080/game/relay-1`. Before [`GameTicket::seen_from`], only a path if the relay is reached at
    /// the front door.
    pub url: String,
    /// `/game/relay-1`: the path at the front door, if the relay is reached there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The match's WebTransport address, if the relay has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webtransport: Option<WebTransport>,
    /// The seat ticket: it admits once, within 30 s.
    pub ticket: String,
    /// The relay's id.
    pub relay: String,
    /// The room's epoch.
    pub epoch: u64,
    /// The region of the match, if the relay has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<GameRegion>,
}

/// How to reach a relay over WebTransport.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebTransport {
    /// `https://eu.example.org:4433/game/relay-1`. Before [`WebTransport::seen_from`], only `:4433/game/relay-1` if
    /// the host is the one at which the client reaches the front door.
    pub url: String,
    /// The SHA-256 hash of the relay's certificate, 64 lowercase hexadecimal digits.
    pub certificate_sha256: String,
}

impl WebTransport {
    /// The address for a client that reaches the front door at this host. None: the host is unknown.
    #[must_use]
    pub fn seen_from(self, host: Option<&str>) -> Option<Self> {
        if !self.url.starts_with(':') {
            return Some(self);
        }
        let url = format!("https://{}{}", host?, self.url);
        Some(Self { url, ..self })
    }
}

/// The region of a match, and why it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameRegion {
    /// Its name.
    pub name: String,
    /// The greatest latency, in ms, that a player of the match had measured to it when the relay got the match; None:
    /// no player had measured one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_ms: Option<u32>,
}

impl GameTicket {
    /// The same ticket with the URL that a client at this origin uses.
    #[must_use]
    pub fn seen_from(self, origin: Option<&Origin>) -> Self {
        let (url, path) = Origin::resolve(origin, self.url);
        let host = origin.map(Origin::host);
        let webtransport = self.webtransport.and_then(|it| it.seen_from(host));
        Self {
            url,
            path,
            webtransport,
            ..self
        }
    }
}

/// `GET /lobby/me`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Me {
    /// The player's state.
    pub status: Status,
    /// Why the player is out without having left: `expired`, `room_closed`, `match_over`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The pool's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The place in the queue, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The room's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// How to reach the match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub game: Option<GameTicket>,
}

/// A player is in exactly one of these states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In no queue, room or match.
    Out,
    /// In a pool's queue.
    Queued,
    /// In a waiting room.
    Seated,
    /// In a match.
    Playing,
}

impl Me {
    /// The same state with the match's URL that a client at this origin uses.
    #[must_use]
    pub fn seen_from(self, origin: Option<&Origin>) -> Self {
        let game = self.game.map(|game| game.seen_from(origin));
        Self { game, ..self }
    }

    pub(crate) fn out(reason: Option<String>) -> Self {
        Self {
            status: Status::Out,
            reason,
            pool: None,
            position: None,
            room: None,
            game: None,
        }
    }
}
