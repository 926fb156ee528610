//! The send rate of inputs: every tick, or several ticks in one message on a slow connection.
//!
//! Measures the age of the newest input that the room has received. Age beyond the usual age is queueing delay on the
//! path, which no socket API reports. If a higher rate turns out to be too high again, the wait before the next attempt
//! doubles.

use game::Rate;

/// The longest interval between messages, frames (1/60 s). The room accepts four ticks in a message,
/// and an input should not wait longer.
const INTERVAL_FRAMES_MAX: u32 = 4;
/// Allowed excess age of an input, frames, in addition to a quarter of the usual age.
const EXCESS_FRAMES_MAX: u32 = 6;
/// How long the excess must last before the rate changes, frames. Head-of-line blocking resolves in bursts.
const PATIENCE_FRAMES: u32 = 20;
/// How long a new rate is not evaluated, frames, in addition to the age itself.
const PAUSE_FRAMES: u32 = 15;
/// Frames without excess age before a higher rate is tried.
const CALM_FRAMES: u32 = 300;
/// How often the wait for a higher rate can double.
const DOUBLINGS_MAX: u32 = 4;
/// The window of the usual age, frames. The usual age is the minimum of the current window and the one before.
const USUAL_FRAMES: u32 = 900;

/// The send rate of one client. Times are in frames of the match.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// The game's rate.
    rate: Rate,
    /// Ticks per message.
    interval: u32,
    /// The minimum age in the current window and in the one before.
    least: [u32; 2],
    window_began: u32,
    /// The rate is not evaluated before this frame.
    evaluated_from: u32,
    calm_since: u32,
    /// When inputs became too old; None while they are not.
    old_since: Option<u32>,
    doublings: u32,
}

impl Pace {
    /// `now` is a tick, not a frame.
    pub(crate) fn new(now: u32, rate: Rate) -> Self {
        let now = now.saturating_mul(rate.frames_per_tick());
        Self {
            rate,
            interval: 1,
            least: [u32::MAX; 2],
            window_began: now,
            evaluated_from: now,
            calm_since: now,
            old_since: None,
            doublings: 0,
        }
    }

    /// Ticks per message.
    pub(crate) fn interval(&self) -> u32 {
        self.interval
    }

    /// At tick `now`, a snapshot reported that the room had received the input of tick `received`.
    pub(crate) fn handle_received(&mut self, now: u32, received: u32) {
        let frames = self.rate.frames_per_tick();
        let age = now.saturating_sub(received).saturating_mul(frames);
        let now = now.saturating_mul(frames);
        let usual = self.usual(now, age);
        if age > usual + usual / 4 + EXCESS_FRAMES_MAX {
            self.calm_since = now;
            let since = *self.old_since.get_or_insert(now);
            if now >= self.evaluated_from.max(since + PATIENCE_FRAMES) {
                self.degrade(now + PAUSE_FRAMES + age);
            }
            return;
        }
        self.old_since = None;
        if now.saturating_sub(self.calm_since) > CALM_FRAMES << self.doublings {
            self.calm_since = now;
            if self.interval > 1 {
                self.interval -= 1;
            } else {
                self.doublings = 0;
            }
        }
    }

    fn degrade(&mut self, evaluated_from: u32) {
        if self.interval < (INTERVAL_FRAMES_MAX / self.rate.frames_per_tick()).max(1) {
            self.interval += 1;
            self.doublings = (self.doublings + 1).min(DOUBLINGS_MAX);
            self.evaluated_from = evaluated_from;
        }
    }

    fn usual(&mut self, now: u32, age: u32) -> u32 {
        if now.saturating_sub(self.window_began) > USUAL_FRAMES {
            self.window_began = now;
            self.least = [age, self.least[0]];
        }
        self.least[0] = self.least[0].min(age);
        self.least[0].min(self.least[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports this age for a number of ticks, then checks the interval.
    fn check(pace: &mut Pace, from: u32, ticks: u32, age: u32, interval: u32) {
        (from..from + ticks).for_each(|now| pace.handle_received(now, now - age));
        assert_eq!(pace.interval(), interval, "{pace:?}");
    }

    #[test]
    fn the_interval_grows_while_inputs_queue_and_shrinks_afterwards() {
        let mut pace = Pace::new(100, Rate::HZ60);
        check(&mut pace, 100, 600, 8, 1);
        check(&mut pace, 700, 100, 16, 1);
        check(&mut pace, 800, 20, 20, 1);
        check(&mut pace, 820, 1, 20, 2);
        check(&mut pace, 821, 35, 20, 3);
        check(&mut pace, 856, 1000, 10, 3);
        check(&mut pace, 1856, 300, 10, 2);
    }

    #[test]
    fn short_bursts_of_head_of_line_blocking_do_not_change_the_interval() {
        let mut pace = Pace::new(100, Rate::HZ60);
        for now in 100..20_000_u32 {
            pace.handle_received(now, now - 11 - (16_u32).saturating_sub(now % 60));
        }
        assert_eq!(pace.interval(), 1);
    }
}
