//! A room of any game on its worker.

use std::sync::Arc;

use game::{Rate, Seat};
use room::{BotTerms, Fault, Player};
use tokio::sync::oneshot;

use crate::net::session::Session;
use crate::rooms::checkpoint::Place;
use crate::worker::hosted_room::WorkerContext;
use crate::worker::late::LateTerms;
use crate::worker::messages::{Confirmed, End, Handover, RoomKey, Snapped};

/// What a worker needs of a room, whatever its game. A tick makes two calls: `step` and `write`.
pub(crate) trait Hosted: Send {
    /// The first half of a tick: reads the inputs and steps. Afterwards the record is in the
    /// journal entry, and no player has seen the tick.
    fn step(&mut self, context: &mut WorkerContext) -> Status;

    /// The second half of a tick: writes to every session.
    fn write(&mut self, context: &mut WorkerContext) -> Status;

    fn status(&self) -> Status;

    /// The name of its game.
    fn game(&self) -> &'static str;

    /// The limit that its game broke.
    fn fault(&self) -> Option<&Fault>;

    /// The room arrives on its worker, as the `dealt`th one. `snapshot_frames` as in
    /// [`Hosted::limit_snapshots`].
    fn begin(&mut self, dealt: u32, snapshot_frames: u32);

    /// How often its game steps.
    fn rate(&self) -> Rate;

    /// Of a room that sleeps: this many frames (1/60 s) have passed since it ran last. `step` and
    /// `write` follow.
    fn handle_frames(&mut self, frames: u32);

    /// Of a room that sleeps: frames until it has to run; None: when something wakes it.
    fn wakes_in(&self) -> Option<u32>;

    /// Sets the minimum snapshot interval, in frames.
    fn limit_snapshots(&mut self, frames: u32);

    /// The seat of a player who may connect.
    fn seat_of(&self, player_id: &str) -> Option<Seat>;

    /// Connects a player; an earlier session of the same seat is superseded.
    fn connect(&mut self, seat: Seat, session: Session, context: &mut WorkerContext);

    /// Bots play the seats of bots, and for players who are away for long.
    fn allow_bots(&mut self, terms: BotTerms);

    /// The room takes late players.
    fn allow_late(&mut self, terms: LateTerms);

    /// A player joins the running match. A repeat changes nothing.
    fn join(&mut self, seat: Seat, player: Player, context: &mut WorkerContext);

    /// The player has left the match. Their session ends with `end`.
    fn leave(&mut self, player_id: &str, end: End, context: &mut WorkerContext);

    /// Pauses the room until the lobby confirms that this relay still owns it.
    fn set_unconfirmed(&mut self);

    /// The lobby has a checkpoint: the room was ours when it was written.
    fn confirm(&mut self, confirmed: Confirmed);

    /// Answers with its state, for operators.
    fn describe(&self, everything: bool, reply: oneshot::Sender<Vec<u8>>);

    /// Stops the room and answers with its last checkpoint. A room that is over ends by itself.
    fn freeze(&mut self, reply: oneshot::Sender<Snapped>, context: &mut WorkerContext);

    /// The room's first checkpoint on this relay. `created_ms`, ms since 1970, is set for a new
    /// match: the checkpoint then begins its replay.
    fn first_checkpoint(&mut self, relay: &str, place: Place, created_ms: Option<u64>) -> Snapped;

    /// Queues the room's new address for every player.
    fn send_moved(&mut self, handover: &Handover);

    /// Ends every session, as when the room is no longer ours.
    fn end_sessions(&mut self, end: End, context: &mut WorkerContext);

    /// Writes the remaining reliable messages, such as `over`. If the match ended but its end does
    /// not count, writes nothing. The room must not have failed.
    fn write_last_messages(&mut self, end: End, context: &mut WorkerContext);
}

/// A room after a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status {
    /// The newest simulated tick.
    pub(crate) tick: u32,
    pub(crate) has_fault: bool,
}

/// A room in a worker's groups, with what the worker reads of it around each call.
pub(crate) struct OnWorker {
    pub(crate) key: Arc<RoomKey>,
    /// See [`RoomKey::number`].
    pub(crate) number: u64,
    /// As of the last call.
    pub(crate) tick: u32,
    /// It steps in each frame whose number leaves this remainder …
    pub(crate) turn: u32,
    /// … when divided by this: frames from one tick to the next.
    pub(crate) every: u32,
    pub(crate) room: Box<dyn Hosted>,
}

impl OnWorker {
    pub(crate) fn new(key: Arc<RoomKey>, room: Box<dyn Hosted>, turn: u32) -> Self {
        Self {
            turn,
            every: room.rate().frames_per_tick(),
            number: key.number(),
            tick: room.status().tick,
            key,
            room,
        }
    }

    /// Whether it steps in this frame.
    pub(crate) fn is_due(&self, frame: u64) -> bool {
        self.every == 1 || (frame % u64::from(self.every)) as u32 == self.turn
    }
}
