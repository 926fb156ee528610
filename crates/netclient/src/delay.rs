//! The interpolation delay of other players: as short as the connection allows, and changed gradually.

use crate::arrivals::Arrivals;
use crate::limited::limited;
use crate::us_between;

/// The minimum delay, microseconds.
const LEAST_US: f64 = 28_000.0;
/// The maximum delay, microseconds; more where snapshots are rare.
const GREATEST_US: f64 = 100_000.0;
/// A margin for delays that the measurements miss, microseconds.
const SPARE_US: f64 = 4_000.0;
/// While the delay changes, others move faster or slower by at most this fraction.
const DILATION_MAX: f64 = 0.05;
/// A greater error of the draw clock is corrected by a jump, microseconds.
const SNAP_US: f64 = 250_000.0;

/// The tick at which the others are drawn.
#[derive(Clone, Debug)]
pub(crate) struct DrawClock {
    tick: f64,
    at_us: u64,
}

impl DrawClock {
    pub(crate) fn new(now_us: u64, arrivals: &Arrivals) -> Self {
        Self {
            tick: wanted_tick(now_us, arrivals),
            at_us: now_us,
        }
    }

    pub(crate) fn advance(&mut self, now_us: u64, arrivals: &Arrivals) {
        let tick_us = arrivals.tick_us();
        let ticks = us_between(self.at_us, now_us) / tick_us;
        self.at_us = self.at_us.max(now_us);
        let off = wanted_tick(self.at_us, arrivals) - (self.tick + ticks);
        let most = ticks * DILATION_MAX;
        self.tick += ticks
            + if off.abs() * tick_us > SNAP_US {
                off
            } else {
                limited(off, -most, most)
            };
    }

    /// The tick with its fraction; negative before the match.
    pub(crate) fn tick(&self) -> f64 {
        self.tick
    }
}

fn wanted_tick(now_us: u64, arrivals: &Arrivals) -> f64 {
    arrivals.tick_at(now_us) - delay_us(arrivals) / arrivals.tick_us()
}

/// The delay after which the next snapshot has nearly always arrived.
fn delay_us(arrivals: &Arrivals) -> f64 {
    let interval_us = arrivals.interval_ticks() * arrivals.tick_us();
    let greatest = GREATEST_US.max(1.5 * interval_us + arrivals.jitter_us());
    (interval_us + arrivals.waited_for_us() + SPARE_US).clamp(LEAST_US, greatest)
}

#[cfg(test)]
mod tests {
    use game::Rate;

    use super::*;

    /// Passes snapshots at an interval in ticks, every third of them late, and checks the delay after ten seconds, in ms.
    fn check(interval_ticks: u32, late_us: u64, expected_ms: u32) {
        check_at(Rate::HZ60, interval_ticks, late_us, expected_ms);
    }

    fn check_at(rate: Rate, interval_ticks: u32, late_us: u64, expected_ms: u32) {
        let hz = rate.ticks_per_second();
        let mut arrivals = Arrivals::new(0, 0, rate, hz / interval_ticks);
        let tick_us = arrivals.tick_us();
        let mut clock = DrawClock::new(0, &arrivals);
        for at in 1..=10 * hz / interval_ticks {
            let tick = at * interval_ticks;
            let on_time = (f64::from(tick) * tick_us) as u64;
            let now_us = on_time + if at % 3 == 0 { late_us } else { 0 };
            arrivals.observe(now_us, tick);
            clock.advance(now_us, &arrivals);
        }
        let delay_ms = (arrivals.tick_at(clock.at_us) - clock.tick()) * tick_us / 1e3;
        assert_eq!(
            (delay_ms + 0.5) as u32,
            expected_ms,
            "every {interval_ticks}, {late_us} late"
        );
    }

    #[test]
    fn the_delay_follows_interval_and_jitter_within_its_limits() {
        check(1, 0, 28);
        check(1, 5_000, 28);
        check(1, 10_000, 31);
        check(1, 40_000, 61);
        check(1, 200_000, 100);
        check(2, 5_000, 42);
        check(6, 0, 104);
    }

    #[test]
    fn at_20_hz_the_delay_is_one_interval_plus_the_jitter() {
        check_at(Rate::Hz(20), 1, 0, 54);
        check_at(Rate::Hz(20), 1, 10_000, 64);
        check_at(Rate::Hz(20), 2, 0, 104);
    }
}
