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

/// What a worker needs of a room of any game. A tick makes two calls: `step` and `write`.
pub(crate) trait Hosted: Send {
    /// The first half of a tick: reads the inputs and steps. Afterwards the record is in the journal entry, and no
    /// player has seen the tick yet.
    fn step(&mut self, context: &mut WorkerContext) -> Status;

    /// The second half of a tick: writes to every session.
    fn write(&mut self, context: &mut WorkerContext) -> Status;

    fn status(&self) -> Status;

    /// The name of its game.
    fn game(&self) -> &'static str;

    /// The limit that its game exceeded.
    fn fault(&self) -> Option<&Fault>;

    /// Called when the room arrives on its worker, as the `dealt`th room. `snapshot_frames`: see
    /// [`Hosted::limit_snapshots`].
    fn begin(&mut self, dealt: u32, snapshot_frames: u32);

    /// How often its game steps.
    fn rate(&self) -> Rate;

    /// For a sleeping room: this number of frames (1/60 s) has passed since it last ran. `step` and `write` follow.
    fn handle_frames(&mut self, frames: u32);

    /// For a sleeping room: frames until it must run; None: it waits for a wake-up.
    fn wakes_in(&self) -> Option<u32>;

    /// Sets the minimum snapshot interval, in frames.
    fn limit_snapshots(&mut self, frames: u32);

    /// The seat of a player who may connect.
    fn seat_of(&self, player_id: &str) -> Option<Seat>;

    /// Connects a player; supersedes an earlier session of the same seat.
    fn connect(&mut self, seat: Seat, session: Session, context: &mut WorkerContext);

    /// Lets bots play the seats of bots, and the seats of players who are away for long.
    fn allow_bots(&mut self, terms: BotTerms);

    /// Lets the room take late players.
    fn allow_late(&mut self, terms: LateTerms);

    /// Adds a player to the running match. A repeat changes nothing.
    fn join(&mut self, seat: Seat, player: Player, context: &mut WorkerContext);

    /// Removes a player from the match. Their session ends with `end`.
    fn leave(&mut self, player_id: &str, end: End, context: &mut WorkerContext);

    /// Pauses the room until the lobby confirms that this relay still owns it.
    fn set_unconfirmed(&mut self);

    /// Records that the lobby has a checkpoint, which shows that the room belonged to this relay when it was taken.
    fn confirm(&mut self, confirmed: Confirmed);

    /// Replies with the state of the room, for operators.
    fn describe(&self, everything: bool, reply: oneshot::Sender<Vec<u8>>);

    /// Stops the room and answers with its last checkpoint. A room whose match is over does not answer.
    fn freeze(&mut self, reply: oneshot::Sender<Snapped>, context: &mut WorkerContext);

    /// The room's first checkpoint on this relay. `created_ms`, ms since 1970, is set for a new
    /// match: the checkpoint then begins its replay.
    fn first_checkpoint(&mut self, relay: &str, place: Place, created_ms: Option<u64>) -> Snapped;

    /// Queues the room's new address for every player.
    fn send_moved(&mut self, handover: &Handover);

    /// Ends every session, for example when the room belongs to another relay.
    fn end_sessions(&mut self, end: End, context: &mut WorkerContext);

    /// Writes the remaining reliable messages, such as `over`. Writes nothing if the match ended but its end does not
    /// count. The room must not have failed.
    fn write_last_messages(&mut self, end: End, context: &mut WorkerContext);
}

/// The state of a room after a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status {
    /// The last simulated tick.
    pub(crate) tick: u32,
    pub(crate) has_fault: bool,
}

/// A room in a worker's groups, with the data that the worker reads around each call.
pub(crate) struct OnWorker {
    pub(crate) key: Arc<RoomKey>,
    /// See [`RoomKey::number`].
    pub(crate) number: u64,
    /// The tick after the last call.
    pub(crate) tick: u32,
    /// The room steps in each frame whose number has this remainder …
    pub(crate) turn: u32,
    /// … modulo this number of frames from one tick to the next.
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
