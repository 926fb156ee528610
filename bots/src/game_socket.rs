//! A running match over its game socket, found again after the socket, the relay or the network
//! fails.

use std::time::Duration;

use protocol::{
    CommandMessage, CommandResult, ErrorMessage, Moved, Over, ServerMessage, Welcome,
    encode_command,
};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::game_ticket::GameTicket;
use crate::lookup::{Found, Lookup};
use crate::socket::{Incoming, Socket, Transport};

/// After this long without a snapshot, or [`WAITING_FACTOR`] times as long in a match that waits for
/// its players, the client looks up the match's game server.
const SILENCE_LOOKUP: Duration = Duration::from_secs(1);
/// If the lookup names the same server, a socket that is silent for this long is dead.
const SILENCE_MAX: Duration = Duration::from_secs(4);
/// A match that waits for its players sends a snapshot each five seconds or more often.
const WAITING_FACTOR: u32 = 12;
const LOOKUP_INTERVAL: Duration = Duration::from_millis(500);
/// The lobby records a match before its last message arrives. The socket stays open for this long.
const LAST_MESSAGE_MAX: Duration = Duration::from_secs(2);
/// A match that cannot be reached for this long is given up.
const LOST_MAX: Duration = Duration::from_mins(1);

/// What happens in a match; returned by [`Match::next`].
#[derive(Clone, Debug)]
pub enum MatchEvent {
    /// The match moved to another relay, or reconnected to the same one; a welcome follows.
    Moved {
        /// Its id.
        relay: String,
        /// Higher than the one before.
        epoch: u64,
    },
    /// Connected, or connected again. Earlier state is void.
    Welcome(Welcome),
    /// A binary frame: a snapshot or events, for `NetClient::handle_binary`.
    Frame(Bytes),
    /// The result of a command that this client sent.
    CommandResult(CommandResult),
    /// Something this client sent was refused.
    Refused(ErrorMessage),
    /// The end, with the scores. Nothing follows.
    Over(Over),
    /// The match went on without this player, or ended unseen. Nothing follows.
    Ended {
        /// From `GET /lobby/me`.
        reason: Option<String>,
    },
}

/// A match that this player is in. Dropping it closes the socket; the seat is kept for a while.
pub struct Match {
    client: Client,
    socket: Option<Socket>,
    lookup: Option<Lookup>,
    /// Once welcomed.
    room: Option<String>,
    epoch: u64,
    /// When the last message of the match arrived.
    received_at: Instant,
    /// The same, or when the socket was opened.
    quiet_since: Instant,
    /// 1, or [`WAITING_FACTOR`].
    patience: u32,
    looked_up_at: Instant,
    /// Connections ever made.
    connections: u32,
    /// The lobby reports the end. Messages that the open socket still has come first.
    ended: Option<Ended>,
    finished: bool,
}

struct Ended {
    reason: Option<String>,
    until: Instant,
}

enum Event {
    Incoming(Incoming),
    Found(Result<Found>),
    Time,
}

impl Match {
    pub(crate) async fn connect(client: Client, game: GameTicket) -> Result<Self> {
        let now = Instant::now();
        let found = Lookup::open(&client, &game).done().await;
        let mut this = Self {
            client,
            socket: None,
            lookup: None,
            room: None,
            epoch: game.epoch,
            received_at: now,
            quiet_since: now,
            patience: 1,
            looked_up_at: now,
            connections: 0,
            ended: None,
            finished: false,
        };
        this.take(found)?;
        Ok(this)
    }

    /// The number of reconnections.
    pub fn reconnects(&self) -> u32 {
        self.connections.saturating_sub(1)
    }

    /// How messages travel at present; None while there is no connection.
    pub fn transport(&self) -> Option<Transport> {
        self.socket.as_ref().map(Socket::transport)
    }

    /// What happens next; `None` after [`MatchEvent::Over`] or [`MatchEvent::Ended`]. A lost
    /// connection is reopened in here; [`Error::Unreachable`] when that fails for a minute.
    /// Dropping this future loses no message.
    pub async fn next(&mut self) -> Result<Option<MatchEvent>> {
        while !self.finished {
            if let Some(event) = self.step().await? {
                self.finished = matches!(event, MatchEvent::Over(_) | MatchEvent::Ended { .. });
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Moves to the game server that a message of the lobby socket names ([`LobbyMessage::place`]).
    /// Does nothing if the server is not new or if the message is about another match: a message
    /// about an earlier match may arrive late.
    ///
    /// [`LobbyMessage::place`]: crate::LobbyMessage::place
    pub fn follow(&mut self, room: &str, game: &GameTicket) -> Option<MatchEvent> {
        let is_this = self.room.as_deref() == Some(room);
        if self.finished || !is_this || game.epoch <= self.epoch {
            return None;
        }
        Some(self.move_to(game.clone()))
    }

    /// Sends a binary frame, as `NetClient::poll_transmit` gives it. While the connection is down
    /// it is dropped, as it would be stale.
    pub async fn send(&mut self, frame: Vec<u8>) -> Result<()> {
        self.write(Message::binary(frame)).await;
        Ok(())
    }

    /// Sends a command. If no [`MatchEvent::CommandResult`] with its id arrives before the next
    /// [`MatchEvent::Welcome`], the caller sends it again: it is applied once.
    pub async fn send_command(&mut self, command: CommandMessage) {
        let mut text = Vec::new();
        encode_command(&command, &mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        self.write(Message::text(text)).await;
    }

    async fn write(&mut self, message: Message) {
        if let Some(socket) = &mut self.socket
            && socket.send(message).await.is_err()
        {
            self.socket = None;
        }
    }

    async fn step(&mut self) -> Result<Option<MatchEvent>> {
        if self.socket.is_none() && self.lookup.is_none() {
            if let Some(Ended { reason, .. }) = self.ended.take() {
                return Ok(Some(MatchEvent::Ended { reason }));
            }
            self.locate();
        }
        match self.wait().await {
            Event::Incoming(Incoming::Text(text)) => self.accept(&text),
            Event::Incoming(Incoming::Binary(frame)) => {
                self.note_received();
                Ok(Some(MatchEvent::Frame(frame)))
            }
            Event::Incoming(Incoming::Closed(code)) => {
                tracing::debug!(code, "game socket closed");
                self.socket = None;
                Ok(None)
            }
            Event::Found(found) => {
                self.lookup = None;
                self.take(found)
            }
            Event::Time if self.ended.is_some() => {
                self.socket = None;
                Ok(None)
            }
            Event::Time => {
                self.locate();
                Ok(None)
            }
        }
    }

    /// Cancel-safe.
    async fn wait(&mut self) -> Event {
        let wake_at = match &self.ended {
            Some(ended) => ended.until,
            None => self.quiet_since + SILENCE_LOOKUP * self.patience,
        };
        let idle = self.lookup.is_none();
        tokio::select! {
            // After a pause of this process, messages that have arrived come before a lookup.
            biased;
            incoming = next_of(&mut self.socket) => Event::Incoming(incoming),
            found = done(&mut self.lookup) => Event::Found(found),
            () = sleep_until(wake_at), if idle => Event::Time,
        }
    }

    fn locate(&mut self) {
        self.looked_up_at = Instant::now().max(self.looked_up_at + LOOKUP_INTERVAL);
        self.lookup = Some(Lookup::locate(self.client.clone(), self.looked_up_at));
    }

    fn accept(&mut self, text: &str) -> Result<Option<MatchEvent>> {
        let message = protocol::decode_server(text.as_bytes())
            .map_err(|error| Error::Unexpected(format!("{error}: {text}")))?;
        self.note_received();
        Ok(Some(match message {
            ServerMessage::Welcome(welcome) => {
                let is_waiting = welcome.rates.snapshot_hz == 0;
                self.patience = if is_waiting { WAITING_FACTOR } else { 1 };
                self.room = Some(welcome.room_id.clone());
                MatchEvent::Welcome(welcome)
            }
            ServerMessage::Error(refused) => MatchEvent::Refused(refused),
            ServerMessage::CommandResult(result) => MatchEvent::CommandResult(result),
            // These come as frames here.
            ServerMessage::Snapshot(_) | ServerMessage::Event(_) => {
                return Err(Error::Unexpected(text.to_owned()));
            }
            // Bots send no messages of their own, and see who plays in the frames.
            ServerMessage::Joined(_)
            | ServerMessage::Message(_)
            | ServerMessage::MessageResult(_) => return Ok(None),
            ServerMessage::Over(over) => MatchEvent::Over(over),
            ServerMessage::Moved(moved) => self.move_to(place(moved)),
        }))
    }

    fn take(&mut self, found: Result<Found>) -> Result<Option<MatchEvent>> {
        match found? {
            Found::Socket(socket) => {
                self.socket = Some(*socket);
                self.connections += 1;
                self.quiet_since = Instant::now();
            }
            Found::Place(room, _) if self.room.is_some() && room != self.room => {
                // The player is in another match, so this one is over; the open socket is read to
                // its end first.
                self.end_soon(None);
            }
            Found::Place(_, game) => return self.consider(game),
            Found::Out { reason } => self.end_soon(reason),
            Found::Nothing { why } => {
                tracing::debug!(why, "the match cannot be reached");
                self.give_up_in_time(&why)?;
            }
        }
        Ok(None)
    }

    fn end_soon(&mut self, reason: Option<String>) {
        let until = Instant::now() + LAST_MESSAGE_MAX;
        self.ended = Some(Ended { reason, until });
    }

    /// The lobby named the match's game server: stays there, or moves to it.
    fn consider(&mut self, game: GameTicket) -> Result<Option<MatchEvent>> {
        self.give_up_in_time("the match is silent")?;
        if game.epoch > self.epoch {
            return Ok(Some(self.move_to(game)));
        }
        if self.socket.is_none() || self.quiet_since.elapsed() > SILENCE_MAX * self.patience {
            self.socket = None;
            self.lookup = Some(Lookup::open(&self.client, &game));
        }
        Ok(None)
    }

    fn give_up_in_time(&self, why: &str) -> Result<()> {
        if self.received_at.elapsed() > LOST_MAX {
            return Err(Error::Unreachable(format!(
                "{why}; no message for {LOST_MAX:?}"
            )));
        }
        Ok(())
    }

    fn note_received(&mut self) {
        self.received_at = Instant::now();
        self.quiet_since = self.received_at;
    }

    fn move_to(&mut self, game: GameTicket) -> MatchEvent {
        // Messages of the old server are about ticks that do not count any more.
        self.socket = None;
        self.lookup = Some(Lookup::open(&self.client, &game));
        self.epoch = game.epoch;
        MatchEvent::Moved {
            relay: game.relay,
            epoch: game.epoch,
        }
    }
}

/// The ticket of a `moved` message; the game server's id is in its address only.
fn place(moved: Moved) -> GameTicket {
    GameTicket {
        relay: moved.url.rsplit('/').next().unwrap_or_default().to_owned(),
        url: moved.url,
        webtransport: moved.webtransport,
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

async fn done(lookup: &mut Option<Lookup>) -> Result<Found> {
    match lookup {
        Some(lookup) => lookup.done().await,
        None => std::future::pending().await,
    }
}
