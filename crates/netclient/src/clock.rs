//! The tick that the player acts in: just far enough ahead of the server that an input arrives one
//! or two ticks before its use.

use game::Rate;
use protocol::limits::AHEAD_TICKS_MAX;

use crate::limited::limited;
use crate::window::Window;
use crate::{tick_us, us_between};

/// The clock runs faster or slower by at most this fraction.
const DILATION_MAX: f64 = 0.05;
/// A greater error is corrected by a jump instead of by dilation, ticks.
const SNAP_TICKS: f64 = 10.0;
/// How far ahead of its newest snapshot a client starts, before the server has reported a margin,
/// microseconds.
const LEAD_US: f64 = 200_000.0;
/// The client runs at most this many ticks ahead of the server.
const AHEAD_MAX: u32 = 48;
const _: () = assert!(AHEAD_MAX < AHEAD_TICKS_MAX, "the room accepts every input");
/// The margin that nearly every input should have, microseconds.
const EARLY_US: f64 = 25_000.0;
/// The target for the low percentile of the margins, ticks above the minimum margin.
const TARGET_TICKS: f64 = 0.5;
/// Up to this many ticks above the minimum margin, the low percentile needs no correction.
const TOLERATED_TICKS: f64 = 1.0;
/// The limit of the median margin on a connection with jitter, ticks above the minimum margin. More
/// jitter than that makes some inputs late.
const MEDIAN_TICKS_MAX: f64 = 2.0;
/// The percentile of the margins that counts as the usual worst case.
const LOW_PERCENT: usize = 5;
/// The number of margins between two evaluations.
const EVALUATE_EVERY: u32 = 8;

/// Runs ahead of the server at the speed of the local clock, or slightly faster or slower.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    tick_us: f64,
    /// The minimum margin that nearly every input should have, ticks as the room counts them.
    early: f64,
    tick: f64,
    at_us: u64,
    /// Ticks gained on the local clock so far.
    gained: f64,
    /// Ticks still to be gained; negative: to be lost.
    wanted: f64,
    /// Each margin minus the ticks gained when its input was sent, so that a correction since then is not repeated.
    margins: Window,
    count: u32,
    usual: f64,
}

impl Clock {
    /// The clock of a client whose newest snapshot has just arrived and shows this tick.
    pub(crate) fn new(now_us: u64, tick: u32, rate: Rate) -> Self {
        let tick_us = tick_us(rate);
        // The room rounds margins down, so 0 means up to a tick early. The minimum is 1 at 60 Hz and 0 at slower rates.
        let early = f64::from((EARLY_US / tick_us) as u8);
        Self {
            tick_us,
            early,
            tick: f64::from(tick) + LEAD_US / tick_us,
            at_us: now_us,
            gained: 0.0,
            wanted: 0.0,
            margins: Window::new(),
            count: 0,
            usual: early + TARGET_TICKS,
        }
    }

    /// Advances to this time. `could_show` is the tick of the newest snapshot that can have arrived by then.
    pub(crate) fn advance(&mut self, now_us: u64, could_show: f64) {
        let ticks = us_between(self.at_us, now_us) / self.tick_us;
        let most = ticks * DILATION_MAX;
        let gain = limited(self.wanted, -most, most);
        self.tick += ticks;
        self.gain(gain);
        let ahead = (self.tick - could_show).clamp(0.0, AHEAD_MAX.into());
        self.gain(could_show + ahead - self.tick);
        self.at_us = self.at_us.max(now_us);
    }

    /// The tick, with its fraction.
    pub(crate) fn tick(&self) -> f64 {
        self.tick
    }

    /// Ticks gained so far. The caller stores it with each input and passes it to [`Clock::handle_margin`].
    pub(crate) fn gained(&self) -> f64 {
        self.gained
    }

    /// The median margin of inputs that are sent now, ticks.
    pub(crate) fn usual_margin(&self) -> f64 {
        self.usual
    }

    /// Handles a reported margin: how many ticks before its use an input arrived. `gained_then` is [`Clock::gained`]
    /// when that input was sent.
    pub(crate) fn handle_margin(&mut self, margin: i8, gained_then: f64) {
        self.margins.push((f64::from(margin) - gained_then) as f32);
        self.count = self.count.wrapping_add(1);
        // The first margin is a better estimate than the initial lead.
        if self.count == 1 || self.count.is_multiple_of(EVALUATE_EVERY) {
            self.evaluate(self.count == 1);
        }
    }

    fn evaluate(&mut self, is_first: bool) {
        let Some([low, usual]) = self.margins.percentiles([LOW_PERCENT, 50]) else {
            return;
        };
        let (low, usual) = (f64::from(low) + self.gained, f64::from(usual) + self.gained);
        self.usual = usual;
        let wanted = self.early + TARGET_TICKS;
        self.wanted = if low < self.early {
            (wanted - low).min((self.early + MEDIAN_TICKS_MAX - usual).max(0.0))
        } else if low > self.early + TOLERATED_TICKS {
            wanted - low
        } else {
            0.0
        };
        if is_first || self.wanted.abs() > SNAP_TICKS {
            self.gain(self.wanted);
        }
    }

    fn gain(&mut self, ticks: f64) {
        self.tick += ticks;
        self.gained += ticks;
        self.wanted -= ticks;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::collections::VecDeque;

    use super::*;

    const FRAME_US: u64 = 16_667;

    /// The margins in the last quarter of a run with this round trip; every seventh input has `jitter` ticks more.
    fn margins(round_trip: f64, jitter: f64) -> std::vec::Vec<i8> {
        let mut clock = Clock::new(0, 100, Rate::HZ60);
        let mut sent = VecDeque::new();
        let mut last = std::vec::Vec::new();
        for frame in 1..2400_u64 {
            clock.advance(frame * FRAME_US, clock.tick());
            let server = 100.0 + frame as f64;
            let late = if frame.is_multiple_of(7) { jitter } else { 0.0 };
            let early = clock.tick() - server - round_trip - late;
            sent.push_back((early as i8 - i8::from(early < 0.0), clock.gained()));
            if sent.len() as f64 > round_trip {
                let (margin, gained) = sent.pop_front().expect("not empty");
                clock.handle_margin(margin, gained);
                if frame > 1800 {
                    last.push(margin);
                }
            }
        }
        last
    }

    #[test]
    fn inputs_arrive_one_to_two_ticks_early_at_any_latency() {
        for round_trip in [0.4, 3.0, 6.3, 9.9, 18.0] {
            let margins = margins(round_trip, 0.0);
            assert!(
                margins.iter().all(|margin| (1..=2).contains(margin)),
                "{round_trip}: {margins:?}"
            );
        }
    }

    #[test]
    fn jitter_raises_the_margin_to_three_ticks_at_most() {
        let low = margins(6.0, 1.5);
        assert!(low.iter().all(|margin| (1..=3).contains(margin)), "{low:?}");
        // The clock does not run further ahead for greater jitter.
        let capped = margins(6.0, 6.0);
        assert!(capped.iter().all(|&margin| margin <= 3), "{capped:?}");
    }

    #[test]
    fn the_clock_dilates_by_a_twentieth_and_jumps_beyond_ten_ticks() {
        let check = |margin, ticks_after_a_second: core::ops::Range<f64>| {
            let mut clock = Clock::new(0, 0, Rate::HZ60);
            (0..64).for_each(|_| clock.handle_margin(1, 0.0));
            let (before, then) = (clock.tick(), clock.gained());
            (0..64).for_each(|_| clock.handle_margin(margin, then));
            for frame in 0..=100 {
                clock.advance(frame * 10_000, clock.tick());
            }
            let advanced = clock.tick() - before;
            assert!(
                ticks_after_a_second.contains(&advanced),
                "{margin}: {advanced}"
            );
        };
        check(1, 59.99..60.01);
        check(-1, 62.4..62.6);
        check(-5, 62.99..63.01);
        check(8, 56.99..57.01);
        check(-20, 81.4..81.6);
        check(30, 31.4..31.6);
    }
}
