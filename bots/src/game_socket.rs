//! A running match over its game socket, found again after the socket, the relay or the network
//! fails.

use std::time::Duration;

use protocol::{ErrorMessage, Moved, Over, ServerMessage, Welcome};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::client::Client;
use crate::errand::{Errand, Fetched};
use crate::error::{Error, Result};
use crate::game_ticket::GameTicket;
use crate::socket::{Incoming, Socket};

/// Without a snapshot for this long, the lobby is asked where the match is.
const SILENCE_ASK: Duration = Duration::from_secs(1);
/// The lobby says it is where we are, and yet it is silent: the socket is dead.
const SILENCE_MAX: Duration = Duration::from_secs(4);
const ASK_INTERVAL: Duration = Duration::from_millis(500);
/// The lobby counts a match while its last message is still on the way.
const LAST_WORDS_MAX: Duration = Duration::from_secs(2);
/// A match that cannot be reached for this long is given up.
const LOST_MAX: Duration = Duration::from_mins(1);

/// What happens in a match, as [`Match::next`] gives it.
#[derive(Clone, Debug)]
pub enum MatchEvent {
    /// The match moved to another relay, or reconnected to the same one; a welcome follows.
    Moved {
        /// Its id.
        relay: String,
        /// Higher than the one before.
        epoch: u64,
    },
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
    errand: Option<Errand>,
    /// Once welcomed.
    room: Option<String>,
    epoch: u64,
    /// When the match itself was heard last.
    heard_at: Instant,
    /// The same, or when the socket was opened: it has its time to say something.
    quiet_since: Instant,
    asked_at: Instant,
    /// Connections ever made.
    connections: u32,
    /// The lobby says that it is over; what the open socket still holds is heard first.
    ended: Option<Ended>,
    finished: bool,
}

struct Ended {
    reason: Option<String>,
    until: Instant,
}

enum Stirred {
    Incoming(Incoming),
    Fetched(Result<Fetched>),
    Time,
}

impl Match {
    pub(crate) async fn connect(client: Client, game: GameTicket) -> Result<Self> {
        let now = Instant::now();
        let fetched = Errand::open(&client, &game).done().await;
        let mut this = Self {
            client,
            socket: None,
            errand: None,
            room: None,
            epoch: game.epoch,
            heard_at: now,
            quiet_since: now,
            asked_at: now,
            connections: 0,
            ended: None,
            finished: false,
        };
        this.take(fetched)?;
        Ok(this)
    }

    /// The number of reconnections.
    pub fn reconnects(&self) -> u32 {
        self.connections.saturating_sub(1)
    }

    /// What happens next; `None` after [`MatchEvent::Over`] or [`MatchEvent::Ended`]. A lost connection is reopened in
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

    /// Goes where the lobby socket says that the match in this room is ([`LobbyMessage::place`]), unless it is known already,
    /// or about another match: what the lobby said of one before may come late.
    ///
    /// [`LobbyMessage::place`]: crate::LobbyMessage::place
    pub fn follow(&mut self, room: &str, game: &GameTicket) -> Option<MatchEvent> {
        let is_this = self.room.as_deref() == Some(room);
        if self.finished || !is_this || game.epoch <= self.epoch {
            return None;
        }
        Some(self.move_to(game.clone()))
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
        if self.socket.is_none() && self.errand.is_none() {
            if let Some(Ended { reason, .. }) = self.ended.take() {
                return Ok(Some(MatchEvent::Ended { reason }));
            }
            self.ask();
        }
        match self.wait().await {
            Stirred::Incoming(Incoming::Text(text)) => self.accept(&text),
            Stirred::Incoming(Incoming::Binary(frame)) => {
                self.note_heard();
                Ok(Some(MatchEvent::Frame(frame)))
            }
            Stirred::Incoming(Incoming::Closed(code)) => {
                tracing::debug!(code, "game socket closed");
                self.socket = None;
                Ok(None)
            }
            Stirred::Fetched(fetched) => {
                self.errand = None;
                self.take(fetched)
            }
            Stirred::Time if self.ended.is_some() => {
                self.socket = None;
                Ok(None)
            }
            Stirred::Time => {
                self.ask();
                Ok(None)
            }
        }
    }

    /// Nothing is lost when this is dropped: each of the three is there the next time.
    async fn wait(&mut self) -> Stirred {
        let wake_at = match &self.ended {
            Some(ended) => ended.until,
            None => self.quiet_since + SILENCE_ASK,
        };
        let idle = self.errand.is_none();
        tokio::select! {
            // After a long pause of this process there is much to hear, and no reason to ask.
            biased;
            incoming = next_of(&mut self.socket) => Stirred::Incoming(incoming),
            fetched = done(&mut self.errand) => Stirred::Fetched(fetched),
            () = sleep_until(wake_at), if idle => Stirred::Time,
        }
    }

    fn ask(&mut self) {
        self.asked_at = Instant::now().max(self.asked_at + ASK_INTERVAL);
        self.errand = Some(Errand::ask(self.client.clone(), self.asked_at));
    }

    fn accept(&mut self, text: &str) -> Result<Option<MatchEvent>> {
        let message = protocol::decode_server(text.as_bytes())
            .map_err(|error| Error::Unexpected(format!("{error}: {text}")))?;
        self.note_heard();
        Ok(Some(match message {
            ServerMessage::Welcome(welcome) => {
                self.room = Some(welcome.room_id.clone());
                MatchEvent::Welcome(welcome)
            }
            ServerMessage::Error(refused) => MatchEvent::Refused(refused),
            // These come as frames here.
            ServerMessage::Snapshot(_)
            | ServerMessage::Event(_)
            | ServerMessage::CommandResult(_) => {
                return Err(Error::Unexpected(text.to_owned()));
            }
            // Bots do not talk.
            ServerMessage::Message(_) | ServerMessage::MessageResult(_) => return Ok(None),
            ServerMessage::Over(over) => MatchEvent::Over(over),
            ServerMessage::Moved(moved) => self.move_to(place(moved)),
        }))
    }

    fn take(&mut self, fetched: Result<Fetched>) -> Result<Option<MatchEvent>> {
        match fetched? {
            Fetched::Socket(socket) => {
                self.socket = Some(*socket);
                self.connections += 1;
                self.quiet_since = Instant::now();
            }
            Fetched::Place(room, _) if self.room.is_some() && room != self.room => {
                // The player is in another match, so this one is over; the open socket is read to its end first.
                self.end_soon(None);
            }
            Fetched::Place(_, game) => return self.consider(game),
            Fetched::Out { reason } => self.end_soon(reason),
            Fetched::Nothing { why } => {
                tracing::debug!(why, "no way into the match");
                self.give_up_in_time(&why)?;
            }
        }
        Ok(None)
    }

    fn end_soon(&mut self, reason: Option<String>) {
        let until = Instant::now() + LAST_WORDS_MAX;
        self.ended = Some(Ended { reason, until });
    }

    /// The lobby has said where the match is: stays, or goes there.
    fn consider(&mut self, game: GameTicket) -> Result<Option<MatchEvent>> {
        self.give_up_in_time("the match is silent")?;
        if game.epoch > self.epoch {
            return Ok(Some(self.move_to(game)));
        }
        if self.socket.is_none() || self.quiet_since.elapsed() > SILENCE_MAX {
            self.socket = None;
            self.errand = Some(Errand::open(&self.client, &game));
        }
        Ok(None)
    }

    fn give_up_in_time(&self, why: &str) -> Result<()> {
        if self.heard_at.elapsed() > LOST_MAX {
            return Err(Error::Unreachable(format!(
                "{why}; nothing heard for {LOST_MAX:?}"
            )));
        }
        Ok(())
    }

    fn note_heard(&mut self) {
        self.heard_at = Instant::now();
        self.quiet_since = self.heard_at;
    }

    fn move_to(&mut self, game: GameTicket) -> MatchEvent {
        // Whatever the old one still says is about a past that does not count any more.
        self.socket = None;
        self.errand = Some(Errand::open(&self.client, &game));
        self.epoch = game.epoch;
        MatchEvent::Moved {
            relay: game.relay,
            epoch: game.epoch,
        }
    }
}

/// What `moved` says; the game server's id is in the address only.
fn place(moved: Moved) -> GameTicket {
    GameTicket {
        relay: moved.url.rsplit('/').next().unwrap_or_default().to_owned(),
        url: moved.url,
        ticket: moved.ticket,
        epoch: moved.epoch,
    }
}

async fn next_of(socket: &mut Option<Socket>) -> Incoming {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

async fn done(errand: &mut Option<Errand>) -> Result<Fetched> {
    match errand {
        Some(errand) => errand.done().await,
        None => std::future::pending().await,
    }
}
