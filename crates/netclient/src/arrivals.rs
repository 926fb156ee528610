//! Arrival times of snapshots: the tick that the fastest one would show now, and the delay of the
//! others.

use game::Rate;
use protocol::limits::UNACKED_SNAPSHOT_HZ;

use crate::tick_us;
use crate::window::Window;

/// The quickest snapshot of the last one to two of these is the measure for all.
const BUCKET_US: u64 = 1_000_000;
/// Snapshots between two evaluations of the delays.
const LOOK_EVERY: u32 = 8;
/// Of the snapshots, those that the drawing waits for, percent.
const WAITED_FOR_PERCENT: usize = 90;
/// What a new measurement adds to a mean.
const GAIN: f32 = 1.0 / 16.0;

/// What is known of the way from the server.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    tick_us: f64,
    newest_tick: u32,
    /// When tick 0 would have arrived, by the quickest snapshot of this bucket and of the one before, microseconds.
    quickest_us: [f64; 2],
    bucket_began_us: u64,
    /// Behind the quickest, microseconds.
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
            quickest_us: [origin_us; 2],
            bucket_began_us: now_us,
            late_us: Window::new(),
            count: 0,
            waited_for_us: 0.0,
            jitter_us: 0.0,
            interval_ticks: hz as f32 / snapshot_hz.min(UNACKED_SNAPSHOT_HZ).min(hz).max(1) as f32,
        }
    }

    /// A snapshot newer than all before arrived.
    pub(crate) fn observe(&mut self, now_us: u64, tick: u32) {
        let origin_us = origin(now_us, tick, self.tick_us);
        if now_us.saturating_sub(self.bucket_began_us) > BUCKET_US {
            self.quickest_us = [origin_us, self.quickest_us[0]];
            self.bucket_began_us = now_us;
        }
        self.quickest_us[0] = self.quickest_us[0].min(origin_us);
        let late_us = (origin_us - self.quickest()) as f32;
        self.late_us.push(late_us);
        self.jitter_us += (late_us - self.jitter_us) * GAIN;
        let ticks = tick.saturating_sub(self.newest_tick) as f32;
        self.interval_ticks += (ticks - self.interval_ticks) * GAIN;
        self.newest_tick = tick;
        self.count = self.count.wrapping_add(1);
        if self.count.is_multiple_of(LOOK_EVERY)
            && let Some([waited_for]) = self.late_us.percentiles([WAITED_FOR_PERCENT])
        {
            self.waited_for_us = waited_for;
        }
    }

    /// The tick of a snapshot that comes as quickly as the quickest, and comes now.
    pub(crate) fn tick_at(&self, now_us: u64) -> f64 {
        (now_us as f64 - self.quickest()) / self.tick_us
    }

    /// Microseconds of a tick.
    pub(crate) fn tick_us(&self) -> f64 {
        self.tick_us
    }

    /// From one snapshot to the next, ticks.
    pub(crate) fn interval_ticks(&self) -> f64 {
        self.interval_ticks.into()
    }

    /// How late a snapshot is on average, microseconds.
    pub(crate) fn jitter_us(&self) -> f64 {
        self.jitter_us.into()
    }

    /// How late a snapshot may be that the drawing still waits for, microseconds.
    pub(crate) fn waited_for_us(&self) -> f64 {
        self.waited_for_us.into()
    }

    fn quickest(&self) -> f64 {
        self.quickest_us[0].min(self.quickest_us[1])
    }
}

/// When tick 0 would have arrived.
fn origin(now_us: u64, tick: u32, tick_us: f64) -> f64 {
    now_us as f64 - f64::from(tick) * tick_us
}
