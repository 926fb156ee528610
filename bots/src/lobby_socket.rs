//! The lobby socket: open in the background, each message once and in order, resynchronized after a
//! break.

use std::time::Duration;

use edge::Backoff;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;

use crate::error::{Error, Result};
use crate::lobby_message::{LobbyMessage, Unhandled};
use crate::simulated_link::SimulatedLink;
use crate::socket::{Incoming, Socket};

const SUBPROTOCOL: &str = "skirmish.lobby.v1";
const PING_INTERVAL: Duration = Duration::from_mins(1);
/// A socket with a ping that is unanswered for this long is dead.
const SILENCE_MAX: Duration = Duration::from_secs(75);
const MESSAGES_WAITING_MAX: usize = 64;

/// A player's lobby socket. Dropping it closes the socket.
#[derive(Debug)]
pub struct Lobby {
    messages: mpsc::Receiver<Result<LobbyMessage>>,
    actions: mpsc::Sender<Action>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Ping,
    Sync,
}

impl Action {
    fn message(self) -> Message {
        Message::text(match self {
            Self::Ping => r#"{"action":"ping"}"#,
            Self::Sync => r#"{"action":"sync"}"#,
        })
    }
}

/// The next message of a lobby socket. Waits forever once another socket of the player has taken
/// over; `lobby` is None then. Cancel-safe.
pub async fn next_message(lobby: &mut Option<Lobby>) -> LobbyMessage {
    loop {
        match lobby {
            Some(open) => match open.next().await {
                Ok(message) => return message,
                Err(_) => *lobby = None,
            },
            None => std::future::pending().await,
        }
    }
}

impl Lobby {
    pub(crate) fn open(url: String, token: String) -> Self {
        let (to_user, messages) = mpsc::channel(MESSAGES_WAITING_MAX);
        let (actions, from_user) = mpsc::channel(8);
        let connection = Connection {
            url,
            token,
            to_user,
            from_user,
            newest_seq: 0,
        };
        Self {
            messages,
            actions,
            task: tokio::spawn(connection.run()),
        }
    }

    /// The next message. Messages that the lobby repeats are returned once. After every connect the
    /// lobby sends [`LobbyMessage::State`], which has what was missed in between. Cancel-safe.
    ///
    /// Fails for good when the token is refused ([`Error::Problem`], 401 or 403) or another socket
    /// of this player took over ([`Error::Superseded`]); an unreachable lobby is only waited for.
    pub async fn next(&mut self) -> Result<LobbyMessage> {
        self.messages.recv().await.unwrap_or(Err(Error::Superseded))
    }

    /// Requests a [`LobbyMessage::State`]. Does nothing while the socket is down: connecting
    /// requests one.
    pub fn sync(&self) {
        // A full channel holds a sync already.
        let _ = self.actions.try_send(Action::Sync);
    }
}

impl Drop for Lobby {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The part of a message that every one may have.
#[derive(Deserialize)]
struct Envelope {
    seq: Option<u64>,
}

/// Keeps the socket open: connects again after each loss.
struct Connection {
    url: String,
    token: String,
    to_user: mpsc::Sender<Result<LobbyMessage>>,
    from_user: mpsc::Receiver<Action>,
    newest_seq: u64,
}

impl Connection {
    async fn run(mut self) {
        let mut backoff = Backoff::default();
        loop {
            let end = match self.connect().await {
                Ok(socket) => {
                    backoff.reset();
                    self.listen(socket).await
                }
                Err(error) => Err(error),
            };
            match end {
                Err(error) if is_final(&error) => {
                    let _ = self.to_user.send(Err(error)).await;
                    return;
                }
                Err(error) => tracing::debug!(%error, "lobby socket down"),
                Ok(()) => return,
            }
            backoff.wait().await;
        }
    }

    async fn connect(&mut self) -> Result<Socket> {
        let subprotocols = format!("{SUBPROTOCOL}, bearer.{}", self.token);
        let mut socket = Socket::open(&self.url, &subprotocols, SimulatedLink::default()).await?;
        socket.send(Action::Sync.message()).await?;
        Ok(socket)
    }

    /// Until the socket ends (an error), or the user is gone.
    async fn listen(&mut self, mut socket: Socket) -> Result<()> {
        let mut pings = interval(PING_INTERVAL);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        let mut received_at = Instant::now();
        loop {
            tokio::select! {
                incoming = socket.next() => match incoming {
                    Incoming::Text(text) => {
                        received_at = Instant::now();
                        let Some(message) = self.accept(&text)? else { continue };
                        if self.to_user.send(Ok(message)).await.is_err() {
                            return Ok(());
                        }
                    }
                    // The lobby speaks JSON only.
                    Incoming::Binary(_) => {}
                    Incoming::Closed(code) => return Err(Error::Unreachable(format!("closed with {code:?}"))),
                },
                action = self.from_user.recv() => match action {
                    Some(action) => socket.send(action.message()).await?,
                    None => return Ok(()),
                },
                _ = pings.tick() => socket.send(Action::Ping.message()).await?,
                () = tokio::time::sleep_until(received_at + SILENCE_MAX) => {
                    return Err(Error::Unreachable(format!("silent for {SILENCE_MAX:?}")));
                }
            }
        }
    }

    /// None for a repeated message.
    fn accept(&mut self, text: &str) -> Result<Option<LobbyMessage>> {
        let parsed = serde_json::from_str::<Envelope>(text)
            .and_then(|envelope| Ok((envelope, serde_json::from_str(text)?)));
        let (Envelope { seq }, message) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                if let Ok(Unhandled { message }) = serde_json::from_str(text) {
                    tracing::warn!(message, "the lobby could not handle a message");
                } else {
                    tracing::warn!(%error, text, "not a message of the lobby");
                }
                return Ok(None);
            }
        };
        if let Some(seq) = seq {
            if seq <= self.newest_seq {
                return Ok(None);
            }
            self.newest_seq = seq;
        }
        if matches!(&message, LobbyMessage::Removed { reason, .. } if reason == "superseded") {
            return Err(Error::Superseded);
        }
        Ok(Some(message))
    }
}

fn is_final(error: &Error) -> bool {
    match error {
        Error::Superseded | Error::Address(_) => true,
        Error::Problem(problem) => matches!(problem.status, 401 | 403),
        _ => false,
    }
}
