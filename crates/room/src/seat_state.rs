//! The state of one seat: its connection, its inputs, and its unsent messages.

use game::{FRAMES_PER_SECOND, Input, InputSchema, Rate, SeatInput};
use protocol::limits::UNACKED_SNAPSHOT_HZ;
use protocol::record::Presence;
use protocol::{CloseCode, Encoding};

use crate::actions::SeatActions;
use crate::chat_limiter::ChatLimiter;
use crate::datagrams::Datagrams;
use crate::inputs::Inputs;
use crate::pace::Pace;
use crate::reliable_queue::ReliableQueue;
use crate::snapshots::Written;

/// Snapshot interval, in frames, for clients that do not send acks.
const SNAPSHOT_FRAMES: u32 = FRAMES_PER_SECOND / UNACKED_SNAPSHOT_HZ;

/// An assigned seat. Its player may be away or have left.
#[derive(Clone, Debug)]
pub(crate) struct SeatState {
    /// Encoding of the connection; None while the player is away.
    pub(crate) connection: Option<Encoding>,
    /// The player has left.
    pub(crate) left: bool,
    /// The next input of the bot that plays this seat; None: no bot plays it. Never set while the
    /// player is connected.
    pub(crate) bot: Option<Input>,
    pub(crate) inputs: Inputs,
    pub(crate) reliable_queue: ReliableQueue,
    pub(crate) snapshot_due: bool,
    pub(crate) written: Written,
    /// The snapshots that were sent as datagrams; None: the connection is reliable.
    pub(crate) datagrams: Option<Box<Datagrams>>,
    pub(crate) pace: Pace,
    pub(crate) chat_limiter: ChatLimiter,
    pub(crate) actions: SeatActions,
    rate: Rate,
    close: Option<CloseCode>,
}

impl SeatState {
    pub(crate) fn new(inputs: &'static InputSchema, rate: Rate) -> Self {
        Self {
            connection: None,
            left: false,
            bot: None,
            inputs: Inputs::new(inputs, rate),
            reliable_queue: ReliableQueue::default(),
            snapshot_due: false,
            written: Written::default(),
            datagrams: None,
            pace: Pace::new(rate),
            chat_limiter: ChatLimiter::new(1),
            actions: SeatActions::new(),
            rate,
            close: None,
        }
    }

    /// A seat of a resumed match, with its last input.
    pub(crate) fn resumed(
        inputs: &'static InputSchema,
        rate: Rate,
        left: bool,
        last: Input,
    ) -> Self {
        Self {
            left,
            inputs: Inputs::after(inputs, rate, last),
            ..Self::new(inputs, rate)
        }
    }

    pub(crate) fn presence(&self) -> Presence {
        match self.connection {
            _ if self.left => Presence::Left,
            Some(_) => Presence::Here,
            None if self.bot.is_some() => Presence::Here,
            None => Presence::Away,
        }
    }

    /// The input of a seat without a connection: that of its bot, or neutral.
    pub(crate) fn absent_input(&mut self) -> SeatInput {
        match self.bot {
            Some(input) => self.inputs.set(input),
            None => self.inputs.neutral(),
        }
    }

    /// Snapshot interval, in frames. Clients without acks get the fixed rate.
    pub(crate) fn snapshot_interval(&self) -> u32 {
        match self.connection {
            Some(Encoding::Binary) if self.inputs.seen().is_some() => self.pace.interval(),
            _ => SNAPSHOT_FRAMES,
        }
    }

    /// Advances by a tick of this many frames; `now` is the newest simulated tick.
    pub(crate) fn handle_tick(&mut self, frames: u32, now: u32) {
        self.chat_limiter.handle_frames(frames);
        self.reliable_queue.handle_frames(frames);
        if let Some(seen) = self.inputs.seen() {
            let age = now.saturating_sub(seen).saturating_mul(frames);
            self.pace.handle_frames(frames, age);
        }
    }

    pub(crate) fn connect(&mut self, encoding: Encoding) {
        self.disconnect();
        if self.left {
            self.close = Some(CloseCode::Left);
            return;
        }
        self.connection = Some(encoding);
        self.bot = None;
        self.inputs.reset();
        self.snapshot_due = true;
        self.pace = Pace::new(self.rate);
    }

    pub(crate) fn disconnect(&mut self) {
        self.connection = None;
        self.reliable_queue.clear();
        self.snapshot_due = false;
        self.written = Written::default();
        self.datagrams = None;
        self.close = None;
    }

    /// Disconnects the seat; [`SeatState::poll_close`] returns the code afterwards.
    pub(crate) fn give_up(&mut self, code: CloseCode) {
        if self.connection.is_some() {
            self.disconnect();
            self.close = Some(code);
        }
    }

    /// Closes the connection once the reliable queue is empty; see [`SeatState::poll_close`].
    pub(crate) fn close_when_sent(&mut self, code: CloseCode) {
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
