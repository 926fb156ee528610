//! Scenes, events and measurements as lists of doubles.

use game::{ArgKind, FIELDS_MAX, Kind, Schema, aim_to_radians};
use netclient::{Body, Happened, Scene, Stats, Thing};

/// `tick, others_tick`, then the match fields, then for each of the game's seats `present, alive` and its
/// fields, then for each entity `id, kind, seat, age` and its fields; the seat is negative without an owner. The
/// match and an entity have the fields of the schema; a seat has 32, the rest of them 0.
pub(crate) fn scene(schema: &Schema, scene: &Scene, out: &mut Vec<f64>) {
    out.extend_from_slice(&[scene.tick, scene.others_tick]);
    let of_match = schema.match_fields.iter().zip(&scene.match_values);
    out.extend(of_match.map(|(_, &value)| f64::from(value)));
    for player in &scene.players {
        let Body { values, alive } = player.unwrap_or_default();
        out.extend_from_slice(&[f64::from(player.is_some()), f64::from(alive)]);
        fields(&values, out);
    }
    for thing in &scene.things {
        let Thing {
            id,
            kind,
            owner,
            age,
            ref values,
        } = *thing;
        let seat = owner.map_or(-1.0, |seat| seat.index() as f64);
        out.extend_from_slice(&[id as f64, kind.into(), seat, age.into()]);
        let described = schema.entities.get(usize::from(kind));
        let of_thing = described.map_or(&[][..], |kind| kind.fields);
        out.extend(
            of_thing
                .iter()
                .zip(values)
                .map(|(_, &value)| f64::from(value)),
        );
    }
}

/// `tick, kind`, then the arguments: lengths in px, angles in radians, a negative seat for no player.
pub(crate) fn event(schema: &Schema, happened: &Happened, out: &mut Vec<f64>) {
    let event = &happened.event;
    out.extend_from_slice(&[happened.tick.into(), event.kind.into()]);
    let Some(kind) = schema.events.get(usize::from(event.kind)) else {
        return;
    };
    for (arg, &value) in kind.args.iter().zip(&event.args) {
        out.push(match arg.kind {
            ArgKind::Value(Kind::Linear { per_px } | Kind::Velocity { per_px }) => {
                value as f64 / f64::from(per_px.max(1))
            }
            ArgKind::Value(Kind::Angle) => aim_to_radians(value as u16),
            _ => value as f64,
        });
    }
}

/// The fields in the order of [`Stats`].
pub(crate) fn stats(stats: &Stats, out: &mut Vec<f64>) {
    out.extend_from_slice(&[
        stats.round_trip_ms.into(),
        stats.jitter_ms.into(),
        stats.margin_ticks.into(),
        stats.run_ahead_ticks.into(),
        stats.view_delay_ticks.into(),
        stats.snapshot_age_ms.into(),
        stats.interval_ticks.into(),
        stats.snapshots as f64,
        stats.corrections as f64,
        stats.corrections_px.into(),
        stats.correction_px_max.into(),
        stats.underruns as f64,
        stats.bytes_in as f64,
        stats.bytes_out as f64,
    ]);
}

/// Appends whole numbers.
pub(crate) fn push(numbers: &[u32], out: &mut Vec<f64>) {
    out.extend(numbers.iter().map(|&number| f64::from(number)));
}

fn fields(values: &[f32; FIELDS_MAX], out: &mut Vec<f64>) {
    out.extend(values.iter().map(|&value| f64::from(value)));
}
