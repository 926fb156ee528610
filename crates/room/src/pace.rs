//! Per-player snapshot pacing: snapshots are sent as often as the client's connection can carry them
//! without a queue.
//!
//! Clients acknowledge snapshots. The age of the newest acknowledged snapshot, beyond the
//! connection's usual age, measures the queues on the path. Ages and times are in frames (1/60 s). The
//! rate goes down when this excess stays high, and recovers after it has stayed low. Each recovery
//! that soon fails doubles the wait before the next.
use game::Rate;
use protocol::limits::SNAPSHOT_INTERVALS as INTERVALS;

/// Allowed excess age of a client's newest snapshot, in frames, on top of a quarter of the usual age
/// and the interval itself.
pub const EXCESS_FRAMES_MAX: u32 = 4;
/// Frames that the excess must last before the rate goes down: data held up by one lost segment
/// arrives in a burst.
pub const PATIENCE_FRAMES: u32 = 24;
/// Frames without a decision after a reduction, in addition to the age itself.
pub const DEGRADE_PAUSE_FRAMES: u32 = 15;
/// Frames with less than half of the allowed excess after which the rate goes up.
pub const RECOVER_FRAMES: u32 = 120;
/// A recovery fails if the rate goes down again within this time, in frames.
pub const RECOVERY_TRIAL_FRAMES: u32 = 300;
/// Maximum number of times that failures double the wait: 32 s.
const DOUBLINGS_MAX: u32 = 4;
/// The usual age is the minimum over the last one to two windows of this length, in frames.
const USUAL_FRAMES: u32 = 600;

/// The rate of one client.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// Index into [`SNAPSHOT_INTERVALS`](INTERVALS).
    rate: usize,
    /// The best rate: the first one whose interval is at least a tick.
    best: usize,
    /// The minimum age in this window and in the one before.
    least: [u32; 2],
    window_left: u32,
    pause_left: u32,
    /// Consecutive frames with too great an age.
    old_frames: u32,
    calm_frames: u32,
    since_recovery: u32,
    doublings: u32,
}

impl Pace {
    /// `game` is the rate of the game.
    pub(crate) fn new(game: Rate) -> Self {
        let is_whole = |&interval: &u32| interval >= game.frames_per_tick();
        let best = INTERVALS.iter().position(is_whole).unwrap_or_default();
        Self {
            rate: best,
            best,
            least: [u32::MAX; 2],
            window_left: USUAL_FRAMES,
            pause_left: 0,
            old_frames: 0,
            calm_frames: 0,
            since_recovery: u32::MAX,
            doublings: 0,
        }
    }

    /// Snapshot interval, in frames.
    pub(crate) fn interval(&self) -> u32 {
        INTERVALS[self.rate]
    }

    /// Advances by this many frames with this age of the newest acknowledged snapshot.
    pub(crate) fn handle_frames(&mut self, frames: u32, age: u32) {
        let usual = self.usual(frames, age);
        let excess = age - usual;
        let too_much = EXCESS_FRAMES_MAX + usual / 4 + self.interval();
        self.pause_left = self.pause_left.saturating_sub(frames);
        self.since_recovery = self.since_recovery.saturating_add(frames);
        if excess > too_much {
            self.calm_frames = 0;
            self.old_frames += frames;
            if self.pause_left == 0 && self.old_frames >= PATIENCE_FRAMES {
                self.degrade(age);
            }
            return;
        }
        self.old_frames = 0;
        if excess <= too_much / 2 {
            self.calm_frames += frames;
            if self.calm_frames >= RECOVER_FRAMES << self.doublings {
                self.recover();
            }
        }
    }

    fn degrade(&mut self, age: u32) {
        if self.since_recovery <= RECOVERY_TRIAL_FRAMES {
            self.doublings = (self.doublings + 1).min(DOUBLINGS_MAX);
        }
        self.since_recovery = u32::MAX;
        self.rate = (self.rate + 1).min(INTERVALS.len() - 1);
        self.pause_left = DEGRADE_PAUSE_FRAMES + age;
    }

    fn recover(&mut self) {
        self.calm_frames = 0;
        if self.rate > self.best {
            self.rate -= 1;
            self.since_recovery = 0;
        } else {
            // The best rate has lasted: forget earlier failures.
            self.doublings = 0;
        }
    }

    fn usual(&mut self, frames: u32, age: u32) -> u32 {
        self.window_left = self.window_left.saturating_sub(frames);
        if self.window_left == 0 {
            self.window_left = USUAL_FRAMES;
            self.least = [u32::MAX, self.least[0]];
        }
        self.least[0] = self.least[0].min(age);
        self.least[0].min(self.least[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a number of ticks with this age, then checks the interval.
    fn check(pace: &mut Pace, ticks: u32, age: impl Fn(u32) -> u32, interval: u32) {
        (0..ticks).for_each(|tick| pace.handle_frames(1, age(tick)));
        assert_eq!(pace.interval(), interval, "{pace:?}");
    }

    #[test]
    fn a_steady_connection_keeps_the_best_rate_at_any_latency() {
        for age in [1, 6, 20, 60] {
            check(&mut Pace::new(Rate::HZ60), 10_000, |tick| age + tick % 4, 1);
        }
    }

    #[test]
    fn occasional_lost_segments_do_not_lower_the_rate() {
        // A round trip of 150 ms; each second a segment arrives one and a half round trips late.
        check(
            &mut Pace::new(Rate::HZ60),
            10_000,
            |tick| 10 + (15u32).saturating_sub(tick % 60),
            1,
        );
    }

    #[test]
    fn lost_snapshots_and_acknowledgements_do_not_lower_the_rate() {
        // Each second 60 ms are lost, and some ages are three ticks greater.
        let age = |tick: u32| 9 + (tick % 60).min(4) + 3 * u32::from(tick.is_multiple_of(7));
        check(&mut Pace::new(Rate::HZ60), 10_000, age, 1);
    }

    #[test]
    fn a_lasting_queue_lowers_the_rate_step_by_step() {
        let mut pace = Pace::new(Rate::HZ60);
        check(&mut pace, 60, |_| 4, 1);
        check(&mut pace, 23, |_| 20, 1);
        check(&mut pace, 1, |_| 20, 2);
        check(&mut pace, 34, |_| 20, 2);
        check(&mut pace, 1, |_| 20, 3);
        check(&mut pace, 34, |_| 20, 3);
        check(&mut pace, 1, |_| 20, 6);
        check(&mut pace, 200, |_| 60, 6);
    }

    #[test]
    fn the_rate_recovers_after_two_seconds_of_low_age() {
        let mut pace = Pace::new(Rate::HZ60);
        check(&mut pace, 60, |_| 4, 1);
        check(&mut pace, 36, |tick| 4 + tick, 2);
        check(&mut pace, 119, |_| 5, 2);
        check(&mut pace, 1, |_| 5, 1);
    }

    #[test]
    fn a_failed_recovery_delays_the_next_one() {
        let mut pace = Pace::new(Rate::HZ60);
        check(&mut pace, 60, |_| 4, 1);
        check(&mut pace, 24, |_| 30, 2);
        check(&mut pace, 120, |_| 4, 1);
        check(&mut pace, 24, |_| 30, 2);
        check(&mut pace, 239, |_| 4, 2);
        check(&mut pace, 1, |_| 4, 1);
    }

    #[test]
    fn a_game_of_20_hz_has_two_rates_and_the_same_times() {
        let mut pace = Pace::new(Rate::Hz(20));
        let mut check = |ticks: u32, age, interval| {
            (0..ticks).for_each(|_| pace.handle_frames(3, age));
            assert_eq!(pace.interval(), interval, "{pace:?}");
        };
        check(40, 6, 3);
        check(7, 30, 3);
        check(1, 30, 6);
        check(100, 30, 6);
        check(39, 6, 6);
        check(1, 6, 3);
        check(400, 6, 3);
    }
}
