//! Waiting for a condition, with a timeout.

use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits before it fails. Generous, because test machines are busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Calls `poll` until it returns a value.
///
/// # Panics
/// After [`PATIENCE`].
pub fn eventually<T>(what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = poll() {
            return answer;
        }
        assert!(Instant::now() < deadline, "timed out: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
