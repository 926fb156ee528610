//! Load shedder of a worker: reduces the snapshot rate so that ticks stay on time.
//!
//! It decides by the majority of the slots in a window, not by their sum: a thread that got no core for a third of a
//! second lost that time once, and a lower rate would not recover it.

use std::time::Duration;

use protocol::limits::SNAPSHOT_INTERVALS as LEVELS;

/// Length of a window.
const WINDOW: Duration = Duration::from_millis(500);
/// Minimum length of a window, in ticks. After a stall, up to 6 ticks are caught up and are late.
const WINDOW_TICKS: u32 = 24;
/// A phase that starts this late delays the next one.
const LATE: Duration = Duration::from_millis(4);
/// With less idle time than this, in percent, ticks start late: input arrives in bursts, and the control threads also
/// need the core.
const SPARE_MIN: u32 = 30;
/// With this much idle time, in percent, the next higher rate fits: it takes up to 1.6 times the CPU time.
const SPARE_FOR_MORE: u32 = 55;
/// Consecutive calm windows after which the rate is raised.
const CALM_WINDOWS: u32 = 2;
/// Windows for which a raised rate must last; otherwise the next attempt waits twice as long.
const TRIAL_WINDOWS: u32 = 10;
/// The most doublings of the wait after failures: up to 16 s.
const DOUBLINGS_MAX: u32 = 4;

/// State over the slots of one worker's schedule.
#[derive(Debug, Default)]
pub(crate) struct LoadShedder {
    level: usize,
    window: Option<Window>,
    calm_windows: u32,
    /// Windows since the rate was raised.
    since_rise: Option<u32>,
    doublings: u32,
    /// The rate was just lowered: this window still has the backlog of the old rate.
    is_settling: bool,
}

/// What was measured over the slots of the current window.
#[derive(Debug)]
struct Window {
    began: Duration,
    /// The newest slot.
    newest: Duration,
    slots: u32,
    /// Slots that started late or after too little sleep.
    strained: u32,
    /// Slots that started after enough sleep for a higher rate.
    roomy: u32,
}

impl Window {
    fn new(began: Duration) -> Self {
        Self {
            began,
            newest: began,
            slots: 0,
            strained: 0,
            roomy: 0,
        }
    }

    fn note(&mut self, now: Duration, late: Duration, slept: Duration) {
        let since = now.saturating_sub(self.newest);
        let spares = |percent| slept * 100 >= since * percent;
        self.newest = now;
        self.slots += 1;
        self.strained += u32::from(late > LATE || !spares(SPARE_MIN));
        self.roomy += u32::from(late <= LATE && spares(SPARE_FOR_MORE));
    }
}

impl LoadShedder {
    /// Minimum snapshot interval, in frames (1/60 s).
    pub(crate) fn snapshot_frames(&self) -> u32 {
        LEVELS[self.level]
    }

    /// Records that there is nothing to do, so the time until the next slot does not measure load.
    pub(crate) fn rest(&mut self) {
        self.window = None;
    }

    /// Records that a slot, one of several in a tick, starts at `now`, this late, after this much sleep. Returns true
    /// if the rate changed.
    pub(crate) fn note(
        &mut self,
        now: Duration,
        slots_per_tick: u32,
        late: Duration,
        slept: Duration,
    ) -> bool {
        let Some(window) = &mut self.window else {
            self.window = Some(Window::new(now));
            return false;
        };
        window.note(now, late, slept);
        let is_full = window.slots >= WINDOW_TICKS * slots_per_tick;
        if !is_full || now.saturating_sub(window.began) < WINDOW {
            return false;
        }
        let (strained, roomy) = (
            window.strained * 2 > window.slots,
            window.roomy * 2 > window.slots,
        );
        *window = Window::new(now);
        let before = self.level;
        if !std::mem::take(&mut self.is_settling) {
            self.judge(strained, roomy);
        }
        self.is_settling = self.level > before;
        self.level != before
    }

    fn judge(&mut self, is_strained: bool, is_roomy: bool) {
        self.since_rise = self.since_rise.map(|windows| windows + 1);
        if is_strained {
            self.fall();
        } else if is_roomy {
            self.calm_windows += 1;
            if self.calm_windows >= CALM_WINDOWS << self.doublings {
                self.rise();
            }
        } else {
            self.calm_windows = 0;
        }
    }

    fn fall(&mut self) {
        self.calm_windows = 0;
        if self
            .since_rise
            .take()
            .is_some_and(|windows| windows <= TRIAL_WINDOWS)
        {
            self.doublings = (self.doublings + 1).min(DOUBLINGS_MAX);
        }
        self.level = (self.level + 1).min(LEVELS.len() - 1);
    }

    fn rise(&mut self) {
        self.calm_windows = 0;
        if self.level > 0 {
            self.level -= 1;
            self.since_rise = Some(0);
        } else {
            // The highest rate has lasted, so earlier failures are forgotten.
            self.doublings = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::schedule::Schedule;

    const PHASES: u32 = 2;

    /// A simulated worker on virtual time, with the same loop as `worker.rs`.
    #[derive(Default)]
    struct Play {
        schedule: Schedule,
        load_shedder: LoadShedder,
        now: Duration,
        /// The snapshots that one player received.
        snapshots: f64,
    }

    impl Play {
        /// Runs until `end_ms`. `busy`: percent of the core that is used at 60 Hz, half of it by snapshots. `stalls`:
        /// when the thread gets no core, and for how long, in ms. Returns the snapshots per second in that time.
        fn until(&mut self, end_ms: u64, busy: u32, stalls: &[(u64, u64)]) -> f64 {
            let (began, shown) = (self.now, self.snapshots);
            let mut stalls = stalls.iter().peekable();
            while self.now < Duration::from_millis(end_ms) {
                // Phases are eighths of a tick.
                let slot = self.schedule.next(self.now, |phase| phase % 4 == 0);
                let spare = slot.due.saturating_sub(self.now);
                self.now += spare;
                if let Some((at, for_ms)) = stalls.peek()
                    && self.now >= Duration::from_millis(*at)
                {
                    self.now += Duration::from_millis(*for_ms);
                    stalls.next();
                }
                let late = self.now.saturating_sub(slot.due);
                self.load_shedder.note(self.now, PHASES, late, spare);
                let ticks = self.load_shedder.snapshot_frames();
                let slot_us = 1_000_000 / 60 / PHASES;
                let work_us = slot_us * busy / 200 * (1 + ticks) / ticks;
                self.now += Duration::from_micros(work_us.into());
                self.snapshots += 1.0 / f64::from(ticks * PHASES);
            }
            (self.snapshots - shown) / self.now.saturating_sub(began).as_secs_f64()
        }
    }

    fn check(busy: u32, stalls: &[(u64, u64)], expected: std::ops::Range<f64>) {
        let shown = Play::default().until(10_000, busy, stalls);
        assert!(
            expected.contains(&shown),
            "{shown} with {busy} %, {stalls:?}"
        );
    }

    #[test]
    fn a_third_of_a_core_gets_a_snapshot_every_tick() {
        check(33, &[], 59.9..60.1);
    }

    #[test]
    fn a_brief_wait_for_a_core_costs_no_snapshots() {
        for stall in [100, 270, 350, 450, 900] {
            // Skipped ticks have no snapshots.
            let lost = (stall as f64 / 1_000.0 - 0.1).max(0.0) * 6.0;
            check(33, &[(5_000, stall)], 59.7 - lost..60.1);
            // A stall at the beginning of a window, and one at its end.
            check(33, &[(8, stall)], 59.7 - lost..60.1);
            check(33, &[(499, stall)], 59.7 - lost..60.1);
        }
        let thrice = [(2_000, 300), (2_900, 300), (3_800, 300)];
        check(33, &thrice, 56.0..60.1);
    }

    #[test]
    fn a_full_core_lowers_the_snapshot_rate() {
        check(80, &[], 29.0..33.0);
        check(110, &[], 14.0..32.0);
        let mut play = Play::default();
        play.until(10_000, 150, &[]);
        assert_eq!(
            play.load_shedder.snapshot_frames(),
            6,
            "{:?}",
            play.load_shedder
        );
    }

    #[test]
    fn rates_recover_within_seconds_of_a_burst() {
        let mut play = Play::default();
        play.until(1_200, 120, &[]);
        assert!(play.load_shedder.snapshot_frames() > 1);
        play.until(4_200, 33, &[]);
        assert_eq!(
            play.load_shedder.snapshot_frames(),
            1,
            "{:?}",
            play.load_shedder
        );
    }

    #[test]
    fn a_rate_that_does_not_last_is_retried_at_growing_intervals() {
        let mut load_shedder = LoadShedder::default();
        let mut rises = Vec::new();
        for window in 0..100 {
            let before = load_shedder.level;
            load_shedder.judge(load_shedder.level == 0, load_shedder.level > 0);
            if load_shedder.level < before {
                rises.push(window);
            }
        }
        assert_eq!(rises, [2, 7, 16, 33, 66, 99]);
    }

    #[test]
    fn idle_time_between_matches_is_not_overload() {
        let mut play = Play::default();
        play.until(1_000, 33, &[]);
        for minute in 1..5 {
            play.load_shedder.rest();
            play.now = Duration::from_mins(minute);
            play.schedule.rest_until(play.now);
            let shown = play.until(minute * 60_000 + 2_000, 33, &[]);
            assert!(shown > 59.5, "{shown}");
        }
    }
}
