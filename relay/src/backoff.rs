//! Exponential backoff between attempts.

use std::time::Duration;

/// Delays that double from `first` to `longest`.
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// An attempt succeeded: the next delay is the first again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }

    /// Waits for the next delay.
    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(self.longest);
    }
}
