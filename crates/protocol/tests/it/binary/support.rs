//! Random views and events of any schema, and encoding of a whole snapshot.

use game::{
    ArgKind, Birth, ENTITIES_MAX, Entity, EntityLists, Event, Field, Kind, Schema, Seat, Values,
    View,
};
use proptest::prelude::*;
use protocol::DecodeError;
use protocol::binary::{
    BASELINE_TICKS_MAX, Layout, SnapshotHeader, TICK_MAX, decode_snapshot, encode_delta,
    encode_full, encode_header,
};

pub(crate) fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

/// The layout of a game with this schema, of at most five seats.
pub(crate) fn of_five(schema: &Schema) -> Layout<'_> {
    Layout { schema, slots: 5 }
}

/// A frame: a full snapshot if there is no baseline.
pub(crate) fn frame(
    layout: Layout<'_>,
    baseline: Option<&View>,
    reference: Option<&View>,
    view: &View,
) -> Vec<u8> {
    let mut frame = Vec::new();
    let header = SnapshotHeader {
        tick: view.tick,
        baseline: baseline.map(|baseline| baseline.tick),
        ack: None,
        margin: 0,
    };
    encode_header(&header, &mut frame);
    match baseline {
        Some(baseline) => encode_delta(layout, baseline, reference, view, &mut frame),
        None => encode_full(layout, view, &mut frame),
    }
    frame
}

/// Decodes a frame with only these known views.
pub(crate) fn decoded(
    layout: Layout<'_>,
    frame: &[u8],
    known: &[&View],
) -> Result<View, DecodeError> {
    let mut view = View::default();
    let find = |tick| known.iter().copied().find(|view| view.tick == tick);
    decode_snapshot(layout, frame, find, &mut view).map(|_| view)
}

/// Three views of the same match, oldest first: a reference, a baseline, a snapshot.
pub(crate) fn three_views(layout: Layout<'static>) -> impl Strategy<Value = [View; 3]> {
    let steps = (1..=BASELINE_TICKS_MAX, 0..=BASELINE_TICKS_MAX);
    (
        view(layout),
        steps,
        any::<[u32; 16]>(),
        view(layout),
        any::<bool>(),
    )
        .prop_map(
            move |(first, (to_baseline, to_view), noise, other, is_alike)| {
                let mut baseline = if is_alike {
                    moved(layout.schema, &first, &noise)
                } else {
                    other
                };
                baseline.tick = (first.tick + to_baseline).min(TICK_MAX);
                let mut view = moved(layout.schema, &baseline, &noise[5..]);
                view.tick = (baseline.tick + to_view).min(TICK_MAX);
                [first, baseline, view]
            },
        )
}

/// A random view of this schema, in range.
pub(crate) fn view(layout: Layout<'static>) -> impl Strategy<Value = View> {
    let schema = layout.schema;
    let player = prop::option::of(values(schema.seat));
    let seats = prop::collection::vec(player, layout.slots);
    let count = if schema.entities.is_empty() {
        0
    } else {
        ENTITIES_MAX
    };
    let entities = prop::collection::vec(entity(layout), 0..=count);
    let of_match = values(schema.match_fields);
    (0..=TICK_MAX, of_match, seats, entities).prop_map(|(tick, match_values, seats, entities)| {
        let mut view = View::at(tick);
        view.match_values = match_values;
        view.entities = entities.iter().map(Made::entity).collect();
        for (seat, values) in Seat::all().zip(seats) {
            if let Some(values) = values {
                view.show(seat, &values);
            }
        }
        view
    })
}

/// An entity with its values.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    kind: u8,
    birth: Birth,
    values: Vec<u32>,
}

impl Made {
    fn of(entity: Entity<'_>) -> Self {
        Self {
            kind: entity.kind,
            birth: entity.birth,
            values: entity.values.to_vec(),
        }
    }

    fn entity(&self) -> Entity<'_> {
        Entity {
            kind: self.kind,
            birth: self.birth,
            values: &self.values,
        }
    }
}

fn entity(layout: Layout<'static>) -> impl Strategy<Value = Made> {
    let schema = layout.schema;
    let kinds = schema.entities.len().max(1);
    let owner = prop::option::weighted(0.8, 0..layout.slots);
    let index = prop_oneof![4 => Just(0), 1 => 0..=Birth::INDEX_MAX];
    (0..kinds, owner, any::<u32>(), index, any::<Values>()).prop_map(
        move |(kind, owner, tick, index, noise)| {
            let described = schema.entities.get(kind);
            Made {
                kind: kind as u8,
                birth: Birth {
                    tick,
                    owner: owner.map(seat),
                    index,
                },
                values: in_range(described.map_or(&[][..], |kind| kind.fields), &noise),
            }
        },
    )
}

fn values(fields: &'static [Field]) -> impl Strategy<Value = Vec<u32>> {
    any::<Values>().prop_map(move |noise| in_range(fields, &noise))
}

fn in_range(fields: &[Field], noise: &Values) -> Vec<u32> {
    fields
        .iter()
        .zip(noise)
        .map(|(field, &noise)| noise & field.max())
        .collect()
}

/// The view some ticks later: some fields have changed, some entities are gone, others are new.
fn moved(schema: &Schema, view: &View, noise: &[u32]) -> View {
    let mut next = view.clone();
    for seat in view.seats().iter() {
        let noise = noise[seat.index() % 5].rotate_left(seat.index() as u32);
        if let Some(values) = next.seat_mut(seat) {
            change(schema.seat, values, noise);
        }
    }
    change(schema.match_fields, &mut next.match_values, noise[2]);
    next.entities = moved_entities(schema, view, noise);
    next
}

/// Some entities are gone, one is new, and some of the changing ones have changed. Sometimes their order
/// is different.
fn moved_entities(schema: &Schema, view: &View, noise: &[u32]) -> EntityLists {
    let mut turn = 0;
    let mut left: Vec<Made> = view
        .entities
        .iter()
        .filter(|_| {
            turn += 1;
            noise[0].rotate_left(turn).is_multiple_of(2)
        })
        .map(Made::of)
        .collect();
    for (at, made) in left.iter_mut().enumerate() {
        let described = &schema.entities[usize::from(made.kind)];
        if described.changes {
            let mut values = made.entity().fields();
            change(described.fields, &mut values, noise[at % noise.len()]);
            made.values = values[..described.fields.len()].to_vec();
        }
    }
    if noise[1].is_multiple_of(4) && !left.is_empty() {
        let by = noise[1] as usize % left.len();
        left.rotate_left(by);
    }
    if let Some(first) = view.entities.iter().next()
        && left.len() < ENTITIES_MAX
    {
        let mut new = Made::of(first);
        new.birth.tick = noise[1];
        left.push(new);
    }
    left.iter().map(Made::entity).collect()
}

/// Changes some of the values by small or large amounts.
fn change(fields: &[Field], values: &mut [u32], noise: u32) {
    for (at, (value, field)) in values.iter_mut().zip(fields).enumerate() {
        let small = noise.rotate_left(3 * at as u32) % 300;
        *value = match noise.rotate_left(at as u32) % 4 {
            0 => value.wrapping_add(small) & field.max(),
            1 => value.wrapping_sub(small) & field.max(),
            2 => noise & field.max(),
            _ => *value,
        };
    }
}

/// A random event of this schema, in range.
pub(crate) fn event(schema: &'static Schema) -> impl Strategy<Value = Event> {
    (0..schema.events.len(), any::<[i64; 6]>()).prop_map(move |(kind, noise)| {
        let args: Vec<_> = schema.events[kind]
            .args
            .iter()
            .zip(noise)
            .map(|(arg, noise)| match arg.kind {
                ArgKind::Seat => noise.rem_euclid(6) - 1,
                ArgKind::Entity => an_id(noise),
                ArgKind::Value(Kind::Angle) => noise & 1023,
                ArgKind::Value(Kind::Flag) => noise & 1,
                ArgKind::Value(_) => noise,
            })
            .map(|value| if value == 5 { -1 } else { value })
            .collect();
        Event::new(kind as u8, &args)
    })
}

/// The id of some entity.
fn an_id(noise: i64) -> i64 {
    let (kind, birth) = Birth::of_id(noise as u64 & ((1 << 53) - 1));
    let entity = Entity {
        kind,
        birth,
        values: &[],
    };
    entity.id() as i64
}
