//! A running match over its game socket, found again when the socket, the game server or the network goes away.

use std::time::Duration;

use protocol::{ErrorMessage, Over, SUBPROTOCOL_BINARY, ServerMessage, Welcome};
use tokio::time::{Instant, sleep_until};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::lobby_message::{GameTicket, Status};
use crate::socket::{Incoming, Socket};
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// Without a snapshot for this long, the lobby is asked where the match is.
const SILENCE_ASK: Duration = Duration::from_secs(1);
/// The lobby says it is where we are, and yet it is silent: the socket is dead.
const SILENCE_MAX: Duration = Duration::from_secs(10);
const ASK_INTERVAL: Duration = Duration::from_millis(500);
/// The lobby counts a match while its last message is still on the way.
const LAST_WORDS_MAX: Duration = Duration::from_secs(2);
/// A match that cannot be reached for this long is given up.
const LOST_MAX: Duration = Duration::from_mins(1);

/// What happens in a match, as [`Match::next`] gives it.
#[derive(Clone, Debug)]
pub enum MatchEvent {
    /// In, or in again after a lost connection; what was known before is void.
    Welcome(Welcome),
    /// A binary frame: a snapshot or events, for `NetClient::handle_binary`.
    Frame(Bytes),
    /// Something this client sent was refused.
    Refused(ErrorMessage),
    /// The end, with the scores. Nothing follows.
    Over(Over),
    /// The match went on without this player, or ended unseen. Nothing follows.
    Ended {
        /// As `GET /lobby/me` says it.
        reason: Option<String>,
    },
}

/// A match that this player is in. Dropping it closes the socket; the seat is kept for a while.
pub struct Match {
    client: Client,
    socket: Option<Socket>,
    relay: String,
    epoch: u64,
    heard_at: Instant,
    asked_at: Instant,
    reconnects: u32,
    /// The lobby says that it is over; what the open socket still holds is heard first.
    ended: Option<Ended>,
    finished: bool,
}

struct Ended {
    reason: Option<String>,
    until: Instant,
}

impl Match {
    pub(crate) async fn connect(client: Client, game: GameTicket) -> Result<Self> {
        let socket = open(&client, &game.url, &game.ticket)
            .await
            .inspect_err(|error| tracing::debug!(%error, "game socket"))
            .ok();
        let now = Instant::now();
        Ok(Self {
            client,
            socket,
            relay: game.relay,
            epoch: game.epoch,
            heard_at: now,
            asked_at: now,
            reconnects: 0,
            ended: None,
            finished: false,
        })
    }

    /// How often the connection was made anew.
    pub fn reconnects(&self) -> u32 {
        self.reconnects
    }

    /// What happens next; `None` after [`MatchEvent::Over`] or [`MatchEvent::Ended`]. A lost connection is made anew in
    /// here; [`Error::Unreachable`] when that fails for a minute. Dropping this future loses no message.
    pub async fn next(&mut self) -> Result<Option<MatchEvent>> {
        while !self.finished {
            if let Some(event) = self.step().await? {
                self.finished = matches!(event, MatchEvent::Over(_) | MatchEvent::Ended { .. });
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Sends a binary frame, as `NetClient::poll_transmit` gives it. While the connection is down it is dropped, as it
    /// would be stale.
    pub async fn send(&mut self, frame: Vec<u8>) -> Result<()> {
        if let Some(socket) = &mut self.socket
            && socket.send(Message::binary(frame)).await.is_err()
        {
            self.socket = None;
        }
        Ok(())
    }

    async fn step(&mut self) -> Result<Option<MatchEvent>> {
        let Some(socket) = &mut self.socket else {
            return match self.ended.take() {
                Some(Ended { reason, .. }) => Ok(Some(MatchEvent::Ended { reason })),
                None => self.look_for_match().await,
            };
        };
        let ask_at = (self.heard_at + SILENCE_ASK).max(self.asked_at + ASK_INTERVAL);
        let wait_until = self.ended.as_ref().map_or(ask_at, |ended| ended.until);
        tokio::select! {
            // After a long pause of this process there is much to hear, and no reason to ask.
            biased;
            incoming = socket.next() => match incoming {
                Incoming::Text(text) => return self.accept(&text).await,
                Incoming::Binary(frame) => {
                    self.heard_at = Instant::now();
                    return Ok(Some(MatchEvent::Frame(frame)));
                }
                Incoming::Closed(code) => {
                    tracing::debug!(code, "game socket closed");
                    self.socket = None;
                }
            },
            () = sleep_until(wait_until) => match self.ended {
                Some(_) => self.socket = None,
                None => return self.look_for_match().await,
            },
        }
        Ok(None)
    }

    async fn accept(&mut self, text: &str) -> Result<Option<MatchEvent>> {
        let message = protocol::decode_server(text.as_bytes())
            .map_err(|error| Error::Unexpected(format!("{error}: {text}")))?;
        self.heard_at = Instant::now();
        Ok(Some(match message {
            ServerMessage::Welcome(welcome) => MatchEvent::Welcome(welcome),
            ServerMessage::Error(refused) => MatchEvent::Refused(refused),
            // These come as frames here.
            ServerMessage::Snapshot(_) | ServerMessage::Event(_) => {
                return Err(Error::Unexpected(text.to_owned()));
            }
            // Bots do not talk.
            ServerMessage::Message(_) => return Ok(None),
            ServerMessage::Over(over) => MatchEvent::Over(over),
            ServerMessage::Moved(moved) => {
                self.epoch = moved.epoch;
                self.reopen(&moved.url, &moved.ticket).await;
                return Ok(None);
            }
        }))
    }

    /// Asks the lobby, and goes where it says.
    async fn look_for_match(&mut self) -> Result<Option<MatchEvent>> {
        sleep_until(self.asked_at + ASK_INTERVAL).await;
        self.asked_at = Instant::now();
        let me = match self.client.me().await {
            Ok(me) => me,
            Err(Error::Unreachable(why)) => return self.give_up_in_time(&why),
            Err(Error::Problem(problem)) if problem.status >= 500 => {
                return self.give_up_in_time(&problem.to_string());
            }
            Err(error) => return Err(error),
        };
        if me.status != Status::Playing {
            let until = Instant::now() + LAST_WORDS_MAX;
            self.ended = Some(Ended {
                reason: me.reason,
                until,
            });
            return Ok(None);
        }
        let Some(game) = me.game else {
            return self.give_up_in_time("the match has no game server");
        };
        let elsewhere = game.epoch != self.epoch || game.relay != self.relay;
        if self.socket.is_none() || elsewhere || self.heard_at.elapsed() > SILENCE_MAX {
            (self.relay, self.epoch) = (game.relay, game.epoch);
            self.reopen(&game.url, &game.ticket).await;
        }
        self.give_up_in_time("the match is silent")
    }

    async fn reopen(&mut self, url: &str, ticket: &str) {
        self.socket = None;
        match open(&self.client, url, ticket).await {
            Ok(socket) => {
                self.socket = Some(socket);
                self.reconnects += 1;
            }
            Err(error) => tracing::debug!(%error, "game socket"),
        }
    }

    fn give_up_in_time(&self, why: &str) -> Result<Option<MatchEvent>> {
        if self.heard_at.elapsed() > LOST_MAX {
            return Err(Error::Unreachable(format!(
                "{why}; nothing heard for {LOST_MAX:?}"
            )));
        }
        Ok(None)
    }
}

async fn open(client: &Client, url: &str, ticket: &str) -> Result<Socket> {
    let url = format!("{url}?ticket={ticket}");
    Socket::open(&url, SUBPROTOCOL_BINARY, client.line()).await
}
