//! A scene: the state to draw at one moment, in drawing units.

use alloc::vec::Vec;

use game::{FIELDS_MAX, Field, Kind, Seat, TURN, Values, View};

/// The state to draw. Lengths are px, angles are radians, all other fields are plain numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The tick the own player acts in.
    pub tick: f64,
    /// The tick at which the others are drawn.
    pub others_tick: f64,
    /// The match fields at `others_tick`, in the order of the schema.
    pub match_values: [f32; FIELDS_MAX],
    /// One entry per seat of the game. Players who left keep their entry.
    pub players: Vec<Option<Body>>,
    /// All entities.
    pub things: Vec<Thing>,
}

/// A player.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Body {
    /// The seat fields, in the order of the schema.
    pub values: [f32; FIELDS_MAX],
    /// Whether the player is in the world.
    pub alive: bool,
}

/// An entity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Thing {
    /// [`game::Entity::id`]. It stays the same from the prediction of the entity until its end.
    pub id: u64,
    /// Index into the schema's entity kinds.
    pub kind: u8,
    /// The owner, if any.
    pub owner: Option<Seat>,
    /// The age at which it is drawn, ticks.
    pub age: f32,
    /// The fields of its kind, in the order of the schema.
    pub values: [f32; FIELDS_MAX],
}

/// The values of a seat.
pub(crate) fn values_of(view: &View, seat: Seat) -> Option<Values> {
    let mut values = Values::default();
    for (value, &shown) in values.iter_mut().zip(view.seat(seat)?) {
        *value = shown;
    }
    Some(values)
}

/// Values in drawing units.
pub(crate) fn shown(fields: &[Field], values: &[u32]) -> [f32; FIELDS_MAX] {
    blended(fields, values, values, 0.0)
}

/// Interpolates between two states. Lengths and velocities are linear, angles take the short way, and all other fields
/// keep the first value until `part` is 1. Beyond 1, lengths are extrapolated within the range of their field.
pub(crate) fn blended(fields: &[Field], from: &[u32], to: &[u32], part: f32) -> [f32; FIELDS_MAX] {
    let mut shown = [0.0; FIELDS_MAX];
    let both = from.iter().zip(to);
    for (shown, (field, (&from, &to))) in shown.iter_mut().zip(fields.iter().zip(both)) {
        *shown = match field.kind {
            Kind::Linear { per_px } => {
                let way = i64::from(to) - i64::from(from);
                let at = (from as f32 + way as f32 * part).clamp(0.0, field.max() as f32);
                at / f32::from(per_px.max(1))
            }
            Kind::Velocity { per_px } => {
                let (from, to) = (field.number(from) as f32, field.number(to) as f32);
                (from + (to - from) * part.min(1.0)) / f32::from(per_px.max(1))
            }
            Kind::Angle => radians(from as f32 + turned(from, to) as f32 * part.min(1.0)),
            Kind::Flag | Kind::Count | Kind::Timer if part < 1.0 => from as f32,
            Kind::Flag | Kind::Count | Kind::Timer => to as f32,
        };
    }
    shown
}

/// The shortest turn from one angle to another.
fn turned(from: u32, to: u32) -> i32 {
    let (turn, half) = (i32::from(TURN), i32::from(TURN / 2));
    (to as i32 - from as i32 + half).rem_euclid(turn) - half
}

/// Radians in (-pi, pi], from an angle at most one turn out of range.
fn radians(angle: f32) -> f32 {
    let turn = f32::from(TURN);
    let signed = if angle > turn / 2.0 {
        angle - turn
    } else {
        angle
    };
    let signed = if signed <= -turn / 2.0 {
        signed + turn
    } else {
        signed
    };
    signed * core::f32::consts::TAU / turn
}

#[cfg(test)]
mod tests {
    use core::f32::consts::{FRAC_PI_2, PI};

    use game::Values;

    use super::*;

    const ANGLE: &[Field] = &[Field {
        name: "aim",
        bits: 10,
        kind: Kind::Angle,
    }];

    fn check(from: u32, to: u32, part: f32, expected: f32) {
        let value = |angle| {
            let mut values = Values::default();
            values[0] = angle;
            values
        };
        let shown = blended(ANGLE, &value(from), &value(to), part)[0];
        assert!(
            (shown - expected).abs() < 1e-4,
            "{from} to {to}: {shown} is not {expected}"
        );
    }

    #[test]
    fn velocities_are_signed_and_not_extrapolated() {
        let field = Field {
            name: "vx",
            bits: 8,
            kind: Kind::Velocity { per_px: 16 },
        };
        let shown = |number: i32| field.to_shown(number as u32);
        for (part, expected) in [(0.0, -32.0), (0.5, 8.0), (1.0, 48.0), (1.5, 48.0)] {
            let drawn = blended(&[field], &[shown(-32)], &[shown(48)], part)[0];
            assert!((drawn - expected / 16.0).abs() < 1e-4, "{part}: {drawn}");
        }
    }

    #[test]
    fn angles_are_interpolated_the_short_way() {
        check(0, 512, 0.5, -FRAC_PI_2);
        check(0, 256, 1.0, FRAC_PI_2);
        check(1000, 24, 0.5, 0.0);
        check(24, 1000, 0.5, 0.0);
        check(500, 524, 0.5, PI);
        check(524, 500, 0.75, 506.0 * PI / 512.0);
    }
}
