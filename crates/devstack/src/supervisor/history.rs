//! Restart delays of one part, and the limit on how often it may end.

use std::time::{Duration, Instant};

/// A part that ends this often within [`WINDOW`] is not restarted.
pub(super) const ENDS_MAX: usize = 5;
const WINDOW: Duration = Duration::from_mins(1);
/// The first restart is immediate, the second one waits this long, and each further one within the window waits twice
/// as long as the previous one.
const DELAY: Duration = Duration::from_millis(250);

/// The ends of one part.
#[derive(Debug, Default)]
pub(super) struct History {
    ends: Vec<Instant>,
}

impl History {
    /// Records an end. Returns the wait before the restart, or None if the part ended too often.
    pub(super) fn ended(&mut self, now: Instant) -> Option<Duration> {
        self.ends
            .retain(|end| now.saturating_duration_since(*end) < WINDOW);
        self.ends.push(now);
        match self.ends.len() {
            1 => Some(Duration::ZERO),
            count if count >= ENDS_MAX => None,
            count => Some(DELAY * (1 << (count - 2))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restart_delays_double_until_the_fifth_end_within_a_minute() {
        let began = Instant::now();
        let mut history = History::default();
        let delays: Vec<_> = (0..5)
            .map(|second| history.ended(began + Duration::from_secs(second)))
            .collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(delays, [ms(0), ms(250), ms(500), ms(1000), None]);
    }

    #[test]
    fn an_end_is_forgotten_after_a_minute() {
        let began = Instant::now();
        let mut history = History::default();
        for minute in 0..20 {
            let delay = history.ended(began + Duration::from_secs(60 * minute));
            assert_eq!(delay, Some(Duration::ZERO), "minute {minute}");
        }
    }
}
