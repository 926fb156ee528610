//! The random number generator of a game's state.

/// PCG-XSH-RR 64/32 (O'Neill 2014, <https://www.pcg-random.org>) with the reference's default stream. Its whole state
/// is one number, so a checkpoint of it is eight bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    state: u64,
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = 1_442_695_040_888_963_407;

impl Random {
    /// Seeds as the reference's `pcg32_srandom` does.
    pub const fn new(seed: u64) -> Self {
        Self {
            state: INCREMENT
                .wrapping_add(seed)
                .wrapping_mul(MULTIPLIER)
                .wrapping_add(INCREMENT),
        }
    }

    /// Continues from a saved [`Random::state`].
    pub const fn from_state(state: u64) -> Self {
        Self { state }
    }

    /// The state to save.
    pub const fn state(&self) -> u64 {
        self.state
    }

    /// The next 32 bits.
    pub const fn bits(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        ((((old >> 18) ^ old) >> 27) as u32).rotate_right((old >> 59) as u32)
    }

    /// A number in `0..end` (0 when `end` is 0), by multiplication; the bias is below `end` / 2^32.
    pub const fn below(&mut self, end: u32) -> u32 {
        ((self.bits() as u64 * end as u64) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_reference_implementation() {
        // C: pcg32_srandom_r(&rng, 42, 0x14057b7ef767814f >> 1) and six pcg32_random_r.
        let mut random = Random::new(42);
        let drawn: std::vec::Vec<u32> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(drawn, reference(42, 3));
    }

    /// The reference, written out from the paper: state = 0; step; state += seed; step; then output, step.
    fn reference(seed: u64, count: usize) -> std::vec::Vec<u32> {
        let step =
            |state: u128| (state * u128::from(MULTIPLIER) + u128::from(INCREMENT)) % (1 << 64);
        let mut state = step((step(0) + u128::from(seed)) % (1 << 64));
        let mut drawn = std::vec::Vec::new();
        for _ in 0..count {
            let mixed = ((((state >> 18) ^ state) >> 27) % (1 << 32)) as u32;
            let turn = (state >> 59) as u32;
            drawn.push((mixed >> turn) | (mixed << ((32 - turn) & 31)));
            state = step(state);
        }
        drawn
    }

    #[test]
    fn below_returns_numbers_below_the_end() {
        let mut random = Random::new(7);
        assert!((0..10_000).all(|_| random.below(13) < 13));
        assert_eq!(random.below(0), 0);
    }
}
