//! Messages between workers and the other threads, and the keys of rooms in them.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use game::Game;
use lobby::journal::JournalLink;
use lobby::{Checkpoint, Origin, Score};
use protocol::{CloseCode, Encoding};
use room::Room;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::worker::watch::Watch;

/// A room as the lobby gave it to this server: a later epoch of the same room is another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RoomKey {
    pub(crate) pool: String,
    pub(crate) room: String,
    pub(crate) epoch: u64,
}

impl RoomKey {
    /// What stands for it in a journal, and in what a worker publishes.
    pub(crate) fn number(&self) -> u64 {
        protocol::record::room_key(&self.room, self.epoch)
    }
}

/// An upgraded connection of a player whose ticket is redeemed.
pub(crate) struct NewConnection {
    pub(crate) key: Arc<RoomKey>,
    pub(crate) player_id: String,
    pub(crate) encoding: Encoding,
    /// By which the client reached the front door; another game server that it serves is named relative to this.
    pub(crate) origin: Option<Origin>,
    /// Non-blocking, and of no runtime.
    pub(crate) socket: TcpStream,
    /// Kept as long as the socket; none where nobody counts.
    pub(crate) place: Option<OwnedSemaphorePermit>,
    /// What came in behind the handshake.
    pub(crate) read: Bytes,
}

/// Messages to a worker.
pub(crate) enum ToWorker<G: Game> {
    /// A room that the lobby confirmed to be ours at this moment.
    Host(Arc<RoomKey>, Box<Room<G>>, Instant),
    Connect(NewConnection),
    /// The player gave up their seat, or their record expired.
    Left(Arc<RoomKey>, String),
    /// The lobby has a checkpoint of the room.
    Saved(Arc<RoomKey>, Confirmed),
    /// Tick no more, and report the last checkpoint with this reply. Of a room that is over or not here, the reply is dropped.
    Freeze(Arc<RoomKey>, oneshot::Sender<bool>),
    /// Send the players to where the room is now, and let go of it.
    Move(Arc<RoomKey>, Handover),
    /// Let go of the room and end its sessions so.
    Drop(Arc<RoomKey>, End),
    /// A connection for the journal.
    Link(JournalLink),
    /// Close everything and end.
    Shutdown,
}

/// What the lobby has of a room: everything up to the tick, as a checkpoint that was made then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confirmed {
    pub(crate) tick: u32,
    pub(crate) made: Instant,
}

/// Where a room was handed over to, with a seat ticket for each player.
#[derive(Debug)]
pub(crate) struct Handover {
    pub(crate) url: String,
    pub(crate) epoch: u64,
    pub(crate) tickets: BTreeMap<String, String>,
}

/// What a worker reports of a room, at most once each, so that the channel is bounded by the rooms there are.
pub(crate) enum RoomExit {
    /// The match is over; the worker keeps the room until it receives [`ToWorker::Drop`].
    Over(Vec<Score>, Box<Snapped>),
    /// It ticks no more here. Whether the lobby has its last checkpoint is the reply.
    Frozen(Box<Snapped>, oneshot::Sender<bool>),
    /// The room failed; its sessions are closed.
    Failed,
    /// The worker has dropped it.
    Gone,
}

/// A checkpoint and when it was made.
pub(crate) struct Snapped {
    pub(crate) key: Arc<RoomKey>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) made: Instant,
}

/// Channels from a worker to the other threads. Sending never blocks.
#[derive(Clone)]
pub(crate) struct Reports {
    pub(crate) exits: mpsc::UnboundedSender<(Arc<RoomKey>, RoomExit)>,
    /// Bounded: a checkpoint that finds it full is dropped, a newer one follows soon.
    pub(crate) checkpoints: mpsc::Sender<Snapped>,
    /// Workers whose journal needs a connection: asked once each, until it is there.
    pub(crate) links: mpsc::UnboundedSender<usize>,
}

impl Reports {
    pub(crate) fn exit(&self, key: &Arc<RoomKey>, exit: RoomExit) {
        // Fails only while the whole server ends.
        let _ = self.exits.send((key.clone(), exit));
    }
}

/// The one way into a worker: bounded, drained at each of its phases.
pub(crate) struct Mailbox<G: Game> {
    sender: SyncSender<ToWorker<G>>,
    watch: Arc<Watch>,
}

/// Messages that may wait for a worker's next phase.
pub(crate) const MAILBOX_MAX: usize = 1024;

impl<G: Game> Mailbox<G> {
    pub(crate) fn new(sender: SyncSender<ToWorker<G>>, watch: Arc<Watch>) -> Self {
        Self { sender, watch }
    }

    /// False: the worker is flooded or gone, and the message is lost.
    pub(crate) fn offer(&self, message: ToWorker<G>) -> bool {
        self.sender.try_send(message).is_ok()
    }

    /// For what must arrive: waits until there is room. Only a worker that has ended or does not come back loses it, and its
    /// rooms are lost to this server with it.
    pub(crate) async fn send(&self, mut message: ToWorker<G>) {
        while !self.watch.is_lost() {
            match self.sender.try_send(message) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
                Err(TrySendError::Full(back)) => message = back,
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Sends messages to a worker.
pub(crate) struct WorkerHandle<G: Game> {
    pub(crate) mailbox: Mailbox<G>,
    /// Rooms on it, or on their way to it.
    pub(crate) rooms: AtomicUsize,
    /// The stream of its journal.
    pub(crate) stream: String,
    pub(crate) watch: Arc<Watch>,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server closes with this code.
    Close(u16, &'static str),
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
