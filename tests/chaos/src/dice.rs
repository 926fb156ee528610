//! Random choices, from one seed.

use std::time::Duration;

use game::Random;

/// A generator that makes the same choices for the same seed.
pub(crate) struct Dice(Random);

impl Dice {
    /// Each number gives a different generator.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        Self(Random::new(
            seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ))
    }

    /// 0 to `count` - 1.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.0.bits()) * count as u64) >> 32) as usize
    }

    /// True with this probability, in percent.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A duration between the two limits, in ms.
    pub(crate) fn ms(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below((to - from) as usize) as u64)
    }
}
