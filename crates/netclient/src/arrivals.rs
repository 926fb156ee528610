//! Arrival times of snapshots: the tick that the fastest snapshot would show now, and the delay of the
//! others.

use game::Rate;
use protocol::limits::UNACKED_SNAPSHOT_HZ;

use crate::tick_us;
use crate::window::Window;

/// The window of the fastest snapshot, microseconds. Delays are relative to the fastest one of this window and the
/// window before.
const BUCKET_US: u64 = 1_000_000;
/// Snapshots between two evaluations of the delays.
const EVALUATE_EVERY: u32 = 8;
/// The percentile of the delays for which the interpolation delay leaves time.
const WAITED_FOR_PERCENT: usize = 90;
/// The weight of a new measurement in a running mean.
const GAIN: f32 = 1.0 / 16.0;

/// Measurements of the path from the server.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    tick_us: f64,
    newest_tick: u32,
    /// When tick 0 would have arrived, by the fastest snapshot of this bucket and of the one before, microseconds.
    fastest_us: [f64; 2],
    bucket_began_us: u64,
    /// Delays behind the fastest snapshot, microseconds.
    late_us: Window,
    count: u32,
    waited_for_us: f32,
    jitter_us: f32,
    interval_ticks: f32,
}

impl Arrivals {
    pub(crate) fn new(now_us: u64, tick: u32, rate: Rate, snapshot_hz: u32) -> Self {
        let tick_us = tick_us(rate);
        let origin_us = origin(now_us, tick, tick_us);
        let hz = rate.ticks_per_second();
        Self {
            tick_us,
            newest_tick: tick,
            fastest_us: [origin_us; 2],
            bucket_began_us: now_us,
            late_us: Window::new(),
            count: 0,
            waited_for_us: 0.0,
            jitter_us: 0.0,
            interval_ticks: hz as f32 / snapshot_hz.min(UNACKED_SNAPSHOT_HZ).min(hz).max(1) as f32,
        }
    }

    /// Handles the arrival of a snapshot that is newer than all before.
    pub(crate) fn observe(&mut self, now_us: u64, tick: u32) {
        let origin_us = origin(now_us, tick, self.tick_us);
        if now_us.saturating_sub(self.bucket_began_us) > BUCKET_US {
            self.fastest_us = [origin_us, self.fastest_us[0]];
            self.bucket_began_us = now_us;
        }
        self.fastest_us[0] = self.fastest_us[0].min(origin_us);
        let late_us = (origin_us - self.fastest()) as f32;
        self.late_us.push(late_us);
        self.jitter_us += (late_us - self.jitter_us) * GAIN;
        let ticks = tick.saturating_sub(self.newest_tick) as f32;
        self.interval_ticks += (ticks - self.interval_ticks) * GAIN;
        self.newest_tick = tick;
        self.count = self.count.wrapping_add(1);
        if self.count.is_multiple_of(EVALUATE_EVERY)
            && let Some([waited_for]) = self.late_us.percentiles([WAITED_FOR_PERCENT])
        {
            self.waited_for_us = waited_for;
        }
    }

    /// The tick of a snapshot that arrives now with the delay of the fastest one.
    pub(crate) fn tick_at(&self, now_us: u64) -> f64 {
        (now_us as f64 - self.fastest()) / self.tick_us
    }

    /// The duration of a tick, microseconds.
    pub(crate) fn tick_us(&self) -> f64 {
        self.tick_us
    }

    /// The mean interval between snapshots, ticks.
    pub(crate) fn interval_ticks(&self) -> f64 {
        self.interval_ticks.into()
    }

    /// The mean delay of a snapshot behind the fastest, microseconds.
    pub(crate) fn jitter_us(&self) -> f64 {
        self.jitter_us.into()
    }

    /// The delay for which the interpolation delay leaves time, microseconds.
    pub(crate) fn waited_for_us(&self) -> f64 {
        self.waited_for_us.into()
    }

    fn fastest(&self) -> f64 {
        self.fastest_us[0].min(self.fastest_us[1])
    }
}

/// When tick 0 would have arrived.
fn origin(now_us: u64, tick: u32, tick_us: f64) -> f64 {
    now_us as f64 - f64::from(tick) * tick_us
}
