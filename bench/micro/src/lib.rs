//! What is measured part by part: a match of five players who are busy, and what a relay does for it in a tick.

mod busy;
pub mod tick_path;

pub use busy::{Busy, MATCH_TICKS};
