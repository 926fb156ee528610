//! Exponential backoff between attempts.

use std::fmt;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

/// Delays that double from `first` to `longest`, each with a random addition of up to its own length, so that clients
/// do not retry in step. The sequence is endless.
pub struct Backoff {
    builder: ExponentialBuilder,
    longest: Duration,
    delays: ExponentialBackoff,
}

impl Backoff {
    /// Starts with no failure.
    pub fn new(first: Duration, longest: Duration) -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(first)
            .with_max_delay(longest)
            .without_max_times()
            .with_jitter();
        Self {
            builder,
            longest,
            delays: builder.build(),
        }
    }

    /// Records a success: the next delay is the first one again.
    pub fn reset(&mut self) {
        self.delays = self.builder.build();
    }

    /// Returns the delay before the next attempt.
    pub fn delay(&mut self) -> Duration {
        self.delays.next().unwrap_or(self.longest)
    }

    /// Waits for the next delay.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.delay()).await;
    }
}

impl Default for Backoff {
    /// From a quarter of a second to five seconds.
    fn default() -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(5))
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.builder.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_begin_again_after_a_success() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(100), ms(400));
        for least in [100, 200, 400, 400, 400] {
            let delay = backoff.delay();
            assert!((ms(least)..=ms(2 * least)).contains(&delay), "{delay:?}");
        }
        backoff.reset();
        assert!(backoff.delay() <= ms(200));
    }
}
