//! Messages between workers and the other threads, and the keys of rooms in them.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use game::{Seat, Seats};
use lobby::journal::JournalLink;
use lobby::{Checkpoint, Origin, Score, SeatReturn, WebTransport};
use mio::Waker;
use protocol::{CloseCode, Encoding};
use room::Player;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::net::webtransport::pipe::Pipe;
use crate::worker::hosted::Hosted;
use crate::worker::watch::Watch;

/// Key of a room on this server. The same room in a later epoch has another key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RoomKey {
    pub(crate) pool: String,
    pub(crate) room: String,
    pub(crate) epoch: u64,
}

impl RoomKey {
    /// The number of the room in a journal and in a worker's watch state.
    pub(crate) fn number(&self) -> u64 {
        protocol::record::room_key(&self.room, self.epoch)
    }
}

/// A connection of a player whose ticket was redeemed.
pub(crate) struct NewConnection {
    pub(crate) key: Arc<RoomKey>,
    pub(crate) player_id: String,
    pub(crate) encoding: Encoding,
    /// Origin at which the client reached the front door. The URL of another relay is relative to it.
    pub(crate) origin: Option<Origin>,
    pub(crate) transport: NewTransport,
    pub(crate) first_tick: Option<FirstTick>,
}

/// Notified once, with the time of the room's first tick with a session; dropped if the session ends before it.
pub(crate) type FirstTick = oneshot::Sender<SystemTime>;

/// The transport of a session.
pub(crate) enum NewTransport {
    WebSocket {
        /// Non-blocking, and not registered with any runtime.
        socket: TcpStream,
        /// Held while the socket is open; None if sockets are not counted.
        place: Option<OwnedSemaphorePermit>,
        /// Bytes that arrived after the handshake.
        read: Bytes,
    },
    WebTransport(Arc<Pipe>),
}

/// Messages to a worker.
pub(crate) enum ToWorker {
    /// A room, and when the lobby confirmed that it belongs to this relay.
    Host(Arc<RoomKey>, Box<dyn Hosted>, Instant),
    Connect(NewConnection),
    /// Something arrived for the sleeping room of this number.
    Wake(u64),
    /// The player joins the running match on this seat.
    Join(Arc<RoomKey>, Seat, Player),
    /// The player forfeited, their record expired, or an operator removed them: end their session with this.
    Left(Arc<RoomKey>, String, End),
    /// The lobby has a checkpoint of the room.
    Saved(Arc<RoomKey>, Confirmed),
    /// Reply with the state of the room, with or without what its game hides. No answer: the room is not on this
    /// worker.
    Describe(Arc<RoomKey>, bool, oneshot::Sender<Vec<u8>>),
    /// Stop ticking, and answer with the last checkpoint. No answer: the match is over, or the room is not on this
    /// worker.
    Freeze(Arc<RoomKey>, oneshot::Sender<Snapped>),
    /// Send the players to the room's new relay, and drop the room.
    Move(Arc<RoomKey>, Handover),
    /// Drop the room and end its sessions with this.
    Drop(Arc<RoomKey>, End),
    /// A connection for the journal.
    Link(JournalLink),
    /// Close all sessions and end the thread.
    Shutdown,
}

/// What the lobby has of a room: its state up to `tick`, from a checkpoint taken at `made`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confirmed {
    pub(crate) tick: u32,
    pub(crate) made: Instant,
}

/// The relay that a room was handed over to, with a seat ticket for each player.
#[derive(Debug)]
pub(crate) struct Handover {
    pub(crate) url: String,
    pub(crate) webtransport: Option<WebTransport>,
    pub(crate) epoch: u64,
    pub(crate) tickets: BTreeMap<String, String>,
}

/// How a room ended. Each variant is reported at most once per room, which bounds the channel.
pub(crate) enum RoomExit {
    /// The match is over; the worker keeps the room until it receives [`ToWorker::Drop`].
    Over(Vec<Score>, Box<Snapped>),
    /// The room failed; its sessions are closed.
    Failed,
    /// The room was not made: the game refuses the settings that its host chose.
    SettingsInvalid,
    /// The worker has dropped the room.
    Gone,
}

/// A report of a room about its late joins, for the lobby.
pub(crate) enum LateReport {
    /// The seats on which it takes players now; at most ten reports per second.
    Offer(Seats),
    /// It returns the seat of this player.
    Return(String, SeatReturn),
}

/// A checkpoint and when it was taken.
pub(crate) struct Snapped {
    pub(crate) key: Arc<RoomKey>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) made: Instant,
}

/// Channels from a worker to the other threads. Sending never blocks.
#[derive(Clone)]
pub(crate) struct Reports {
    pub(crate) exits: mpsc::UnboundedSender<(Arc<RoomKey>, RoomExit)>,
    /// Bounded. A checkpoint that finds it full is dropped; a newer one follows soon.
    pub(crate) checkpoints: mpsc::Sender<Snapped>,
    /// Bounded by the number of rooms and of joining players.
    pub(crate) late: mpsc::UnboundedSender<(Arc<RoomKey>, LateReport)>,
    /// Indexes of workers whose journal needs a connection; each request is sent once.
    pub(crate) links: mpsc::UnboundedSender<usize>,
}

impl Reports {
    pub(crate) fn exit(&self, key: &Arc<RoomKey>, exit: RoomExit) {
        // Fails only while the whole server shuts down.
        let _ = self.exits.send((key.clone(), exit));
    }

    pub(crate) fn late(&self, key: &Arc<RoomKey>, report: LateReport) {
        // Fails only while the whole server shuts down.
        let _ = self.late.send((key.clone(), report));
    }
}

/// A worker's mailbox: bounded, and drained at each phase.
pub(crate) struct Mailbox {
    sender: SyncSender<ToWorker>,
    watch: Arc<Watch>,
    waker: Arc<Waker>,
}

/// Capacity of a mailbox.
pub(crate) const MAILBOX_MAX: usize = 1024;

impl Mailbox {
    pub(crate) fn new(sender: SyncSender<ToWorker>, watch: Arc<Watch>, waker: Arc<Waker>) -> Self {
        Self {
            sender,
            watch,
            waker,
        }
    }

    /// Returns false if the worker's mailbox is full or the worker is gone; the message is lost.
    pub(crate) fn offer(&self, message: ToWorker) -> bool {
        let is_sent = self.sender.try_send(message).is_ok();
        self.wake();
        is_sent
    }

    /// Wakes the worker, which waits for its sockets if all its rooms sleep.
    fn wake(&self) {
        // Fails only if the system is out of resources; then the worker wakes after its timeout.
        let _ = self.waker.wake();
    }

    /// Waits until there is space. The message is lost only if the worker has ended or does not return; then its
    /// rooms are also lost to this server.
    pub(crate) async fn send(&self, mut message: ToWorker) {
        while !self.watch.is_lost() {
            match self.sender.try_send(message) {
                Ok(()) => return self.wake(),
                Err(TrySendError::Disconnected(_)) => return,
                Err(TrySendError::Full(back)) => message = back,
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Handle of a worker: sends it messages.
pub(crate) struct WorkerHandle {
    pub(crate) mailbox: Mailbox,
    /// Number of rooms on the worker, or on their way to it.
    pub(crate) rooms: AtomicUsize,
    /// The Redis stream of its journal.
    pub(crate) stream: String,
    pub(crate) watch: Arc<Watch>,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server closes with this code.
    Close(u16, &'static str),
    /// The server closes with 4010: a field of the game's input breaks this rule.
    BadField(&'static str, &'static str),
    /// The client closed, and the close was answered.
    Closed,
    /// The connection is dead: nothing more can be sent.
    Lost,
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.code(), code.reason())
    }
}

/// Close for clients that should reconnect later: 1012, service restart.
pub(crate) const RESTART: End = End::Close(1012, "the server restarts");

/// A finished match, and a player who may read its replay.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) pool: String,
    pub(crate) room: String,
    pub(crate) player: String,
}
