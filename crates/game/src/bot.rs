//! The trait of a headless player.

use crate::{Input, Seat, View};

/// Plays without a person: what it sees in, what it asks for out. No clock and no I/O; the same seed and sights play
/// the same. A game's bot is no part of its state, so it may use floats.
pub trait Bot {
    /// A new mind; everything it will ever do follows from `seed` and what it sees.
    fn new(seed: u64) -> Self;

    /// What to do, having seen this. To be called once for each new tick of its match; ticks may be left out.
    fn decide(&mut self, view: &View, own: Seat) -> Input;
}
