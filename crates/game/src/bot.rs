//! The trait of a headless player.

use crate::{Input, Seat, View};

/// A player without a person: views in, inputs out. No clock and no I/O; the same seed and views give the same
/// inputs. A bot is not part of the game's state, so it may use floats.
pub trait Bot {
    /// A new bot. Its inputs follow from `seed` and the views.
    fn new(seed: u64) -> Self;

    /// The input after this view. Called at most once for each tick; ticks may be skipped.
    fn decide(&mut self, view: &View, own: Seat) -> Input;
}
