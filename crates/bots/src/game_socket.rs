//! A running match over its game socket, found again when the socket, the game server or the network goes away.

use std::time::Duration;

use protocol::SUBPROTOCOL_JSON;
use tokio::time::{Instant, sleep_until};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::game_message::{GameEvent, Input, InputMessage, ServerMessage};
use crate::lobby_message::{GameTicket, Status};
use crate::socket::{Incoming, Socket};

/// Without a snapshot for this long, the lobby is asked where the match is.
const SILENCE_ASK: Duration = Duration::from_secs(1);
/// The lobby says it is where we are, and yet it is silent: the socket is dead.
const SILENCE_MAX: Duration = Duration::from_secs(10);
const ASK_INTERVAL: Duration = Duration::from_millis(500);
/// A match that cannot be reached for this long is given up.
const LOST_MAX: Duration = Duration::from_mins(1);

/// A match that this player is in. Dropping it closes the socket; the seat is kept for a while.
pub struct Match {
    client: Client,
    socket: Option<Socket>,
    relay: String,
    epoch: u64,
    seen: Option<u32>,
    heard_at: Instant,
    asked_at: Instant,
    reconnects: u32,
    finished: bool,
}

impl Match {
    pub(crate) async fn connect(client: Client, game: GameTicket) -> Result<Self> {
        let socket = open(&game.url, &game.ticket)
            .await
            .inspect_err(|error| tracing::debug!(%error, "game socket"))
            .ok();
        let now = Instant::now();
        Ok(Self {
            client,
            socket,
            relay: game.relay,
            epoch: game.epoch,
            seen: None,
            heard_at: now,
            asked_at: now,
            reconnects: 0,
            finished: false,
        })
    }

    /// How often the connection was made anew.
    pub fn reconnects(&self) -> u32 {
        self.reconnects
    }

    /// What happens next; `None` after [`GameEvent::Over`] or [`GameEvent::Ended`]. A lost connection is made anew in
    /// here; [`Error::Unreachable`] when that fails for a minute. Dropping this future loses no message.
    pub async fn next(&mut self) -> Result<Option<GameEvent>> {
        while !self.finished {
            if let Some(event) = self.step().await? {
                self.finished = matches!(event, GameEvent::Over(_) | GameEvent::Ended { .. });
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Asks for `input` from the next tick on. While the connection is down it is dropped, as it would be stale.
    pub async fn send(&mut self, input: &Input) -> Result<()> {
        let Some(socket) = &mut self.socket else {
            return Ok(());
        };
        let message = InputMessage {
            kind: "input",
            input,
            seen: self.seen,
        };
        let text = serde_json::to_string(&message)
            .map_err(|error| Error::Unexpected(error.to_string()))?;
        if socket.send(text).await.is_err() {
            self.socket = None;
        }
        Ok(())
    }

    async fn step(&mut self) -> Result<Option<GameEvent>> {
        let Some(socket) = &mut self.socket else {
            return self.look_for_match().await;
        };
        let ask_at = (self.heard_at + SILENCE_ASK).max(self.asked_at + ASK_INTERVAL);
        tokio::select! {
            incoming = socket.next() => match incoming {
                Incoming::Text(text) => self.accept(&text).await,
                Incoming::Closed(code) => {
                    tracing::debug!(code, "game socket closed");
                    self.socket = None;
                    Ok(None)
                }
            },
            () = sleep_until(ask_at) => self.look_for_match().await,
        }
    }

    async fn accept(&mut self, text: &str) -> Result<Option<GameEvent>> {
        let message = serde_json::from_str(text)
            .map_err(|error| Error::Unexpected(format!("{error} in {text}")))?;
        self.heard_at = Instant::now();
        Ok(match message {
            ServerMessage::Welcome(welcome) => Some(GameEvent::Welcome(welcome)),
            ServerMessage::Snapshot(snapshot) => {
                self.seen = Some(snapshot.tick);
                Some(GameEvent::Snapshot(snapshot))
            }
            ServerMessage::Over(over) => Some(GameEvent::Over(over)),
            ServerMessage::Moved { url, ticket, epoch } => {
                self.epoch = epoch;
                self.reopen(&url, &ticket).await;
                None
            }
            ServerMessage::Other => serde_json::from_str(text).ok().map(GameEvent::Event),
        })
    }

    /// Asks the lobby, and goes where it says.
    async fn look_for_match(&mut self) -> Result<Option<GameEvent>> {
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
            return Ok(Some(GameEvent::Ended { reason: me.reason }));
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
        match open(url, ticket).await {
            Ok(socket) => {
                self.socket = Some(socket);
                self.reconnects += 1;
                self.seen = None;
            }
            Err(error) => tracing::debug!(%error, "game socket"),
        }
    }

    fn give_up_in_time(&self, why: &str) -> Result<Option<GameEvent>> {
        if self.heard_at.elapsed() > LOST_MAX {
            return Err(Error::Unreachable(format!(
                "{why}; nothing heard for {LOST_MAX:?}"
            )));
        }
        Ok(None)
    }
}

async fn open(url: &str, ticket: &str) -> Result<Socket> {
    Socket::open(&format!("{url}?ticket={ticket}"), SUBPROTOCOL_JSON).await
}
