//! Measurements of one match, and their summary over all matches.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use netclient::Stats;
use protocol::binary::{FrameKind, decode_header, input_tick};
use serde::Serialize;
use tokio::time::Instant;

/// Inputs whose effect is awaited; the oldest make room.
const SENT_MAX: usize = 256;

/// When measuring begins, for everybody at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window(Arc<OnceLock<()>>);

impl Window {
    /// One that is open from the start.
    pub(crate) fn opened() -> Self {
        let window = Self::default();
        window.open();
        window
    }

    pub(crate) fn open(&self) {
        self.0.get_or_init(|| ());
    }

    fn is_open(&self) -> bool {
        self.0.get().is_some()
    }
}

/// Of one player, as long as the window is open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    window: Window,
    /// Inputs that had no effect yet: tick, and when it was sent.
    sent: VecDeque<(u32, Instant)>,
    last: Stats,
    last_at: Option<Instant>,
    pub(crate) snapshots: u64,
    pub(crate) inputs: u64,
    seconds: f64,
    ages_ms: Vec<f32>,
    effects_ms: Vec<f32>,
    corrections: u64,
    bytes_in: u64,
    bytes_out: u64,
}

impl Measured {
    pub(crate) fn within(window: Window) -> Self {
        Self {
            window,
            ..Self::default()
        }
    }

    /// A connection begins; nothing sent before it has an effect.
    pub(crate) fn handle_welcome(&mut self) {
        self.sent.clear();
        self.last_at = None;
    }

    pub(crate) fn handle_frame(&mut self, frame: &[u8]) {
        if matches!(FrameKind::of(frame), Ok(FrameKind::Events)) {
            return;
        }
        let Ok(header) = decode_header(frame) else {
            return;
        };
        let is_open = self.window.is_open();
        self.snapshots += u64::from(is_open);
        let applied = header.ack.unwrap_or(0).min(header.tick);
        while let Some((_, at)) = self.sent.pop_front_if(|(tick, _)| *tick <= applied) {
            if is_open {
                self.effects_ms.push(at.elapsed().as_secs_f32() * 1e3);
            }
        }
    }

    pub(crate) fn handle_sent(&mut self, frame: &[u8]) {
        if let Ok(tick) = input_tick(frame) {
            self.inputs += u64::from(self.window.is_open());
            self.sent.push_back((tick, Instant::now()));
            if self.sent.len() > SENT_MAX {
                self.sent.pop_front();
            }
        }
    }

    /// Samples the client's statistics. To be called often.
    pub(crate) fn note(&mut self, stats: Stats) {
        let now = Instant::now();
        if let Some(last_at) = self.last_at.filter(|_| self.window.is_open()) {
            self.seconds += (now - last_at).as_secs_f64();
            self.ages_ms.push(stats.snapshot_age_ms);
            self.corrections += stats.corrections - self.last.corrections;
            self.bytes_in += stats.bytes_in - self.last.bytes_in;
            self.bytes_out += stats.bytes_out - self.last.bytes_out;
        }
        (self.last, self.last_at) = (stats, Some(now));
    }
}

/// Of all players: means are a player's, percentiles are over all samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Totals {
    snapshots_per_second: f64,
    age_p50_ms: f64,
    age_p99_ms: f64,
    input_to_effect_p50_ms: f64,
    input_to_effect_p99_ms: f64,
    corrections: u64,
    bytes_in_per_second: f64,
    bytes_out_per_second: f64,
}

impl Totals {
    pub(crate) fn of(players: &[Measured]) -> Self {
        let seconds: f64 = players.iter().map(|player| player.seconds).sum();
        let each_second = |sum: fn(&Measured) -> u64| {
            rounded(players.iter().map(sum).sum::<u64>() as f64 / seconds.max(1e-9))
        };
        let mut ages = gathered(players, |player| &player.ages_ms);
        let mut effects = gathered(players, |player| &player.effects_ms);
        Self {
            snapshots_per_second: each_second(|player| player.snapshots),
            age_p50_ms: percentile(&mut ages, 50),
            age_p99_ms: percentile(&mut ages, 99),
            input_to_effect_p50_ms: percentile(&mut effects, 50),
            input_to_effect_p99_ms: percentile(&mut effects, 99),
            corrections: players.iter().map(|player| player.corrections).sum(),
            bytes_in_per_second: each_second(|player| player.bytes_in),
            bytes_out_per_second: each_second(|player| player.bytes_out),
        }
    }
}

fn gathered(players: &[Measured], samples: fn(&Measured) -> &Vec<f32>) -> Vec<f32> {
    players.iter().flat_map(samples).copied().collect()
}

/// 0 of nothing.
fn percentile(values: &mut [f32], percent: usize) -> f64 {
    values.sort_unstable_by(f32::total_cmp);
    let at = values.len().saturating_sub(1) * percent / 100;
    rounded(values.get(at).copied().unwrap_or(0.0).into())
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_means_of_a_player_and_percentiles_of_all() {
        let player = |bytes_in, ages_ms: &[f32]| Measured {
            seconds: 2.0,
            bytes_in,
            corrections: 3,
            ages_ms: ages_ms.to_vec(),
            ..Measured::default()
        };
        let totals = Totals::of(&[player(100, &[3.0, 1.0]), player(301, &[2.0])]);
        let expected = Totals {
            age_p50_ms: 2.0,
            age_p99_ms: 2.0,
            corrections: 6,
            bytes_in_per_second: 100.3,
            ..Totals::default()
        };
        assert_eq!(totals, expected);
        assert_eq!(Totals::of(&[]), Totals::default());
    }
}
