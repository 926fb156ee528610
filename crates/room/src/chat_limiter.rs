//! Rate limit of one seat's game messages.

use game::FRAMES_PER_SECOND;

/// Game messages that a seat may send per second.
pub const CHAT_PER_SECOND: u32 = 4;
/// Burst size. The bursts of all seats fill less than half of a reliable queue.
pub const CHAT_BURST: u32 = 4;

/// A token bucket in sixtieths of a message, refilled each frame (1/60 s). It belongs to the seat, so a
/// reconnect does not refill it.
#[derive(Clone, Debug)]
pub(crate) struct ChatLimiter(u32);

impl ChatLimiter {
    pub(crate) fn new() -> Self {
        Self(CHAT_BURST * FRAMES_PER_SECOND)
    }

    /// This many frames have passed.
    pub(crate) fn handle_frames(&mut self, frames: u32) {
        self.0 = self
            .0
            .saturating_add(CHAT_PER_SECOND.saturating_mul(frames))
            .min(CHAT_BURST * FRAMES_PER_SECOND);
    }

    /// Takes one message from the bucket. False: the limit is exceeded.
    #[must_use]
    pub(crate) fn take(&mut self) -> bool {
        let left = self.0.checked_sub(FRAMES_PER_SECOND);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}
