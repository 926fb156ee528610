//! The types of an input's fields, and their conversion from outside numbers.

use core::f64::consts::TAU;

use crate::TURN;

/// A direction. Its length does not matter; (0, 0) is no direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// To the right, -127 to 127.
    pub x: i8,
    /// Down, -127 to 127.
    pub y: i8,
}

impl Direction {
    /// A direction from sides of any length, in any unit.
    #[must_use]
    pub fn toward(x: i32, y: i32) -> Self {
        let (x, y) = direction(x.into(), y.into());
        Self { x, y }
    }
}

/// The type of an input's field.
pub trait InputValue: Copy {
    /// The value as a number.
    fn to_bits(self) -> u32;

    /// The value of a number.
    fn from_bits(bits: u32) -> Self;
}

impl InputValue for bool {
    fn to_bits(self) -> u32 {
        self.into()
    }

    fn from_bits(bits: u32) -> Self {
        bits != 0
    }
}

impl InputValue for i8 {
    fn to_bits(self) -> u32 {
        (self as u8).into()
    }

    fn from_bits(bits: u32) -> Self {
        bits as Self
    }
}

impl InputValue for Direction {
    fn to_bits(self) -> u32 {
        self.x.to_bits() << 8 | self.y.to_bits()
    }

    fn from_bits(bits: u32) -> Self {
        Self {
            x: i8::from_bits(bits >> 8),
            y: i8::from_bits(bits),
        }
    }
}

macro_rules! unsigned {
    ($($type:ty),*) => { $(
        impl InputValue for $type {
            fn to_bits(self) -> u32 {
                self.into()
            }

            fn from_bits(bits: u32) -> Self {
                bits as Self
            }
        }
    )* };
}

unsigned!(u8, u16, u32);

/// Scales a direction of any length to that of a [`Direction`]: the longer side becomes 127. Without a finite
/// length the result is (0, 0).
pub fn direction(dx: f64, dy: f64) -> (i8, i8) {
    let longest = if dx.abs() > dy.abs() {
        dx.abs()
    } else {
        dy.abs()
    };
    if !dx.is_finite() || !dy.is_finite() || longest == 0.0 {
        return (0, 0);
    }
    (
        nearest(dx / longest * 127.0) as i8,
        nearest(dy / longest * 127.0) as i8,
    )
}

/// The nearest number of an axis: -1 to 1 become -127 to 127.
pub fn axis(value: f64) -> i8 {
    nearest(value * 127.0).clamp(-127, 127) as i8
}

/// The nearest of the 1024 angles; any turn count wraps, anything not finite is 0.
pub fn aim_from_radians(radians: f64) -> u16 {
    if !radians.is_finite() {
        return 0;
    }
    let turns = radians / TAU % 1.0;
    nearest(turns * f64::from(TURN)).rem_euclid(i64::from(TURN)) as u16
}

/// Radians in (-pi, pi].
pub fn aim_to_radians(aim: u16) -> f64 {
    let aim = i32::from(aim % TURN);
    let half = i32::from(TURN / 2);
    let signed = if aim > half { aim - 2 * half } else { aim };
    f64::from(signed) * TAU / f64::from(TURN)
}

/// Rounds half away from zero; `core` has no `round`.
fn nearest(value: f64) -> i64 {
    (value + if value < 0.0 { -0.5 } else { 0.5 }) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_keep_their_heading_and_lose_their_length() {
        let check =
            |dx: f64, dy: f64, expected| assert_eq!(direction(dx, dy), expected, "({dx}, {dy})");
        check(0.0, 0.0, (0, 0));
        check(1.0, 0.0, (127, 0));
        check(-0.001, 0.001, (-127, 127));
        check(3e300, -4e300, (95, -127));
        check(f64::NAN, 1.0, (0, 0));
        check(f64::INFINITY, 1.0, (0, 0));
        check(5e-324, 0.0, (127, 0));
    }

    #[test]
    fn every_angle_survives_radians() {
        for aim in 0..TURN {
            let radians = aim_to_radians(aim);
            assert!(radians > -core::f64::consts::PI && radians <= core::f64::consts::PI);
            assert_eq!(aim_from_radians(radians), aim);
            assert_eq!(aim_from_radians(radians + 8.0 * TAU), aim);
        }
        assert_eq!(aim_from_radians(f64::NAN), 0);
        assert_eq!(aim_from_radians(-1e-9), 0);
    }
}
