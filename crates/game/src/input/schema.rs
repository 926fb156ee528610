//! The fields of a game's input, and their values for late or absent players.

use crate::check::input_mistake;
use crate::{Input, Random, TURN};

/// The maximum number of fields of an input.
pub(crate) const FIELDS_MAX: usize = 16;
const UNUSED: InputPlace = InputPlace {
    kind: InputKind::Button,
    bits: 1,
    at: 0,
};

/// The fields of an input, at most 16 and 64 bits, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputSchema {
    fields: &'static [InputField],
    /// The places of the fields; the rest is unused.
    places: [InputPlace; FIELDS_MAX],
    bits: u32,
    buttons: u64,
    /// The bits that an absent player keeps: angles and choices.
    kept: u64,
    /// The highest bit of each side of an axis or a direction.
    signs: u64,
    has_choices: bool,
}

/// Where a field is in the bits of an [`Input`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputPlace {
    /// What the field holds.
    pub kind: InputKind,
    /// Its width.
    pub bits: u32,
    /// Its lowest bit.
    at: u32,
}

/// A field of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputField {
    /// The name in messages and pages.
    pub name: &'static str,
    /// What it holds.
    pub kind: InputKind,
}

/// What a field of an input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Pressed or not. A tick without an input does not repeat it.
    Button,
    /// Pressed or not. A tick without an input repeats it.
    Hold,
    /// -127 to 127.
    Axis,
    /// Two sides of -127 to 127 each; (0, 0) is no direction.
    Direction,
    /// 1024 to the turn.
    Angle,
    /// One of this many, 2 to 256, counted from 0.
    Choice(u16),
    /// A number of this many bits, 1 to 32.
    Count(u8),
}

impl InputSchema {
    /// A schema of these fields.
    ///
    /// # Panics
    /// When the declaration has a mistake. The message names it; in a constant it is a compile error.
    #[must_use]
    pub const fn new(fields: &'static [InputField]) -> Self {
        if let Some(mistake) = input_mistake(fields) {
            mistake.fail();
        }
        let mut schema = Self {
            fields,
            places: [UNUSED; FIELDS_MAX],
            bits: 0,
            buttons: 0,
            kept: 0,
            signs: 0,
            has_choices: false,
        };
        // The last field has the lowest bits.
        let mut index = fields.len();
        while index > 0 {
            index -= 1;
            schema.place(index);
        }
        schema
    }

    const fn place(&mut self, index: usize) {
        let kind = self.fields[index].kind;
        let (bits, at) = (kind.bits(), self.bits);
        let mask = (kind.mask() as u64) << at;
        match kind {
            InputKind::Button => self.buttons |= mask,
            InputKind::Hold | InputKind::Count(_) => {}
            InputKind::Axis => self.signs |= 0x80 << at,
            InputKind::Direction => self.signs |= 0x8080 << at,
            InputKind::Angle => self.kept |= mask,
            InputKind::Choice(_) => {
                self.kept |= mask;
                self.has_choices = true;
            }
        }
        self.places[index] = InputPlace { kind, bits, at };
        self.bits += bits;
    }

    /// The fields in order.
    #[must_use]
    pub const fn fields(&self) -> &'static [InputField] {
        self.fields
    }

    /// The place of each field, in order.
    #[must_use]
    pub fn places(&self) -> &[InputPlace] {
        &self.places[..self.fields.len().min(FIELDS_MAX)]
    }

    /// The width of all fields.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether each field has a number in its range.
    #[must_use]
    pub fn accepts(&self, Input(bits): Input) -> bool {
        // A side of -128 is a sign with seven zeros below it.
        let below = self.signs - (self.signs >> 7);
        let is_above_zero = (bits & below) + below;
        let has_least_side = bits & self.signs & !is_above_zero != 0;
        let is_choice = |place: &InputPlace| place.kind.accepts(place.get(Input(bits)));
        !has_least_side && (!self.has_choices || self.places().iter().all(is_choice))
    }

    /// The input of a tick without one: the last input without its buttons.
    #[must_use]
    pub const fn held(&self, input: Input) -> Input {
        Input(input.0 & !self.buttons)
    }

    /// The input of an absent player: the angles and choices only.
    #[must_use]
    pub const fn neutral(&self, input: Input) -> Input {
        Input(input.0 & self.kept)
    }

    /// The input with the additional buttons of an earlier input.
    #[must_use]
    pub const fn with_buttons(&self, input: Input, earlier: Input) -> Input {
        Input(input.0 | earlier.0 & self.buttons)
    }

    /// The input with each field limited to its range, so that every encoding can carry it.
    #[must_use]
    pub fn in_range(&self, input: Input) -> Input {
        let mut checked = Input::default();
        for place in self.places() {
            place.set(&mut checked, place.kind.in_range(place.get(input)));
        }
        checked
    }

    /// A random input.
    pub fn random(&self, random: &mut Random) -> Input {
        let mut input = Input::default();
        for place in self.places() {
            place.set(&mut input, place.kind.random(random));
        }
        input
    }
}

impl InputPlace {
    /// The field's number.
    #[must_use]
    pub const fn get(&self, input: Input) -> u32 {
        (input.0 >> self.at) as u32 & self.mask()
    }

    /// Sets the field's number.
    pub const fn set(&self, input: &mut Input, number: u32) {
        let mask = self.mask();
        input.0 = input.0 & !((mask as u64) << self.at) | ((number & mask) as u64) << self.at;
    }

    const fn mask(&self) -> u32 {
        u32::MAX >> (u32::BITS - self.bits)
    }
}

impl InputKind {
    /// The width of its number: a side of a direction or an axis is in two's complement, and x is
    /// above y.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Button | Self::Hold => 1,
            Self::Axis => 8,
            Self::Direction => 16,
            Self::Angle => 10,
            Self::Choice(choices) => u16::BITS - choices.saturating_sub(1).leading_zeros(),
            Self::Count(bits) => bits as u32,
        }
    }

    pub(crate) const fn mask(self) -> u32 {
        match self.bits() {
            0 => 0,
            bits => u32::MAX >> u32::BITS.saturating_sub(bits),
        }
    }

    /// The greatest number of a choice or a count.
    #[must_use]
    pub const fn greatest(self) -> Option<u32> {
        match self {
            Self::Choice(choices) => Some(choices.saturating_sub(1) as u32),
            Self::Count(_) => Some(self.mask()),
            _ => None,
        }
    }

    /// Whether a number of its width is in its range.
    #[must_use]
    pub const fn accepts(self, number: u32) -> bool {
        match self {
            Self::Axis => number != LEAST_SIDE,
            Self::Direction => number >> 8 != LEAST_SIDE && number & 0xff != LEAST_SIDE,
            Self::Choice(choices) => number < choices as u32,
            _ => true,
        }
    }

    /// The nearest number in its range.
    pub(crate) const fn in_range(self, number: u32) -> u32 {
        match self {
            Self::Button | Self::Hold => (number != 0) as u32,
            Self::Axis => side_in_range(number),
            Self::Direction => side_in_range(number >> 8) << 8 | side_in_range(number & 0xff),
            Self::Angle => number % TURN as u32,
            Self::Choice(choices) if number >= choices as u32 => choices.saturating_sub(1) as u32,
            Self::Count(_) if number > self.mask() => self.mask(),
            Self::Choice(_) | Self::Count(_) => number,
        }
    }

    fn random(self, random: &mut Random) -> u32 {
        match self {
            Self::Choice(choices) => random.below(choices.into()),
            _ => self.in_range(random.bits() & self.mask()),
        }
    }
}

/// -128 has no positive counterpart; no side has this value.
const LEAST_SIDE: u32 = 0x80;

const fn side_in_range(side: u32) -> u32 {
    if side == LEAST_SIDE { 0x81 } else { side }
}
