//! A player's input for one tick, and its conversion from outside numbers.

use core::f64::consts::TAU;

use crate::{SEATS_MAX, TURN};

/// A player's input for one tick; the same for every game.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The x part of the direction, to the right. Its length does not matter; (0, 0) stands still.
    pub dx: i8,
    /// The y part of the direction, down.
    pub dy: i8,
    /// 1024 to the turn, clockwise on the screen from the x axis.
    pub aim: u16,
    /// Whether the player shoots, or uses the game's equivalent.
    pub fire: bool,
}

impl Input {
    /// Runs in a direction of any length, in any unit.
    #[must_use]
    pub fn toward(x: i32, y: i32) -> Self {
        let (dx, dy) = direction(x.into(), y.into());
        Self {
            dx,
            dy,
            ..Self::default()
        }
    }

    /// The input that a tick without one repeats: the same, without fire.
    #[must_use]
    pub const fn held(self) -> Self {
        Self {
            fire: false,
            ..self
        }
    }

    /// The same, as every encoding can say it: no side of the direction beyond 127, the angle
    /// within a turn.
    #[must_use]
    pub fn in_range(self) -> Self {
        Self {
            dx: self.dx.max(-i8::MAX),
            dy: self.dy.max(-i8::MAX),
            aim: self.aim % TURN,
            ..self
        }
    }

    /// The input of an absent player: no movement, and the same aim.
    #[must_use]
    pub const fn neutral(self) -> Self {
        Self {
            dx: 0,
            dy: 0,
            aim: self.aim,
            fire: false,
        }
    }
}

/// An input as a step takes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatInput {
    /// The player's input.
    pub input: Input,
    /// How far in the past the player saw the others, in 1/16 tick, at most
    /// [`crate::VIEW_DELAY_MAX`].
    pub view_delay: u16,
}

/// The inputs of a tick, by seat; an empty seat's is neutral and ignored.
pub type SeatInputs = [SeatInput; SEATS_MAX];

/// A direction of any length as an [`Input`] has it: the longer side becomes 127. Anything not
/// finite stands still.
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

    #[test]
    fn a_held_input_never_fires() {
        let input = Input {
            dx: 1,
            dy: 2,
            aim: 3,
            fire: true,
        };
        assert_eq!(
            input.held(),
            Input {
                fire: false,
                ..input
            }
        );
        assert_eq!(
            input.neutral(),
            Input {
                aim: 3,
                ..Input::default()
            }
        );
    }
}
