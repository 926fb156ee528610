//! The state of one seat: its connection, its inputs, and its unsent messages.

use game::{Input, InputSchema, TICKS_PER_SECOND};
use protocol::record::Presence;
use protocol::{CloseCode, Encoding};

use crate::actions::SeatActions;
use crate::chat_limiter::ChatLimiter;
use crate::inputs::Inputs;
use crate::pace::Pace;
use crate::reliable_queue::ReliableQueue;
use crate::snapshots::Written;

/// Snapshot interval, in ticks, for clients that do not send acks.
const SNAPSHOT_TICKS: u32 = TICKS_PER_SECOND / Encoding::Json.snapshot_hz();

/// An assigned seat. Its player may be away, or gone for good.
#[derive(Clone, Debug)]
pub(crate) struct SeatState {
    /// Encoding of the connection; None while the player is away.
    pub(crate) connection: Option<Encoding>,
    /// Given up for good.
    pub(crate) left: bool,
    pub(crate) inputs: Inputs,
    pub(crate) reliable_queue: ReliableQueue,
    pub(crate) snapshot_due: bool,
    pub(crate) written: Written,
    pub(crate) pace: Pace,
    pub(crate) chat_limiter: ChatLimiter,
    pub(crate) actions: SeatActions,
    close: Option<CloseCode>,
}

impl SeatState {
    pub(crate) fn new(inputs: &'static InputSchema) -> Self {
        Self {
            connection: None,
            left: false,
            inputs: Inputs::new(inputs),
            reliable_queue: ReliableQueue::default(),
            snapshot_due: false,
            written: Written::default(),
            pace: Pace::new(),
            chat_limiter: ChatLimiter::new(),
            actions: SeatActions::new(),
            close: None,
        }
    }

    /// A seat of a resumed match, with its last input.
    pub(crate) fn resumed(inputs: &'static InputSchema, left: bool, last: Input) -> Self {
        Self {
            left,
            inputs: Inputs::after(inputs, last),
            ..Self::new(inputs)
        }
    }

    pub(crate) fn presence(&self) -> Presence {
        match self.connection {
            _ if self.left => Presence::Left,
            Some(_) => Presence::Here,
            None => Presence::Away,
        }
    }

    /// Snapshot interval, in ticks. Clients without acks get the fixed rate.
    pub(crate) fn snapshot_interval(&self) -> u32 {
        match self.connection {
            Some(Encoding::Binary) if self.inputs.seen().is_some() => self.pace.interval(),
            _ => SNAPSHOT_TICKS,
        }
    }

    /// A tick has passed: `now` is simulated.
    pub(crate) fn handle_tick(&mut self, now: u32) {
        self.chat_limiter.handle_tick();
        self.reliable_queue.handle_tick();
        if let Some(seen) = self.inputs.seen() {
            self.pace.handle_tick(now.saturating_sub(seen));
        }
    }

    pub(crate) fn connect(&mut self, encoding: Encoding) {
        self.disconnect();
        if self.left {
            self.close = Some(CloseCode::Left);
            return;
        }
        self.connection = Some(encoding);
        self.inputs.reset();
        self.snapshot_due = true;
        self.pace = Pace::new();
    }

    pub(crate) fn disconnect(&mut self) {
        self.connection = None;
        self.reliable_queue.clear();
        self.snapshot_due = false;
        self.written = Written::default();
        self.close = None;
    }

    /// Disconnects the seat; [`SeatState::poll_close`] then returns the code.
    pub(crate) fn give_up(&mut self, code: CloseCode) {
        if self.connection.is_some() {
            self.disconnect();
            self.close = Some(code);
        }
    }

    /// Closes the connection once the reliable queue is empty; see [`SeatState::poll_close`].
    pub(crate) fn close_when_told(&mut self, code: CloseCode) {
        self.close = Some(code);
    }

    pub(crate) fn poll_close(&mut self) -> Option<CloseCode> {
        if self.reliable_queue.is_empty() {
            self.close.take()
        } else {
            None
        }
    }
}
