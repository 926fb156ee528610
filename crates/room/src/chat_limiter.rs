//! Rate limit of game messages.

use game::FRAMES_PER_SECOND;

/// Game messages that a seat may send per second.
pub const CHAT_PER_SECOND: u32 = 4;
/// Burst size. The bursts of five seats fill less than half of a reliable queue.
pub const CHAT_BURST: u32 = 4;
/// The seats of a room together may send at most as much as this number of seats.
pub(crate) const CHAT_SEATS_MAX: u32 = 5;

/// A token bucket in sixtieths of a message, refilled each frame (1/60 s). It belongs to a seat or
/// to the room, so a reconnect does not refill it.
#[derive(Clone, Debug)]
pub(crate) struct ChatLimiter {
    tokens: u32,
    /// How many seats share it.
    seats: u32,
}

impl ChatLimiter {
    /// A full bucket for this number of seats.
    pub(crate) fn new(seats: u32) -> Self {
        Self {
            tokens: seats * CHAT_BURST * FRAMES_PER_SECOND,
            seats,
        }
    }

    /// Advances by this many frames.
    pub(crate) fn handle_frames(&mut self, frames: u32) {
        let full = self.seats * CHAT_BURST * FRAMES_PER_SECOND;
        let refilled = frames.saturating_mul(self.seats * CHAT_PER_SECOND);
        self.tokens = full.min(self.tokens.saturating_add(refilled));
    }

    /// Takes one message from the bucket. False: the limit is exceeded.
    #[must_use]
    pub(crate) fn take(&mut self) -> bool {
        let left = self.tokens.checked_sub(FRAMES_PER_SECOND);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}
