//! PROTOCOL.md against the code: a decoder that is built from the document's tables decodes the
//! frames that the code encodes.

use arena::Arena;
use game::{Birth, Entity, Field, InputFields as _, Kind, Pad, Schema, State, View};
use proptest::prelude::*;
use protocol::SUBPROTOCOL_BINARY;
use protocol::binary::{
    ACK_TICKS_MAX, BASELINE_TICKS_MAX, EVENTS_MAX, FRAME_BYTES_MAX, FrameKind, INPUTS_MAX,
    InputBatch, Layout, SEEN_TICKS_MAX, TICK_MAX, decode_snapshot, encode_input,
};

use super::fixtures::hex;
use super::support::{frame, of_five, seat, three_views};
use crate::third_party::{self, Bits};
use crate::toy::Toy;

const PROTOCOL: &str = include_str!("../../../../../PROTOCOL.md");

fn table(after: &str) -> Vec<Vec<String>> {
    third_party::table(PROTOCOL, after)
}

/// Name and bits of each field, in order.
fn layout(after: &str) -> Vec<(String, usize)> {
    let row = |row: Vec<String>| (row[0].clone(), row[1].parse().expect("a number of bits"));
    table(after).into_iter().map(row).collect()
}

impl Bits {
    fn grouped(&mut self) -> u32 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let more = self.take(1) == 1;
            value |= self.take(4).wrapping_shl(shift);
            shift += 4;
            if !more {
                return value;
            }
        }
    }

    fn fields(&mut self, layout: &[(String, usize)]) -> Vec<u32> {
        layout.iter().map(|(_, bits)| self.take(*bits)).collect()
    }
}

/// Writes what [`Bits::fields`] reads.
fn packed(layout: &[(String, usize)], values: &[u32]) -> String {
    assert_eq!(layout.len(), values.len());
    let bits = layout.iter().zip(values).map(|((_, bits), value)| {
        let all = format!("{value:032b}");
        all[32 - bits..].to_owned()
    });
    bits.collect()
}

/// A client that is written from the document only.
struct ThirdParty<'a> {
    schema: &'a Schema,
    header: Vec<(String, usize)>,
    classes: Vec<Vec<String>>,
}

impl ThirdParty<'_> {
    fn new(schema: &Schema) -> ThirdParty<'_> {
        ThirdParty {
            schema,
            header: layout("The header is the client's own"),
            classes: table("is written by its zigzag difference z"),
        }
    }

    fn view(&self, frame: &[u8], known: &[&View]) -> View {
        let mut bits = Bits::of(frame);
        let header = bits.fields(&self.header);
        let find = |tick| *known.iter().find(|view| view.tick == tick).expect("known");
        let mut view = View::at(header[1]);
        if header[0] == FrameKind::Full as u32 {
            let seats = bits.take(5);
            for index in (0..5).filter(|index| seats >> index & 1 == 1) {
                view.show(seat(index), &whole(&mut bits, self.schema.seat));
            }
            for kind in 0..self.schema.entities.len() {
                self.new_entities(&mut bits, kind, &mut view);
            }
        } else {
            let k = header[2];
            let baseline = find(view.tick - k);
            let m = match (bits.take(1), k) {
                (0, _) => 0,
                (_, k) if bits.take(1) == 0 => k,
                _ => bits.take(6),
            };
            let reference = (m > 0).then(|| find(baseline.tick - m));
            self.changes(&mut bits, (baseline, k), (reference, m), &mut view);
        }
        assert!(
            bits.0.len() < 8 && !bits.0.contains('1'),
            "only the rest of a byte is left"
        );
        view
    }

    fn changes(
        &self,
        bits: &mut Bits,
        (baseline, k): (&View, u32),
        (reference, m): (Option<&View>, u32),
        view: &mut View,
    ) {
        let mut seats = baseline.seats().bits() as u32;
        if bits.take(1) == 1 {
            seats = bits.take(5);
        }
        for index in (0..5).filter(|&index| seats >> index & 1 == 1) {
            let fields = match baseline.seat(seat(index)) {
                None => whole(bits, self.schema.seat),
                Some(known) => {
                    let earlier = reference.and_then(|reference| reference.seat(seat(index)));
                    let moved = earlier.map(|earlier| (earlier, k, m));
                    let expected = expected(self.schema.seat, known, moved, k);
                    self.differing(bits, self.schema.seat, expected)
                }
            };
            view.show(seat(index), &fields);
        }
        for kind in 0..self.schema.entities.len() {
            self.known_entities(bits, kind, (baseline, k), (reference, m), view);
            self.new_entities(bits, kind, view);
        }
    }

    fn known_entities(
        &self,
        bits: &mut Bits,
        kind: usize,
        (baseline, k): (&View, u32),
        (reference, m): (Option<&View>, u32),
        view: &mut View,
    ) {
        let described = &self.schema.entities[kind];
        let before = baseline.entities.of_kind(kind);
        let any_gone = !before.is_empty() && bits.take(1) == 1;
        let stay: Vec<_> = before
            .iter()
            .filter(|_| !any_gone || bits.take(1) == 0)
            .collect();
        let any_differs = described.changes && !stay.is_empty() && bits.take(1) == 1;
        for (birth, known) in stay {
            let mut values = known.to_vec();
            if described.changes {
                let list = reference.map(|reference| reference.entities.of_kind(kind));
                let earlier = list.and_then(|list| Some(list.values(list.position(birth, 0)?)));
                let moved = earlier.map(|earlier| (earlier, k, m));
                values = expected(described.fields, known, moved, k);
            }
            if any_differs {
                values = self.differing(bits, described.fields, values);
            }
            push(view, kind, birth, &values);
        }
    }

    fn differing(&self, bits: &mut Bits, described: &[Field], mut fields: Vec<u32>) -> Vec<u32> {
        if bits.take(1) == 0 {
            return fields;
        }
        let moves = |kind: Kind| {
            matches!(
                kind,
                Kind::Linear { .. } | Kind::Velocity { .. } | Kind::Angle
            )
        };
        for (value, field) in fields.iter_mut().zip(described) {
            if moves(field.kind) {
                *value = self.in_class(bits, *value, field.bits.into(), field.kind == Kind::Angle);
            }
        }
        if bits.take(1) == 0 {
            return fields;
        }
        for (value, field) in fields.iter_mut().zip(described) {
            if !moves(field.kind) && bits.take(1) == 1 {
                *value = if field.bits == 1 {
                    1 - *value
                } else {
                    bits.take(field.bits.into())
                };
            }
        }
        fields
    }

    fn in_class(&self, bits: &mut Bits, expected: u32, width: usize, is_angle: bool) -> u32 {
        let row = self
            .classes
            .iter()
            .find(|row| bits.0.starts_with(&row[1]))
            .expect("a class");
        bits.take(row[1].len());
        // `4 bits: z - 1`
        let text = &row[if is_angle { 3 } else { 2 }];
        let Some((count, less)) = text.split_once(" bits") else {
            return bits.take(width);
        };
        let less: u32 = less
            .split_once("z - ")
            .map_or(0, |(_, less)| less.parse().expect("a number"));
        let z = bits.take(count.parse().expect("a number")) + less;
        let signed = if z.is_multiple_of(2) {
            i64::from(z / 2)
        } else {
            -i64::from(z / 2) - 1
        };
        (i64::from(expected) + signed).rem_euclid(1 << width) as u32
    }

    fn new_entities(&self, bits: &mut Bits, kind: usize, view: &mut View) {
        while bits.take(1) == 1 {
            let (owner, index) = match bits.take(3) {
                7 => {
                    let owner = Some(bits.take(7)).filter(|&owner| owner != 127);
                    (owner, bits.grouped())
                }
                owner => (Some(owner), 0),
            };
            let birth = Birth {
                tick: view.tick.wrapping_sub(bits.grouped()),
                owner: owner.map(|owner| seat(owner as usize)),
                index: index as u16,
            };
            let values = whole(bits, self.schema.entities[kind].fields);
            push(view, kind, birth, &values);
        }
    }
}

fn whole(bits: &mut Bits, fields: &[Field]) -> Vec<u32> {
    let fields = fields.iter();
    fields.map(|field| bits.take(field.bits.into())).collect()
}

/// `moved`: the values of the reference, and the distances k and m.
fn expected(
    fields: &[Field],
    known: &[u32],
    moved: Option<(&[u32], u32, u32)>,
    k: u32,
) -> Vec<u32> {
    let expect = |at: usize| {
        let field = &fields[at];
        match (field.kind, moved) {
            (Kind::Timer, _) => known[at].saturating_sub(k),
            (Kind::Linear { .. }, Some((earlier, k, m))) => {
                let way = i64::from(known[at]) - i64::from(earlier[at]);
                let way = way * i64::from(k) / i64::from(m);
                (i64::from(known[at]) + way).clamp(0, (1 << field.bits) - 1) as u32
            }
            _ => known[at],
        }
    };
    (0..fields.len()).map(expect).collect()
}

fn push(view: &mut View, kind: usize, birth: Birth, values: &[u32]) {
    view.entities.push(Entity {
        kind: kind as u8,
        birth,
        values,
    });
}

fn check_third_party(schema: &Schema, [reference, baseline, view]: &[View; 3]) {
    let third_party = ThirdParty::new(schema);
    let known = [baseline, reference];
    for bytes in [
        frame(of_five(schema), None, None, view),
        frame(of_five(schema), Some(baseline), None, view),
        frame(of_five(schema), Some(baseline), Some(reference), view),
    ] {
        assert_eq!(&third_party.view(&bytes, &known), view, "{}", hex(&bytes));
    }
}

proptest! {
    #[test]
    fn a_third_party_client_understands_every_snapshot(arena in three_views(of_five(Arena::SCHEMA)), toy in three_views(of_five(Toy::SCHEMA))) {
        check_third_party(Arena::SCHEMA, &arena);
        check_third_party(Toy::SCHEMA, &toy);
    }

    #[test]
    fn a_third_party_client_understands_every_header(tick in 100..=TICK_MAX, baseline in 0..=BASELINE_TICKS_MAX, ack in 0..=ACK_TICKS_MAX, margin in -64..=63i8) {
        let text = packed(&layout("The header is the client's own"), &[3, tick, baseline, ack, margin as u32]);
        let header = protocol::binary::SnapshotHeader { tick, baseline: Some(tick - baseline), ack: Some(tick - ack), margin };
        let mut bytes = Vec::new();
        protocol::binary::encode_header(&header, &mut bytes);
        prop_assert_eq!(Bits::of(&bytes).0, text);
    }

    #[test]
    fn a_third_party_client_can_play(tick in 1023..=TICK_MAX, age in 0..=SEEN_TICKS_MAX, view in 0..256u16, pad in any::<(i8, i8, bool)>(), aim in 0..1024u16) {
        let (dx, dy, fire) = (pad.0.max(-127), pad.1.max(-127), pad.2);
        let input = Pad { dx, dy, aim, fire }.into();
        let mut text = packed(&layout("The head of the frame:"), &[1, 0, tick, age, view.into()]);
        text += &packed(&layout("The first one:"), &[dx as u32, dy as u32, aim.into(), fire.into()]);
        text += &"0".repeat((8 - text.len() % 8) % 8);
        let mut bytes = Vec::new();
        encode_input(Pad::SCHEMA, &InputBatch::new(tick, &[input], Some(tick - age), view).expect("one"), &mut bytes);
        prop_assert_eq!(Bits::of(&bytes).0, text);
    }
}

fn check_says(what: &str) {
    let unwrapped = PROTOCOL.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains(what), "PROTOCOL.md does not say: {what}");
}

#[test]
fn limits_match_the_code() {
    check_says(&format!("A frame of more than {FRAME_BYTES_MAX} bytes"));
    check_says(&format!("at tick {TICK_MAX}"));
    check_says(&format!(
        "know everything it was sent for {} ticks",
        BASELINE_TICKS_MAX + 1
    ));
    check_says(&format!("{}: none, or longer ago", ACK_TICKS_MAX + 1));
    check_says(&format!("{}: none, or longer ago", SEEN_TICKS_MAX + 1));
    check_says(&format!("at most {} entities", game::ENTITIES_MAX));
    check_says(&format!(
        "a grouped number of at most {}, the index",
        Birth::INDEX_MAX
    ));
    check_says(&format!("at most {EVENTS_MAX}"));
    check_says(&format!("With the subprotocol `{SUBPROTOCOL_BINARY}`"));
    assert_eq!(INPUTS_MAX, 4);
    check_says("a tick, or one for up to four");
}

#[test]
fn frame_kinds_match_the_code() {
    let kinds: Vec<_> = table("The first bits of every frame")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let expected = ["inputs", "full snapshot", "delta", "events"];
    let ours: Vec<_> = FrameKind::ALL
        .into_iter()
        .zip(expected)
        .map(|(kind, name)| ((kind as u8).to_string(), name.to_owned()))
        .collect();
    assert_eq!(kinds, ours);
    assert_eq!(
        layout("### Events"),
        [("kind".to_owned(), 3), ("tick".to_owned(), 26)]
    );
}

#[test]
fn the_example_is_a_fixture() {
    let full = include_bytes!("../../../fixtures/full.bin");
    let delta = include_bytes!("../../../fixtures/delta.bin");
    check_says(&format!("```hex {} ```", hex(full)));
    check_says(&format!("```hex {} ```", hex(delta)));
    let (_, described) = PROTOCOL
        .split_once("\nThe delta: ")
        .expect("the delta, bit by bit");
    let (described, _) = described.split_once("\n\n").expect("its end");
    let is_bits = |text: &&str| text.chars().all(|bit| bit == '0' || bit == '1');
    let bits: String = described
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(is_bits)
        .collect();
    assert_eq!(bits, Bits::of(delta).0);
    let mut view = View::default();
    decode_snapshot(Layout::of::<Arena>(), full, |_| None, &mut view).expect("a snapshot");
    assert_eq!(ThirdParty::new(Arena::SCHEMA).view(full, &[]), view);
}
