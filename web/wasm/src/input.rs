//! Conversion of the page's numbers to a player's input.

use game::{Input, InputKind, InputSchema, aim_from_radians, axis, direction};

/// The bytes are a double for each field, in order, and two for a direction. Buttons and holds are 0 or 1, an
/// axis is -1 to 1, a direction has any length, an angle is in radians. Missing numbers are 0, and
/// numbers out of range are limited to it.
pub(crate) fn of_numbers(schema: &InputSchema, bytes: &[u8]) -> Input {
    let mut numbers = bytes
        .chunks_exact(size_of::<f64>())
        .map(|bytes| bytes.try_into().map_or(0.0, f64::from_le_bytes));
    let mut next = || numbers.next().unwrap_or(0.0);
    let mut input = Input::default();
    for place in schema.places() {
        let kind = place.kind;
        let number = match kind {
            InputKind::Axis => side(axis(next())),
            InputKind::Direction => {
                let (x, y) = direction(next(), next());
                side(x) << 8 | side(y)
            }
            InputKind::Angle => aim_from_radians(next()).into(),
            InputKind::Button | InputKind::Hold => u32::from(next() != 0.0),
            InputKind::Choice(_) | InputKind::Count(_) => {
                (next() as u32).min(kind.greatest().unwrap_or(0))
            }
        };
        place.set(&mut input, number);
    }
    input
}

fn side(side: i8) -> u32 {
    (side as u8).into()
}
