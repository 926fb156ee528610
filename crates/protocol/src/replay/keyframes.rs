//! Owns the states a replay keeps, so that going back does not begin at the beginning.

use alloc::vec::Vec;

use super::Moment;

/// From one kept state to the next at first, ticks; each time there are too many, it doubles.
pub const KEYFRAME_TICKS: u32 = 120;
/// States that are kept, at most.
pub const KEYFRAMES_MAX: usize = 128;

/// States by tick, the first of them that of tick 0.
#[derive(Clone, Debug)]
pub(super) struct Keyframes<G> {
    kept: Vec<Moment<G>>,
    interval: u32,
    first: Moment<G>,
}

impl<G: Clone> Keyframes<G> {
    pub(super) fn new(first: Moment<G>) -> Self {
        Self {
            kept: Vec::new(),
            interval: KEYFRAME_TICKS,
            first,
        }
    }

    /// Keeps a state whose turn it is.
    pub(super) fn keep(&mut self, now: &Moment<G>) {
        let newest = self.kept.last().map_or(0, |moment| moment.tick);
        if now.tick < newest + self.interval || !now.tick.is_multiple_of(self.interval) {
            return;
        }
        self.kept.push(now.clone());
        if self.kept.len() > KEYFRAMES_MAX {
            self.interval *= 2;
            let interval = self.interval;
            self.kept
                .retain(|moment| moment.tick.is_multiple_of(interval));
        }
    }

    /// The newest one not after this tick.
    pub(super) fn before(&self, tick: u32) -> &Moment<G> {
        let after = self.kept.partition_point(|moment| moment.tick <= tick);
        self.kept[..after].last().unwrap_or(&self.first)
    }
}
