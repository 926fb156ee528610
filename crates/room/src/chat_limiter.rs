//! Rate limit of one seat's game messages.

use game::TICKS_PER_SECOND;

/// Messages of the game's own that a seat may send in a second.
pub const CHAT_PER_SECOND: u32 = 4;
/// Those that it may send at once. All seats at once fill less than half a lane.
pub const CHAT_BURST: u32 = 4;

/// A bucket of messages, in sixtieths, refilled by ticks. It belongs to the seat: a new connection does not fill it.
#[derive(Clone, Debug)]
pub(crate) struct ChatLimiter(u32);

impl ChatLimiter {
    pub(crate) fn new() -> Self {
        Self(CHAT_BURST * TICKS_PER_SECOND)
    }

    pub(crate) fn handle_tick(&mut self) {
        self.0 = (self.0 + CHAT_PER_SECOND).min(CHAT_BURST * TICKS_PER_SECOND);
    }

    /// False when there was too much.
    #[must_use]
    pub(crate) fn take(&mut self) -> bool {
        let left = self.0.checked_sub(TICKS_PER_SECOND);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}
