//! Types that can be part of a state: they are saved and restored byte for byte.

use alloc::vec::Vec;

use crate::{BadState, Random, Reader, SLOTS_MIN, Seat, Seats};

/// A type of a hidden field. Floats, `usize` and hashed containers have no implementation: they
/// differ between machines.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a game's state",
    label = "not a type of a hidden field",
    note = "use integers of a fixed size, `bool`, `Random`, `Seat`, and arrays, tuples, `Option` and `Vec` of them",
    note = "floats, `usize` and `HashMap` differ between machines"
)]
pub trait Save: Sized {
    /// Appends its bytes.
    fn save(&self, out: &mut Vec<u8>);

    /// Restores the bytes of [`Save::save`]. Invalid bytes are an error, never a panic.
    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState>;
}

macro_rules! integers {
    ($($integer:ty)*) => { $(
        impl Save for $integer {
            fn save(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
                bytes.array().map(Self::from_le_bytes)
            }
        }
    )* };
}

integers! { u8 u16 u32 u64 i8 i16 i32 i64 }

impl Save for bool {
    fn save(&self, out: &mut Vec<u8>) {
        out.push((*self).into());
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        bytes.flag()
    }
}

impl Save for Random {
    fn save(&self, out: &mut Vec<u8>) {
        self.state().save(out);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        bytes.u64().map(Self::from_state)
    }
}

impl Save for Seat {
    fn save(&self, out: &mut Vec<u8>) {
        out.push(self.index() as u8);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Self::new(bytes.u8()?.into()).ok_or(BadState("no such seat"))
    }
}

/// The mark of a set with a seat after the fifth; its bits follow.
const MORE_SEATS: u8 = 255;

impl Save for Seats {
    fn save(&self, out: &mut Vec<u8>) {
        if self.span() <= SLOTS_MIN {
            out.push(self.bits() as u8);
        } else {
            out.push(MORE_SEATS);
            self.bits().save(out);
        }
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let first = bytes.u8()?;
        let seats = Self::from_bits(match first {
            MORE_SEATS => bytes.u64()?,
            _ => first.into(),
        });
        if (seats.span() > SLOTS_MIN) == (first == MORE_SEATS) {
            Ok(seats)
        } else {
            Err(BadState("no such seat"))
        }
    }
}

impl<T: Save> Save for Option<T> {
    fn save(&self, out: &mut Vec<u8>) {
        out.push(self.is_some().into());
        if let Some(value) = self {
            value.save(out);
        }
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        bytes.flag()?.then(|| T::restore(bytes)).transpose()
    }
}

impl<T: Save, const LEN: usize> Save for [T; LEN] {
    fn save(&self, out: &mut Vec<u8>) {
        for value in self {
            value.save(out);
        }
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let mut values = Vec::with_capacity(LEN);
        for _ in 0..LEN {
            values.push(T::restore(bytes)?);
        }
        values.try_into().map_err(|_| BadState("too short"))
    }
}

/// A count of 4 bytes, then the elements.
impl<T: Save> Save for Vec<T> {
    fn save(&self, out: &mut Vec<u8>) {
        (self.len() as u32).save(out);
        for value in self {
            value.save(out);
        }
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let len = bytes.u32()?;
        // An element has at least one byte, so a wrong count ends at the end of the bytes.
        let mut values = Self::new();
        for _ in 0..len {
            values.push(T::restore(bytes)?);
        }
        Ok(values)
    }
}

impl<A: Save, B: Save> Save for (A, B) {
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
        self.1.save(out);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Ok((A::restore(bytes)?, B::restore(bytes)?))
    }
}
