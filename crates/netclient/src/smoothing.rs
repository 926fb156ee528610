//! Smoothing of corrections: the offset between the drawn and the predicted position fades out.

use game::{FIELDS_MAX, Field, Kind};

use crate::us_between;

/// After this time at most half of a difference is left, at any frame rate, microseconds.
const HALVED_US: f32 = 70_000.0;
/// A greater difference of the own player is not smoothed, px.
pub(crate) const OWN_SNAP_PX: f32 = 64.0;
/// A greater difference of another player is not smoothed, px. Their inputs are unknown to a prediction, so that
/// corrections are greater.
pub(crate) const OTHERS_SNAP_PX: f32 = 256.0;

/// The offset that is added to the drawn values, px by field.
#[derive(Clone, Debug)]
pub(crate) struct Smoothing {
    error: [f32; FIELDS_MAX],
    at_us: u64,
    snap_px: f32,
}

impl Smoothing {
    /// A difference greater than `snap_px` is not smoothed.
    pub(crate) const fn new(snap_px: f32) -> Self {
        Self {
            error: [0.0; FIELDS_MAX],
            at_us: 0,
            snap_px,
        }
    }

    /// Fades the offset until now. Products of 1 / (1 + x) fade no slower than one 1 / (1 + sum of x).
    pub(crate) fn advance(&mut self, now_us: u64) {
        let us = us_between(self.at_us, now_us) as f32;
        self.at_us = self.at_us.max(now_us);
        for error in &mut self.error {
            *error /= 1.0 + us / HALVED_US;
        }
    }

    /// Adds a difference between the drawn and the corrected position.
    pub(crate) fn absorb(&mut self, error: &[f32; FIELDS_MAX]) {
        for (sum, error) in self.error.iter_mut().zip(error) {
            *sum += error;
        }
        if squared(&self.error) > self.snap_px * self.snap_px {
            self.error = [0.0; FIELDS_MAX];
        }
    }

    /// Clears the offset after a teleport, which is drawn as a jump.
    pub(crate) fn forget(&mut self) {
        self.error = [0.0; FIELDS_MAX];
    }

    /// Adds the offset to drawn values.
    pub(crate) fn apply(&self, values: &mut [f32; FIELDS_MAX]) {
        for (value, error) in values.iter_mut().zip(&self.error) {
            *value += error;
        }
    }
}

/// The drawn difference between two states: lengths only, px.
pub(crate) fn difference(fields: &[Field], from: &[u32], to: &[u32]) -> [f32; FIELDS_MAX] {
    let mut error = [0.0; FIELDS_MAX];
    for (at, field) in fields.iter().enumerate().take(FIELDS_MAX) {
        if let Kind::Linear { per_px } = field.kind {
            error[at] = (from[at] as f32 - to[at] as f32) / f32::from(per_px.max(1));
        }
    }
    error
}

/// The length of a difference, px.
pub(crate) fn length_px(error: &[f32; FIELDS_MAX]) -> f32 {
    // `core` has no square root for floats; an integer root in 1/16 px is precise enough.
    ((squared(error) * 256.0) as u32).isqrt() as f32 / 16.0
}

fn squared(error: &[f32; FIELDS_MAX]) -> f32 {
    error.iter().map(|error| error * error).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off_by(px: f32) -> [f32; FIELDS_MAX] {
        let mut error = [0.0; FIELDS_MAX];
        error[0] = px;
        error
    }

    /// The offset that is left of 20 px after 100 ms at this frame rate.
    fn left(frames: u64) -> f32 {
        let mut smoothing = Smoothing::new(OWN_SNAP_PX);
        smoothing.absorb(&off_by(20.0));
        (1..=frames).for_each(|frame| smoothing.advance(100_000 * frame / frames));
        let mut values = [0.0; FIELDS_MAX];
        smoothing.apply(&mut values);
        values[0]
    }

    #[test]
    fn a_difference_halves_within_100_ms_at_any_frame_rate() {
        for frames in [1, 3, 6, 14, 100] {
            assert!(
                (3.0..=10.0).contains(&left(frames)),
                "{frames}: {}",
                left(frames)
            );
        }
    }

    #[test]
    fn a_difference_beyond_the_limit_is_not_smoothed() {
        let mut smoothing = Smoothing::new(OWN_SNAP_PX);
        smoothing.absorb(&off_by(40.0));
        smoothing.absorb(&off_by(30.0));
        let mut values = [0.0; FIELDS_MAX];
        smoothing.apply(&mut values);
        assert!(length_px(&values) < 0.01, "{values:?}");
        assert!((length_px(&off_by(-3.0)) - 3.0).abs() < 0.01);
    }
}
