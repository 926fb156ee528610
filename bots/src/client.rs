//! A typed client of the lobby's HTTP API for one player.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::game_socket::Match;
use crate::game_ticket::GameTicket;
use crate::http::{self, Request};
use crate::lobby_message::Me;
use crate::lobby_socket::Lobby;
use crate::simulated_link::SimulatedLink;
use crate::socket::Transport;

/// One player of one lobby. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: String,
    player_id: Option<String>,
    link: SimulatedLink,
    transport: Transport,
}

/// Options of a join. The default: the pool `main`, any free colour.
#[derive(Clone, Debug, Default)]
pub struct Join {
    /// None: `main`.
    pub pool: Option<String>,
    /// `#rrggbb`. If another player of the room has it, the lobby selects another one.
    pub color: Option<String>,
}

/// The answer to [`Client::join`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// In the queue, now or already.
    Queued {
        /// The pool joined.
        pool: String,
        /// 1 is next.
        position: u64,
    },
    /// In a waiting room already.
    Seated {
        /// Its id, if the answer has it.
        room: Option<String>,
    },
    /// A match of this player is running (409 `in-match`): this is how to go back to it.
    Playing {
        /// Its id.
        room: String,
        /// A fresh ticket.
        game: GameTicket,
    },
}

/// `GET /lobby/rooms/<room>`: what a member may see of it.
#[derive(Clone, Debug, Deserialize)]
pub struct RoomView {
    /// Begins with `<pool>.`.
    pub room_id: String,
    /// `open`, `started`, ….
    pub state: String,
    /// By player id.
    pub players: BTreeMap<String, RoomPlayer>,
}

/// A player of a [`RoomView`].
#[derive(Clone, Debug, Deserialize)]
pub struct RoomPlayer {
    /// From the player's token.
    pub name: String,
    /// Centre, px; 0 before the match.
    pub x: f64,
    /// Centre, px; 0 before the match.
    pub y: f64,
    /// `["#rrggbb"]`.
    pub colors: Vec<String>,
}

/// A pool of the deployment, from `GET /lobby/pools`.
#[derive(Clone, Debug, Deserialize)]
pub struct Pool {
    /// What [`Join::pool`] names.
    pub name: String,
    /// The game of its rooms.
    pub game: String,
    /// Players that a match has at least.
    pub seats_min: u8,
    /// Players that a match has at most.
    pub seats_max: u8,
}

/// An entry of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rank {
    /// UUID text.
    pub player_id: String,
    /// From the player's token.
    pub name: String,
    /// Kills, in the arena.
    pub score: i64,
    /// 1 is best.
    pub rank: u64,
    /// Of one match, by name; empty for a game without stats.
    #[serde(default)]
    pub stats: BTreeMap<String, i32>,
}

#[derive(Deserialize)]
struct Guest {
    token: String,
    player_id: String,
}

#[derive(Deserialize)]
struct Pools {
    pools: Vec<Pool>,
}

#[derive(Deserialize)]
struct JoinAnswer {
    status: String,
    #[serde(default)]
    pool: String,
    #[serde(default)]
    position: u64,
    room: Option<String>,
}

impl Client {
    /// `POST /lobby/guest`: a new player with a new token. 403 `guests-disabled` where there are
    /// none.
    pub async fn guest(url: &str, name: &str) -> Result<Self> {
        Self::new_player(url, json!({ "name": name })).await
    }

    /// As [`Client::guest`], but marked as a bot: its scores are not on the leaderboard of the
    /// pool.
    pub async fn bot(url: &str, name: &str) -> Result<Self> {
        Self::new_player(url, json!({ "name": name, "bot": true })).await
    }

    async fn new_player(url: &str, body: Value) -> Result<Self> {
        let mut client = Self::with_token(url, "")?;
        let request = Request {
            method: Method::POST,
            url: client.url("/lobby/guest"),
            token: None,
            body: Some(body),
            idempotency_key: Some(Uuid::new_v4().to_string()),
        };
        let guest: Guest = typed(http::send(&client.http, &request).await?.1)?;
        client.token = guest.token;
        client.player_id = Some(guest.player_id);
        Ok(client)
    }

    /// A player with a JWT from another issuer. Sends no request: if the lobby does not accept the
    /// token, the first call fails.
    pub fn with_token(url: &str, token: &str) -> Result<Self> {
        let base = Url::parse(url).map_err(|error| Error::Address(format!("{url}: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(Error::Address(format!(
                "{url}: this client speaks http:// and https:// only"
            )));
        }
        Ok(Self {
            http: http::client()?,
            base,
            token: token.to_owned(),
            link: SimulatedLink::default(),
            transport: Transport::default(),
            player_id: None,
        })
    }

    /// The same player, whose game sockets use this simulated link.
    #[must_use]
    pub fn over(self, link: SimulatedLink) -> Self {
        Self { link, ..self }
    }

    pub(crate) fn link(&self) -> SimulatedLink {
        self.link
    }

    /// The same player, whose matches use this transport only. The simulated link is one of TCP.
    #[must_use]
    pub fn with_transport(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }

    pub(crate) fn transport(&self) -> Transport {
        self.transport
    }

    /// The id of a guest. None for a token from another issuer, whose `sub` the lobby may map to
    /// another id.
    pub fn player_id(&self) -> Option<&str> {
        self.player_id.as_deref()
    }

    /// The player's JWT.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// `POST /lobby/queue`. Repeating it keeps the place. 409 `other-pool` is an error, a running
    /// match is not.
    pub async fn join(&self, join: &Join) -> Result<Joined> {
        let mut body = serde_json::Map::new();
        for (key, value) in [("pool", &join.pool), ("color", &join.color)] {
            if let Some(value) = value {
                body.insert(key.to_owned(), value.as_str().into());
            }
        }
        match self
            .call(Method::POST, "/lobby/queue", Some(body.into()))
            .await
        {
            Ok((_, answer)) => joined(typed(answer)?),
            Err(Error::Problem(problem)) if problem.slug() == "in-match" => {
                match (problem.room, problem.game) {
                    (Some(room), Some(game)) => Ok(Joined::Playing { room, game }),
                    _ => Err(Error::Unexpected(
                        "409 in-match without room and game".to_owned(),
                    )),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// `DELETE /lobby/queue`: out of the queue or the waiting room; done already is fine. 409
    /// `in-match` in a match.
    pub async fn leave(&self) -> Result<()> {
        self.call(Method::DELETE, "/lobby/queue", None)
            .await
            .map(drop)
    }

    /// `DELETE /lobby/match`: gives the running match up; no match is fine.
    pub async fn forfeit(&self) -> Result<()> {
        self.call(Method::DELETE, "/lobby/match", None)
            .await
            .map(drop)
    }

    /// `GET /lobby/pools`: the pools of the deployment.
    pub async fn pools(&self) -> Result<Vec<Pool>> {
        let (_, answer) = self.call(Method::GET, "/lobby/pools", None).await?;
        typed::<Pools>(answer).map(|answer| answer.pools)
    }

    /// `GET /lobby/me`: where the player stands, with a fresh single-use ticket while playing. A
    /// sign of life.
    pub async fn me(&self) -> Result<Me> {
        typed(self.call(Method::GET, "/lobby/me", None).await?.1)
    }

    /// `GET /lobby/rooms/<room>`, for its members.
    pub async fn room(&self, room: &str) -> Result<RoomView> {
        typed(
            self.call(Method::GET, &format!("/lobby/rooms/{room}"), None)
                .await?
                .1,
        )
    }

    /// `GET /leaderboard/<room>` of a finished match, best first; 404 `unknown-room` until it is
    /// counted.
    pub async fn room_leaderboard(&self, room: &str) -> Result<Vec<Rank>> {
        typed(
            self.call(Method::GET, &format!("/leaderboard/{room}"), None)
                .await?
                .1,
        )
    }

    /// Opens the lobby socket and keeps it open, in the background, until the [`Lobby`] is dropped.
    pub fn lobby(&self) -> Lobby {
        Lobby::open(self.socket_url("/lobby"), self.token.clone())
    }

    /// Connects to a running match. The ticket comes from `match_started`, [`Client::me`] or
    /// [`Client::join`].
    pub async fn play(&self, game: GameTicket) -> Result<Match> {
        Match::connect(self.clone(), game).await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value)> {
        let idempotency_key = (method != Method::GET).then(|| Uuid::new_v4().to_string());
        let request = Request {
            method,
            url: self.url(path),
            token: Some(&self.token),
            body,
            idempotency_key,
        };
        http::send(&self.http, &request).await
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }

    fn socket_url(&self, path: &str) -> String {
        self.url(path).as_str().replacen("http", "ws", 1)
    }
}

fn joined(answer: JoinAnswer) -> Result<Joined> {
    match answer.status.as_str() {
        "queued" => Ok(Joined::Queued {
            pool: answer.pool,
            position: answer.position,
        }),
        "seated" => Ok(Joined::Seated { room: answer.room }),
        other => Err(Error::Unexpected(format!("joined as {other:?}"))),
    }
}

pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Error::Unexpected(error.to_string()))
}
