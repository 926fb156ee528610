//! Snapshots: full ones, deltas, headers, and invalid bytes.

use game::{
    Birth, ENTITIES_MAX, ENTITY_KINDS_MAX, Entity, FIELDS_MAX, Field, Kind, SEATS_MAX, Schema,
    Seat, State, View,
};
use proptest::prelude::*;
use protocol::DecodeError;
use protocol::binary::{
    BASELINE_TICKS_MAX, FRAME_BYTES_MAX, HEADER_BYTES, Layout, SnapshotHeader, TICK_MAX,
    decode_header, decode_snapshot, encode_header,
};

use super::support::{decoded, frame, of_five, seat, three_views, view};
use crate::toy::Toy;

/// The largest schema.
pub(super) const WIDEST: &Schema = &Schema {
    private: 0,
    match_fields: &[Field {
        name: "n",
        bits: 32,
        kind: Kind::Linear { per_px: 1 },
    }; FIELDS_MAX],
    seat: &[Field {
        name: "n",
        bits: 32,
        kind: Kind::Linear { per_px: 1 },
    }; FIELDS_MAX],
    entities: &[game::EntityKind {
        name: "things",
        changes: true,
        fields: &[Field {
            name: "n",
            bits: 32,
            kind: Kind::Linear { per_px: 1 },
        }; FIELDS_MAX],
    }; ENTITY_KINDS_MAX],
    events: &[],
};

/// A schema whose match has a field of each kind.
pub(super) const ROUNDS: &Schema = &Schema {
    match_fields: &[
        field("radius", 14, Kind::Linear { per_px: 16 }),
        field("wind", 10, Kind::Angle),
        field("overtime", 1, Kind::Flag),
        field("round", 4, Kind::Count),
        field("left", 12, Kind::Timer),
    ],
    ..*Toy::SCHEMA
};

const fn field(name: &'static str, bits: u8, kind: Kind) -> Field {
    Field { name, bits, kind }
}

fn check_round_trip(schema: Layout<'static>, [reference, baseline, view]: &[View; 3]) {
    let full = frame(schema, None, None, view);
    assert!(full.len() <= FRAME_BYTES_MAX);
    assert_eq!(decoded(schema, &full, &[]).as_ref(), Ok(view), "full");
    let delta = frame(schema, Some(baseline), None, view);
    assert!(delta.len() <= FRAME_BYTES_MAX);
    assert_eq!(
        decoded(schema, &delta, &[baseline]).as_ref(),
        Ok(view),
        "delta"
    );
    let referring = frame(schema, Some(baseline), Some(reference), view);
    assert!(referring.len() <= FRAME_BYTES_MAX);
    assert_eq!(
        decoded(schema, &referring, &[baseline, reference]).as_ref(),
        Ok(view),
        "delta with a reference"
    );
}

#[test]
fn the_largest_view_of_the_widest_schema_fits_into_a_frame() {
    let layout = Layout {
        schema: WIDEST,
        slots: SEATS_MAX,
    };
    let full = |tick, born, value: u32| {
        let mut view = View::at(tick);
        view.match_values = vec![value; FIELDS_MAX];
        for seat in Seat::all() {
            view.show(seat, &[value; FIELDS_MAX]);
        }
        view.entities = (0..ENTITIES_MAX as u16)
            .map(|index| Entity {
                kind: (ENTITY_KINDS_MAX - 1) as u8,
                birth: Birth {
                    tick: born,
                    owner: None,
                    index,
                },
                values: if value == 0 {
                    &[0; FIELDS_MAX]
                } else {
                    &[u32::MAX; FIELDS_MAX]
                },
            })
            .collect();
        view
    };
    let views = [
        full(TICK_MAX - 2, 0, 0),
        full(TICK_MAX - 1, 0, u32::MAX),
        full(TICK_MAX, 0, 0),
    ];
    check_round_trip(layout, &views);
    // All entities are new.
    let views = [
        full(TICK_MAX - 2, 1, 0),
        full(TICK_MAX - 1, 2, u32::MAX),
        full(TICK_MAX, 3, 0),
    ];
    check_round_trip(layout, &views);
}

proptest! {
    #[test]
    fn every_view_survives_a_round_trip(views in three_views(of_five(Toy::SCHEMA))) {
        check_round_trip(of_five(Toy::SCHEMA), &views);
    }

    #[test]
    fn every_view_with_match_fields_survives_a_round_trip(views in three_views(of_five(ROUNDS))) {
        check_round_trip(of_five(ROUNDS), &views);
    }

    #[test]
    fn every_view_of_the_widest_schema_survives_a_round_trip(views in three_views(of_five(WIDEST))) {
        check_round_trip(of_five(WIDEST), &views);
    }

    #[test]
    fn every_view_of_a_room_of_any_size_survives_a_round_trip(
        (layout, views) in prop::sample::select(&[5, 6, 7, 8, 17, 32, 33, 63, 64][..]).prop_flat_map(|slots| {
            let layout = Layout { schema: Toy::SCHEMA, slots };
            (Just(layout), three_views(layout))
        })
    ) {
        check_round_trip(layout, &views);
    }

    /// With any earlier states, and up to the limit of entities.
    #[test]
    fn every_state_of_a_match_survives_a_round_trip(states in states(), reference: bool) {
        let mut known: Vec<View> = Vec::new();
        for state in &states {
            let baseline = known.len().checked_sub(1).map(|last| &states[last]);
            let before = known.len().checked_sub(2).map(|at| &states[at]).filter(|_| reference);
            let bytes = frame(of_five(Toy::SCHEMA), baseline, before, state);
            prop_assert_eq!(Toy::SCHEMA.check(state), Ok(()));
            let have: Vec<&View> = known.iter().collect();
            let read = decoded(of_five(Toy::SCHEMA), &bytes, &have);
            prop_assert_eq!(read.as_ref(), Ok(state));
            let full = frame(of_five(Toy::SCHEMA), None, None, state);
            prop_assert_eq!(decoded(of_five(Toy::SCHEMA), &full, &[]), read.clone());
            known.extend(read);
        }
    }

    #[test]
    fn every_header_survives_a_round_trip(tick in 0..=TICK_MAX, baseline in prop::option::of(0..=BASELINE_TICKS_MAX), ack in prop::option::of(0..=62u32), margin in -64..=63i8) {
        let before = |age: u32| tick.saturating_sub(age);
        let header = SnapshotHeader { tick, baseline: baseline.map(before), ack: ack.map(before), margin };
        let mut bytes = Vec::new();
        encode_header(&header, &mut bytes);
        prop_assert_eq!(bytes.len(), HEADER_BYTES);
        prop_assert_eq!(decode_header(&bytes), Ok(header));
    }

    #[test]
    fn no_bytes_panic(mut bytes: Vec<u8>, known: View3) {
        let _ = decoded(of_five(Toy::SCHEMA), &bytes, &[]);
        // A delta of tick 100 against 99.
        let mut head = Vec::new();
        encode_header(&SnapshotHeader { tick: 100, baseline: Some(99), ack: None, margin: 0 }, &mut head);
        head.append(&mut bytes);
        let known = known.0;
        if let Ok(view) = decoded(of_five(Toy::SCHEMA), &head, &[&known[0], &known[1]]) {
            prop_assert!(view.entities.len() <= game::ENTITIES_MAX);
        }
    }

    #[test]
    fn no_changed_frame_panics(views in three_views(of_five(Toy::SCHEMA)), at: prop::sample::Index, bit in 0..8, cut: prop::sample::Index) {
        let [reference, baseline, view] = &views;
        for mut bytes in [frame(of_five(Toy::SCHEMA), None, None, view), frame(of_five(Toy::SCHEMA), Some(baseline), Some(reference), view)] {
            let cut = cut.index(bytes.len());
            prop_assert!(decoded(of_five(Toy::SCHEMA), &bytes[..cut], &[baseline, reference]).is_err(), "cut at {}", cut);
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            let _ = decoded(of_five(Toy::SCHEMA), &bytes, &[baseline, reference]);
        }
    }
}

/// The views of a match in which entities appear and disappear, up to the limit.
fn states() -> impl Strategy<Value = Vec<View>> {
    let change = (0..400usize, 0..400usize, any::<u64>(), any::<[u32; 5]>());
    prop::collection::vec(change, 1..12).prop_map(|changes| {
        let mut state = View::default();
        let mut states = Vec::new();
        for (gone, new, keep, noise) in changes {
            state.tick += 1 + noise[0] % 20;
            let before = state.clone();
            state.entities.clear();
            let mut at = 0;
            state.entities.extend(before.entities.iter().filter(|_| {
                at += 1;
                at > gone || keep >> (at % 64) & 1 == 1
            }));
            for n in 0..new.min(ENTITIES_MAX - state.entities.len()) {
                let birth = Birth {
                    tick: state.tick,
                    owner: Seat::new(n % 6),
                    index: n as u16,
                };
                let kind = (n % 3) as u8;
                let described = &Toy::SCHEMA.entities[usize::from(kind)];
                let fields = described.fields.iter();
                let values: Vec<u32> = fields.map(|field| noise[1] & field.max()).collect();
                state.entities.push(Entity {
                    kind,
                    birth,
                    values: &values,
                });
            }
            for (at, &noise) in noise.iter().enumerate() {
                let fields = Toy::SCHEMA.seat.iter().enumerate();
                let value =
                    |(i, field): (usize, &Field)| noise.rotate_left(i as u32 * 7) & field.max();
                let fields: Vec<u32> = fields.map(value).collect();
                state.show(seat(at), &fields);
            }
            states.push(state.clone());
        }
        states
    })
}

/// Views of ticks 98 and 99.
#[derive(Clone, Debug)]
struct View3([View; 2]);

impl Arbitrary for View3 {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;
    fn arbitrary_with((): ()) -> Self::Strategy {
        (view(of_five(Toy::SCHEMA)), view(of_five(Toy::SCHEMA)))
            .prop_map(|(mut first, mut second)| {
                (first.tick, second.tick) = (98, 99);
                Self([first, second])
            })
            .boxed()
    }
}

pub(super) fn toy_view(tick: u32, x: u32, look: u32) -> View {
    let mut view = View::at(tick);
    view.show(seat(0), &[x, look, 0, 3]);
    view
}

#[test]
fn the_error_names_an_unknown_baseline() {
    let views = [toy_view(10, 1, 1), toy_view(11, 2, 2), toy_view(12, 3, 3)];
    let [reference, baseline, view] = &views;
    let bytes = frame(of_five(Toy::SCHEMA), Some(baseline), Some(reference), view);
    assert_eq!(
        decoded(of_five(Toy::SCHEMA), &bytes, &[reference]),
        Err(DecodeError::UnknownBaseline(11))
    );
    assert_eq!(
        decoded(of_five(Toy::SCHEMA), &bytes, &[baseline]),
        Err(DecodeError::UnknownBaseline(10))
    );
}

fn check_refused(change: impl FnOnce(&mut Vec<u8>), why: &'static str) {
    let mut bytes = frame(of_five(Toy::SCHEMA), None, None, &toy_view(12, 3, 3));
    change(&mut bytes);
    assert_eq!(
        decoded(of_five(Toy::SCHEMA), &bytes, &[]),
        Err(DecodeError::Malformed(why))
    );
}

#[test]
fn an_error_names_the_broken_rule() {
    check_refused(Vec::clear, "too short");
    check_refused(|bytes| bytes.truncate(HEADER_BYTES), "too short");
    check_refused(|bytes| bytes.push(0), "too long");
    check_refused(
        |bytes| *bytes.last_mut().expect("bytes") |= 1,
        "the last byte is not filled with zeros",
    );
    check_refused(
        |bytes| bytes.resize(FRAME_BYTES_MAX + 1, 0),
        "longer than 81920 bytes",
    );
    check_refused(|bytes| bytes[0] = 0, "unknown kind of frame");
    check_refused(|bytes| bytes[0] = b'{' | 0x80, "unknown kind of frame");
    check_refused(|bytes| bytes[0] = 4 << 5, "unexpected kind of frame");
    check_refused(|bytes| bytes[3] |= 1, "a full snapshot has a baseline");
}

#[test]
fn a_header_is_read_without_its_body() {
    let bytes = frame(of_five(Toy::SCHEMA), None, None, &toy_view(12, 3, 3));
    let header = decode_header(&bytes).expect("a header");
    assert_eq!((header.tick, header.baseline), (12, None));
    let mut out = toy_view(1, 1, 1);
    let decoded = decode_snapshot(of_five(Toy::SCHEMA), &bytes, |_| None, &mut out);
    assert_eq!((decoded, out), (Ok(header), toy_view(12, 3, 3)));
}
