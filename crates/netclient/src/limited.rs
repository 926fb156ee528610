//! A number within limits.

/// `value`, at least `least` and at most `most`. In contrast to `f64::clamp` this never panics:
/// that panic formats its floats, which would add 26 kB to the engine.
pub(crate) fn limited(value: f64, least: f64, most: f64) -> f64 {
    value.max(least).min(most)
}
