//! Absolute schedule of the phases of each frame (1/60 s): neither rounding nor stalls accumulate as drift.

use std::time::Duration;

use game::FRAMES_PER_SECOND;

/// Rooms are distributed over this number of phases, each at a fixed time within the frame.
pub(crate) const PHASES: usize = 8;
/// The most frames that are caught up after a stall; further frames are skipped, because a longer burst would delay
/// the current ones.
const CATCH_UP_FRAMES: u64 = 6;
const SLOTS_PER_SECOND: u64 = FRAMES_PER_SECOND as u64 * PHASES as u64;
const CATCH_UP_SLOTS: u64 = CATCH_UP_FRAMES * PHASES as u64;

/// The next slot of a worker. Slot `s` is phase `s % PHASES` of frame `s / PHASES`. Time is measured from the
/// worker's start.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    slot: u64,
}

/// One phase of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) frame: u64,
    pub(crate) phase: usize,
    pub(crate) due: Duration,
    /// Whole frames that were skipped before this slot, because the worker was too late for them.
    pub(crate) frames_skipped: u64,
}

impl Slot {
    /// The first slot of a frame, on time.
    pub(crate) fn of(frame: u64) -> Self {
        Self {
            frame,
            phase: 0,
            due: frame_due(frame),
            frames_skipped: 0,
        }
    }
}

impl Schedule {
    /// The next slot of a wanted phase. `wanted` must be true for some phase.
    pub(crate) fn next(&mut self, now: Duration, wanted: impl Fn(usize) -> bool) -> Slot {
        let current = slot_at(now);
        let behind = current.saturating_sub(self.slot);
        let mut frames_skipped = 0;
        if behind > CATCH_UP_SLOTS {
            // Only whole frames: each phase skips the same number, and no room gets two ticks at the same time.
            frames_skipped = (behind - CATCH_UP_SLOTS).div_ceil(PHASES as u64);
            self.slot += frames_skipped * PHASES as u64;
        }
        while !wanted(phase_of(self.slot)) {
            self.slot += 1;
        }
        let slot = Slot {
            frame: self.slot / PHASES as u64,
            phase: phase_of(self.slot),
            due: due(self.slot),
            frames_skipped,
        };
        self.slot += 1;
        slot
    }

    /// Drops the slots that were missed while there was nothing to do.
    pub(crate) fn rest_until(&mut self, now: Duration) {
        self.slot = self.slot.max(slot_at(now));
    }
}

/// The frame at this time.
pub(crate) fn frame_at(now: Duration) -> u64 {
    slot_at(now) / PHASES as u64
}

/// When a frame begins.
pub(crate) fn frame_due(frame: u64) -> Duration {
    due(frame * PHASES as u64)
}

fn phase_of(slot: u64) -> usize {
    (slot % PHASES as u64) as usize
}

fn due(slot: u64) -> Duration {
    let second = slot / SLOTS_PER_SECOND;
    let rest = slot % SLOTS_PER_SECOND;
    Duration::from_secs(second) + Duration::from_nanos(rest * 1_000_000_000 / SLOTS_PER_SECOND)
}

/// The first slot that is not before `now`.
fn slot_at(now: Duration) -> u64 {
    now.as_secs() * SLOTS_PER_SECOND
        + (u64::from(now.subsec_nanos()) * SLOTS_PER_SECOND).div_ceil(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        schedule: &mut Schedule,
        now_us: u64,
        phases: &[usize],
        want_us: u128,
        want_skipped: u64,
    ) {
        let slot = schedule.next(Duration::from_micros(now_us), |phase| {
            phases.contains(&phase)
        });
        assert_eq!(
            (slot.due.as_micros(), slot.frames_skipped),
            (want_us, want_skipped)
        );
        assert!(phases.contains(&slot.phase));
    }

    #[test]
    fn only_occupied_phases_wake_the_worker() {
        let mut schedule = Schedule::default();
        check(&mut schedule, 0, &[0, 4], 0, 0);
        check(&mut schedule, 10, &[0, 4], 8_333, 0);
        check(&mut schedule, 8_400, &[0, 4], 16_666, 0);
    }

    #[test]
    fn an_hour_of_ticks_does_not_drift() {
        let mut schedule = Schedule::default();
        let mut now = Duration::ZERO;
        for _ in 0..60 * 3_600 {
            let slot = schedule.next(now, |phase| phase == 0);
            assert_eq!(slot.frames_skipped, 0);
            now = slot.due + Duration::from_micros(300);
        }
        check(
            &mut schedule,
            now.as_micros() as u64,
            &[0],
            3_600_000_000,
            0,
        );
    }

    #[test]
    fn the_ticks_of_a_short_stall_are_caught_up() {
        let mut schedule = Schedule::default();
        check(&mut schedule, 0, &[0], 0, 0);
        for tick in 1..=5 {
            check(
                &mut schedule,
                84_000,
                &[0],
                u128::from(tick * 1_000_000u32 / 60),
                0,
            );
        }
        check(&mut schedule, 84_000, &[0], 100_000, 0);
    }

    #[test]
    fn a_long_stall_is_skipped_and_counted() {
        let mut schedule = Schedule::default();
        check(&mut schedule, 0, &[0], 0, 0);
        // A stall of ten seconds: 600 ticks were due, and the last 6 are caught up.
        check(&mut schedule, 10_000_000, &[0], 9_916_666, 594);
        check(&mut schedule, 10_000_000, &[0], 9_933_333, 0);
    }

    #[test]
    fn idle_time_is_not_a_stall() {
        let mut schedule = Schedule::default();
        schedule.rest_until(Duration::from_hours(1));
        check(&mut schedule, 3_600_000_010, &[0], 3_600_000_000, 0);
    }
}
