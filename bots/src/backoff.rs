//! Exponential backoff with a limit and jitter.

use std::time::Duration;

use uuid::Uuid;

/// Delays between tries that grow from `first` to `most`.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    /// The first delay, and the one it never exceeds.
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self {
            first,
            most,
            next: first,
        }
    }

    /// Something worked: the next failure waits as briefly as the first.
    pub fn reset(&mut self) {
        self.next = self.first;
    }

    /// How long to wait now: between half of the current delay and all of it.
    pub fn delay(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.most);
        let jitter = f64::from(Uuid::new_v4().as_u128() as u32) / f64::from(u32::MAX);
        whole.mul_f64(0.5 + jitter / 2.0)
    }

    /// Waits that long.
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
