//! What a player holds in a tick: the packed value, and the types that give it a meaning.

mod macros;
mod pad;
mod schema;
mod value;

use core::fmt::Debug;

pub use pad::Pad;
pub(crate) use schema::FIELDS_MAX;
pub use schema::{InputField, InputKind, InputPlace, InputSchema};
pub use value::{Direction, InputValue, aim_from_radians, aim_to_radians, axis, direction};

use crate::SEATS_MAX;

/// What a player holds in a tick, as the bits of its fields: the last field has the lowest bits.
/// The game's [`InputSchema`] gives the bits their meaning, and a type that implements
/// [`InputFields`] names them. The default is all zeros, which is valid in every schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Input(pub u64);

/// The typed form of a game's input: [`Pad`], or a struct that [`input!`](crate::input) declares.
pub trait InputFields: Copy + Debug + Default + PartialEq + From<Input> + Into<Input> {
    /// Its fields. A game with this input has `const INPUT: &'static InputSchema = Self::SCHEMA`.
    const SCHEMA: &'static InputSchema;
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

/// The bits of an input, field by field, for the conversions of [`input!`](crate::input).
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct InputBits {
    bits: u64,
    /// Of these, the lowest that were not taken.
    left: u32,
}

impl InputBits {
    /// Those of this input, to take from.
    #[must_use]
    pub const fn of(input: Input, schema: &InputSchema) -> Self {
        Self {
            bits: input.0,
            left: schema.bits(),
        }
    }

    /// The next field.
    pub fn take<T: InputValue>(&mut self, kind: InputKind) -> T {
        self.left = self.left.saturating_sub(kind.bits());
        T::from_bits((self.bits >> self.left) as u32 & kind.mask())
    }

    /// Appends a field; a value out of range becomes the nearest one within it.
    pub fn put<T: InputValue>(&mut self, value: T, kind: InputKind) {
        self.bits = self.bits << kind.bits() | u64::from(kind.in_range(value.to_bits()));
    }

    /// What was put.
    #[must_use]
    pub const fn input(self) -> Input {
        Input(self.bits)
    }
}

#[cfg(test)]
mod tests;
