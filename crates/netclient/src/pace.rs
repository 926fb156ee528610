//! The send rate of inputs: every tick, or several ticks in one message on a slow line.
//!
//! The sign is how long ago the newest input was asked for that the room has heard of. What that is longer than usual
//! waits in queues on the way, of which no socket tells. A rate that turns out to be too high again waits twice as long
//! the next time.

use game::Rate;

/// Frames (1/60 s) in a message, at most: the room takes four ticks, and an input should not wait
/// longer.
const INTERVAL_FRAMES_MAX: u32 = 4;
/// Allowed excess age of an input, frames, beside a quarter of the usual age.
const EXCESS_FRAMES_MAX: u32 = 6;
/// Frames the excess must last before the rate changes; head-of-line blocking resolves in bursts.
const PATIENCE_FRAMES: u32 = 20;
/// A new rate is judged only after this, frames, beside the age itself.
const PAUSE_FRAMES: u32 = 15;
/// Calm frames before a higher rate is tried.
const CALM_FRAMES: u32 = 300;
/// The greatest number of times that the wait doubles.
const DOUBLINGS_MAX: u32 = 4;
/// The usual age is the least of the last one to two of these, frames.
const USUAL_FRAMES: u32 = 900;

/// The rate of one client. Its moments are in frames of the match.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// Of the game.
    rate: Rate,
    /// Ticks in a message.
    interval: u32,
    least: [u32; 2],
    window_began: u32,
    /// The rate is not judged before.
    judged_from: u32,
    calm_since: u32,
    /// Since when inputs are too old; None: they are not.
    old_since: Option<u32>,
    doublings: u32,
}

impl Pace {
    /// `now` is a tick.
    pub(crate) fn new(now: u32, rate: Rate) -> Self {
        let now = now.saturating_mul(rate.frames_per_tick());
        Self {
            rate,
            interval: 1,
            least: [u32::MAX; 2],
            window_began: now,
            judged_from: now,
            calm_since: now,
            old_since: None,
            doublings: 0,
        }
    }

    /// Ticks in a message.
    pub(crate) fn interval(&self) -> u32 {
        self.interval
    }

    /// In this tick it was said that the room has heard of the input of that tick.
    pub(crate) fn handle_heard(&mut self, now: u32, heard: u32) {
        let frames = self.rate.frames_per_tick();
        let age = now.saturating_sub(heard).saturating_mul(frames);
        let now = now.saturating_mul(frames);
        let usual = self.usual(now, age);
        if age > usual + usual / 4 + EXCESS_FRAMES_MAX {
            self.calm_since = now;
            let since = *self.old_since.get_or_insert(now);
            if now >= self.judged_from.max(since + PATIENCE_FRAMES) {
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

    fn degrade(&mut self, judged_from: u32) {
        if self.interval < (INTERVAL_FRAMES_MAX / self.rate.frames_per_tick()).max(1) {
            self.interval += 1;
            self.doublings = (self.doublings + 1).min(DOUBLINGS_MAX);
            self.judged_from = judged_from;
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

    /// Inputs that are acknowledged at this age for a number of ticks; the interval after them.
    fn check(pace: &mut Pace, from: u32, ticks: u32, age: u32, interval: u32) {
        (from..from + ticks).for_each(|now| pace.handle_heard(now, now - age));
        assert_eq!(pace.interval(), interval, "{pace:?}");
    }

    #[test]
    fn a_queue_costs_messages_until_it_is_gone() {
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
    fn lost_segments_cost_no_rate() {
        let mut pace = Pace::new(100, Rate::HZ60);
        for now in 100..20_000_u32 {
            pace.handle_heard(now, now - 11 - (16_u32).saturating_sub(now % 60));
        }
        assert_eq!(pace.interval(), 1);
    }
}
