//! Compile-time checks of a game's input.

use super::{Mistake, RESERVED, TWICE, is_one_of, is_same};
use crate::input::FIELDS_MAX;
use crate::{InputField, InputKind};

/// The maximum number of bits of an input.
const BITS_MAX: u32 = 64;
/// The maximum length of a name, bytes: the reason of a close contains it.
const NAME_BYTES_MAX: usize = 32;
/// Member names that the message `input` uses in addition to the fields.
const NAMES: &[&str] = &["type", "tick", "seen", "view"];

/// The first mistake in the declaration of an input.
pub(crate) const fn input_mistake(fields: &'static [InputField]) -> Option<Mistake> {
    let (mut at, mut bits) = (0, 0);
    while at < fields.len() {
        let InputField { name, kind } = fields[at];
        bits += kind.bits();
        let rule = match kind {
            _ if at >= FIELDS_MAX => "exceeds the limit of 16",
            _ if name.len() > NAME_BYTES_MAX => "has a name of more than 32 bytes",
            _ if is_one_of(NAMES, name) => RESERVED,
            _ if is_named_before!(fields, at, name) => TWICE,
            InputKind::Choice(choices) if choices < 2 || choices > 256 => {
                "must have 2 to 256 choices"
            }
            InputKind::Count(bits) if bits < 1 || bits > 32 => "must have 1 to 32 bits",
            _ if bits > BITS_MAX => "exceeds the limit of 64 bits",
            _ => {
                at += 1;
                continue;
            }
        };
        return Some(Mistake::of("input field", name, rule));
    }
    None
}
