//! The default input: a direction, an angle and a button.

use super::{Direction, Input, InputBits, InputFields};
use crate::{InputField, InputKind, InputSchema, direction};

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
        let mut bits = InputBits::of(input, Self::SCHEMA);
        let Direction { x, y } = bits.take(MOVE);
        Self {
            dx: x,
            dy: y,
            aim: bits.take(AIM),
            fire: bits.take(FIRE),
        }
    }
}

/// A side of -128 becomes -127, and the angle is wrapped to one turn.
impl From<Pad> for Input {
    fn from(Pad { dx, dy, aim, fire }: Pad) -> Self {
        let mut bits = InputBits::default();
        bits.put(Direction { x: dx, y: dy }, MOVE);
        bits.put(aim, AIM);
        bits.put(fire, FIRE);
        bits.input()
    }
}
