//! The schemas of inputs that the targets decode with: the pad, and every kind of field.

use game::{InputFields as _, InputSchema, Pad};

game::input! {
    /// A field of every kind, and 64 bits.
    pub struct All {
        jump: button,
        crouch: hold,
        throttle: axis,
        way: direction,
        aim: angle,
        item: choice(5),
        level: count(25),
    }
}

pub const SCHEMAS: [&InputSchema; 2] = [Pad::SCHEMA, All::SCHEMA];
