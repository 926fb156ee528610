//! The lobby's messages: those of its socket, and the answer of `GET /lobby/me`.

use serde::Deserialize;

use crate::error::Problem;
use crate::game_ticket::GameTicket;

/// A message of the lobby socket. Fields the lobby adds later are ignored; messages too
/// ([`LobbyMessage::Other`]).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LobbyMessage {
    /// Waiting in the queue.
    Queued {
        /// The pool joined.
        pool: String,
        /// 1 is next.
        position: u64,
    },
    /// Seated in a waiting room.
    RoomJoined {
        /// Its pool.
        pool: String,
        /// Who is in it.
        room: Room,
    },
    /// Somebody came or went.
    RoomUpdated {
        /// Its pool.
        pool: String,
        /// Who is in it now.
        room: Room,
    },
    /// The match starts soon; `None`: it does not any more.
    Countdown {
        /// The waiting room.
        room_id: String,
        /// From now, ms.
        in_ms: Option<u64>,
    },
    /// The match has a game server.
    MatchStarted {
        /// The room it is played in.
        room_id: String,
        /// In seat order.
        players: Vec<Member>,
        /// How to get in.
        game: GameTicket,
    },
    /// The match has another game server.
    MatchMoved {
        /// The room it is played in.
        room_id: String,
        /// In seat order.
        players: Vec<Member>,
        /// How to get in there.
        game: GameTicket,
    },
    /// Back in the queue, with the time already waited.
    Requeued {
        /// The pool.
        pool: String,
        /// Why.
        reason: String,
    },
    /// Removed by the lobby, without a request.
    Removed {
        /// `expired`, `room_closed`, `no_seat`, `match_unclaimed`, `room_failed`, `forfeited`, ….
        reason: String,
        /// The room it was about.
        room_id: Option<String>,
    },
    /// The match ended and was counted.
    MatchOver {
        /// The room it was played in.
        room_id: String,
    },
    /// Where the player stands: the answer to `sync`, which is sent whenever the socket opens.
    State(Me),
    /// The answer to `ping`.
    Pong,
    /// What was sent was refused.
    Error {
        /// Why.
        problem: Problem,
    },
    /// A message of a later version.
    #[serde(other)]
    Other,
}

/// What API Gateway sends when the function failed that handles a message: `Internal server error`.
#[derive(Debug, Deserialize)]
pub(crate) struct Unhandled {
    pub(crate) message: String,
}

impl LobbyMessage {
    /// The room of the running match and a ticket for it, when this message brings them.
    pub fn place(&self) -> Option<(&str, &GameTicket)> {
        match self {
            Self::MatchStarted { room_id, game, .. } | Self::MatchMoved { room_id, game, .. } => {
                Some((room_id, game))
            }
            Self::State(me) => me.room.as_deref().zip(me.game.as_ref()),
            _ => None,
        }
    }

    /// The ticket of the running match, when this message brings one.
    pub fn game(&self) -> Option<&GameTicket> {
        match self {
            Self::MatchStarted { game, .. } | Self::MatchMoved { game, .. } => Some(game),
            Self::State(me) => me.game.as_ref(),
            _ => None,
        }
    }
}

/// Where a player stands: `GET /lobby/me`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// One of four.
    pub status: Status,
    /// Why the lobby removed the player: `expired`, `match_over`, ….
    pub reason: Option<String>,
    /// The pool in which the player waits or plays.
    pub pool: Option<String>,
    /// In the queue; 1 is next.
    pub position: Option<u64>,
    /// The waiting or running room.
    pub room: Option<String>,
    /// While playing.
    pub game: Option<GameTicket>,
}

/// A player is in exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Neither waiting nor playing.
    Out,
    /// In the queue.
    Queued,
    /// In a waiting room.
    Seated,
    /// In a match.
    Playing,
}

/// A waiting room.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Room {
    /// Begins with `<pool>.`.
    pub room_id: String,
    /// Who is in it.
    pub players: Vec<Member>,
    /// It starts with no fewer.
    pub seats_min: usize,
    /// It holds no more.
    pub seats_max: usize,
}

/// A player in a room.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// UUID text.
    pub player_id: String,
    /// From the player's token.
    pub name: String,
    /// `["#rrggbb"]`.
    pub colors: Vec<String>,
}
