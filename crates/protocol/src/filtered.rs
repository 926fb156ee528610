//! The filtered recording of a match whose game hides something: what the game shows to everybody, as snapshots.
//! docs/replay.md specifies the file.
//!
//! [`Filter`] makes it from the match's recording, and [`Filtered`] plays it. It only grows, and depends on the recording
//! alone, so that every relay makes the same bytes. It is a line of JSON and entries, each after its length in four bytes,
//! little endian. An entry is a frame of [`crate::binary`] (a snapshot, or the events of a tick), a player who joined, or
//! the result.

mod entry;
mod filter;
mod playback;

use game::Rate;

pub use filter::{Filter, FilterError};
pub use playback::Filtered;

/// The interval between two snapshots, frames (1/60 s). A match that steps on commands has one for each step.
pub const SNAPSHOT_FRAMES: u32 = 3;
/// At least every hundredth snapshot is full: playback can begin there.
pub const FULL_SNAPSHOTS: u32 = 100;

/// The interval between two snapshots, ticks.
pub const fn snapshot_ticks(rate: Rate) -> u32 {
    if rate.is_on_command() {
        return 1;
    }
    rate.ticks_in(SNAPSHOT_FRAMES)
}
