//! The measured parts: a match of five busy players, and what a relay does for it in a tick.

mod busy;
pub mod tick_path;

pub use busy::{Busy, MATCH_TICKS};
