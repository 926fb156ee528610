//! A number within limits.

/// `value`, limited to `least..=most`. Unlike `f64::clamp` this never panics: the message of that
/// panic formats floats, which would add 26 kB to the engine.
pub(crate) fn limited(value: f64, least: f64, most: f64) -> f64 {
    value.max(least).min(most)
}
