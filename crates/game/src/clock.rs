//! The remaining time of a match.

use alloc::vec::Vec;

use crate::{BadState, Rate, Reader, Save};

/// Counts the ticks of a match down. Part of the state, usually as a hidden field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    left: u32,
    per_second: u32,
}

impl Clock {
    /// A clock with this remaining time, in seconds, such as a setting. A negative time counts as 0.
    pub fn new(seconds: i32, rate: Rate) -> Self {
        let per_second = rate.ticks_per_second();
        let seconds = u32::try_from(seconds.max(0)).unwrap_or(u32::MAX);
        Self {
            left: seconds.saturating_mul(per_second),
            per_second,
        }
    }

    /// Counts a tick. False if the time was already over.
    pub fn tick(&mut self) -> bool {
        let was_over = self.is_over();
        self.left = self.left.saturating_sub(1);
        !was_over
    }

    /// Whether no time is left.
    pub const fn is_over(&self) -> bool {
        self.left == 0
    }

    /// Whether a whole number of seconds is left, which is so once a second.
    pub const fn is_second(&self) -> bool {
        self.left.is_multiple_of(self.per_second)
    }
}

impl Save for Clock {
    fn save(&self, out: &mut Vec<u8>) {
        self.left.save(out);
        self.per_second.save(out);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let (left, per_second) = (bytes.u32()?, bytes.u32()?);
        if per_second == 0 {
            return Err(BadState("a clock has no ticks in a second"));
        }
        Ok(Self { left, per_second })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_20_hz_has_20_ticks_and_ends_once() {
        let mut clock = Clock::new(2, Rate::Hz(20));
        let seconds = (1..=50).filter(|_| clock.tick() && clock.is_second());
        assert_eq!(seconds.collect::<Vec<u32>>(), [20, 40]);
        assert!(clock.is_over());
        assert!(Clock::new(-1, Rate::Hz(60)).is_over());
    }
}
