//! The default input: a direction, an angle and a button.

use super::{Input, InputFields};
use crate::{InputField, InputKind, InputSchema, TURN, direction};

/// The input of a game that declares none: fields `move`, `aim` and `fire`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pad {
    /// The x part of the direction, to the right. Its length does not matter; (0, 0) stands still.
    pub dx: i8,
    /// The y part of the direction, down.
    pub dy: i8,
    /// 1024 to the turn, clockwise on the screen from the x axis.
    pub aim: u16,
    /// Whether the player shoots, or uses the game's equivalent.
    pub fire: bool,
}

const MOVE: InputKind = InputKind::Direction;
const AIM: InputKind = InputKind::Angle;
const FIRE: InputKind = InputKind::Button;
const AIM_AT: u32 = MOVE.bits();
const FIRE_AT: u32 = AIM_AT + AIM.bits();

impl Pad {
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
}

impl InputFields for Pad {
    const SCHEMA: &'static InputSchema = &InputSchema::new(&[
        InputField {
            name: "move",
            kind: MOVE,
        },
        InputField {
            name: "aim",
            kind: AIM,
        },
        InputField {
            name: "fire",
            kind: FIRE,
        },
    ]);
}

impl From<Input> for Pad {
    fn from(input: Input) -> Self {
        let direction = input.get(MOVE, 0);
        Self {
            dx: (direction >> 8) as i8,
            dy: direction as i8,
            aim: input.get(AIM, AIM_AT) as u16,
            fire: input.get(FIRE, FIRE_AT) != 0,
        }
    }
}

/// A side of -128 becomes -127, and the angle is within a turn.
impl From<Pad> for Input {
    fn from(pad: Pad) -> Self {
        let side = |side: i8| u32::from(side.max(-i8::MAX) as u8);
        let mut input = Self::default();
        input.set(MOVE, 0, side(pad.dx) << 8 | side(pad.dy));
        input.set(AIM, AIM_AT, (pad.aim % TURN).into());
        input.set(FIRE, FIRE_AT, pad.fire.into());
        input
    }
}
