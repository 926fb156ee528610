//! What a worker that cannot keep up gives up: snapshots, so that ticks stay on time.

use std::time::Duration;

/// From one snapshot to the next at each level, ticks: 60, 30, 20 and 10 Hz.
const LEVELS: [u32; 4] = [1, 2, 3, 6];
/// How long it looks before it judges.
const WINDOW: Duration = Duration::from_millis(500);
/// A phase that begins so late is in the way of the next.
const LATE: Duration = Duration::from_millis(4);
/// With less than this much of its time to spare, percent, ticks begin late: what comes in comes in bursts, and the control
/// threads want some of the core.
const SPARE_MIN: u32 = 30;
/// With so much of it to spare, percent, the next better rate still leaves enough: it takes up to 1.6 times the time.
const SPARE_FOR_MORE: u32 = 55;
/// So many windows on end.
const CALM_WINDOWS: u32 = 6;

/// Over the slots of one worker's schedule.
#[derive(Debug, Default)]
pub(crate) struct Strain {
    level: usize,
    window_began: Option<Duration>,
    slots: u32,
    late: u32,
    slept: Duration,
    calm_windows: u32,
    /// The rate has just fallen: this window still has the old one's backlog.
    is_settling: bool,
}

impl Strain {
    /// From one snapshot to the next, ticks, at least.
    pub(crate) fn snapshot_ticks(&self) -> u32 {
        LEVELS[self.level]
    }

    /// A slot begins at `now`, this late, after this much sleep. True: the rate is another from here on.
    pub(crate) fn note(&mut self, now: Duration, late: Duration, slept: Duration) -> bool {
        let began = *self.window_began.get_or_insert(now);
        self.slots += 1;
        self.late += u32::from(late > LATE);
        self.slept += slept;
        let window = now.saturating_sub(began);
        if window < WINDOW {
            return false;
        }
        let before = self.level;
        if !std::mem::take(&mut self.is_settling) {
            self.judge(window);
        }
        self.is_settling = self.level > before;
        (self.window_began, self.slots, self.late) = (Some(now), 0, 0);
        self.slept = Duration::ZERO;
        self.level != before
    }

    fn judge(&mut self, window: Duration) {
        let spares = |percent| self.slept * 100 >= window * percent;
        if self.late * 2 > self.slots || !spares(SPARE_MIN) {
            self.level = (self.level + 1).min(LEVELS.len() - 1);
            self.calm_windows = 0;
        } else if !spares(SPARE_FOR_MORE) {
            self.calm_windows = 0;
        } else {
            self.calm_windows += 1;
            if self.calm_windows >= CALM_WINDOWS {
                self.level = self.level.saturating_sub(1);
                self.calm_windows = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of 51 slots, 10 ms each; from one snapshot to the next after them.
    fn check(
        strain: &mut Strain,
        from: &mut u64,
        windows: u64,
        (late, slept): (u64, u64),
        expected: u32,
    ) {
        for _ in 0..windows * 51 {
            *from += 10;
            strain.note(
                Duration::from_millis(*from),
                Duration::from_millis(late),
                Duration::from_millis(slept),
            );
        }
        assert_eq!(strain.snapshot_ticks(), expected, "{strain:?}");
    }

    #[test]
    fn a_full_core_costs_snapshots_until_most_of_it_is_free() {
        let (mut strain, mut at) = (Strain::default(), 0);
        check(&mut strain, &mut at, 4, (1, 4), 1);
        check(&mut strain, &mut at, 2, (20, 4), 2);
        check(&mut strain, &mut at, 2, (1, 2), 3);
        check(&mut strain, &mut at, 4, (20, 0), 6);
        check(&mut strain, &mut at, 20, (1, 5), 6);
        check(&mut strain, &mut at, 7, (0, 8), 3);
        check(&mut strain, &mut at, 20, (0, 8), 1);
    }
}
