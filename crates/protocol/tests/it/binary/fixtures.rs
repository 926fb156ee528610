//! Golden frames in `fixtures/`, with their meaning, for clients in other languages.
//!
//! `UPDATE_EXPECT=1` rewrites them. Older clients could then not decode frames, so the subprotocol's
//! name must change.

use std::fmt::Write as _;
use std::path::PathBuf;

use arena::Arena;
use expect_test::expect_file;
use game::{Entity, Event, InputFields as _, Pad, State, View};
use protocol::binary::{
    HEADER_BYTES, InputBatch, Layout, SnapshotHeader, decode_events, decode_input, decode_snapshot,
    encode_delta, encode_events, encode_full, encode_header, encode_input,
};

use super::support::seat;

fn path(name: &str, extension: &str) -> PathBuf {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fixtures.join(name).with_extension(extension)
}

/// Checks that the encoder writes the fixture, and that the decoder reads it.
fn check(name: &str, encoded: &[u8], describe: impl FnOnce(&[u8]) -> String) {
    let path_bytes = path(name, "bin");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path_bytes, encoded).expect("a fixture is written");
    }
    let golden = std::fs::read(&path_bytes).expect("a fixture");
    assert_eq!(hex(encoded), hex(&golden), "{name}.bin");
    let text = format!("bytes {}\n{}", hex(&golden), describe(&golden));
    expect_file![path(name, "txt")].assert_eq(&text);
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The snapshot of PROTOCOL.md's JSON example.
fn view_812() -> View {
    let mut view = View::at(812);
    view.show(seat(0), &[6600, 1537, 256, 2, 1, 0, 0]);
    view.show(seat(1), &[160, 13_024, 896, 3, 0, 42, 1]);
    view.entities
        .push(Entity::new(0, seat(0), 810, &[6600, 1537, 256]));
    view
}

/// A tick later: the first player ran right and turned a little, and the timer of the other
/// decreased.
fn view_813() -> View {
    let mut view = view_812();
    view.tick = 813;
    view.show(seat(0), &[6664, 1537, 259, 2, 1, 0, 0]);
    view.show(seat(1), &[160, 13_024, 896, 3, 0, 41, 1]);
    view
}

/// A later view: the player ran and shot, the first projectile hit, and the other player moved.
fn view_814() -> View {
    let mut view = View::at(814);
    view.show(seat(0), &[6728, 1537, 259, 2, 2, 15, 0]);
    view.show(seat(1), &[9000, 9000, 896, 2, 0, 75, 1]);
    view.entities
        .push(Entity::new(0, seat(0), 814, &[6728, 1537, 259]));
    view
}

fn header(view: &View, baseline: Option<u32>) -> SnapshotHeader {
    SnapshotHeader {
        tick: view.tick,
        baseline,
        ack: Some(view.tick - 1),
        margin: 1,
    }
}

fn check_snapshot(name: &str, view: &View, baseline: Option<&View>, reference: Option<&View>) {
    let mut frame = Vec::new();
    encode_header(&header(view, baseline.map(|view| view.tick)), &mut frame);
    match baseline {
        Some(baseline) => {
            encode_delta(Layout::of::<Arena>(), baseline, reference, view, &mut frame);
        }
        None => encode_full(Layout::of::<Arena>(), view, &mut frame),
    }
    assert!(frame.len() > HEADER_BYTES);
    check(name, &frame, |golden| {
        let find = |tick| {
            [baseline, reference]
                .into_iter()
                .flatten()
                .find(|known| known.tick == tick)
        };
        let mut view = View::default();
        let header = decode_snapshot(Layout::of::<Arena>(), golden, find, &mut view).expect(name);
        snapshot_text(&header, &view)
    });
}

fn snapshot_text(header: &SnapshotHeader, view: &View) -> String {
    let SnapshotHeader {
        tick,
        baseline,
        ack,
        margin,
    } = header;
    let mut text = format!("tick {tick} baseline {baseline:?} ack {ack:?} margin {margin}\n");
    for (seat, values) in view.seat_values() {
        let fields = Arena::SCHEMA
            .seat
            .iter()
            .zip(values)
            .map(|(field, value)| format!("{} {value}", field.name));
        writeln!(
            text,
            "seat {}: {}",
            seat.index(),
            fields.collect::<Vec<_>>().join(" ")
        )
        .expect("a string takes all");
    }
    for entity in view.entities.iter() {
        let kind = Arena::SCHEMA.entities[usize::from(entity.kind)];
        let fields = kind
            .fields
            .iter()
            .zip(entity.values)
            .map(|(field, value)| format!("{} {value}", field.name));
        let fields = fields.collect::<Vec<_>>().join(" ");
        writeln!(
            text,
            "{} seat {} tick {}: {fields}",
            kind.name,
            entity.birth.owner.map_or(9, game::Seat::index),
            entity.birth.tick
        )
        .expect("a string takes all");
    }
    text
}

#[test]
fn snapshots_equal_the_fixtures() {
    let (first, second, third) = (view_812(), view_813(), view_814());
    check_snapshot("full", &first, None, None);
    check_snapshot("delta", &second, Some(&first), None);
    check_snapshot("delta-reference", &third, Some(&second), Some(&first));
}

fn check_input(name: &str, batch: &InputBatch) {
    let mut frame = Vec::new();
    encode_input(Pad::SCHEMA, batch, &mut frame);
    check(name, &frame, |golden| {
        let batch = decode_input(Pad::SCHEMA, golden).expect(name);
        let mut text = format!("seen {:?} view {}/16\n", batch.seen, batch.view_delay);
        for (tick, input) in batch.stamped() {
            let Pad { dx, dy, aim, fire } = input.into();
            writeln!(text, "tick {tick}: move {dx} {dy} aim {aim} fire {fire}")
                .expect("a string takes all");
        }
        text
    });
}

#[test]
fn inputs_equal_the_fixtures() {
    let input = Pad {
        dx: -95,
        dy: 127,
        aim: 81,
        fire: false,
    };
    let one = InputBatch::new(812, &[input.into()], Some(806), 152).expect("one");
    check_input("input", &one);
    let four = [
        input,
        input,
        Pad {
            aim: 84,
            fire: true,
            ..input
        },
        Pad {
            dx: 0,
            aim: 84,
            ..input
        },
    ];
    check_input(
        "inputs",
        &InputBatch::new(812, &four.map(Into::into), None, 0).expect("four"),
    );
}

#[test]
fn events_equal_the_fixtures() {
    let events = [
        Event::new(arena::EVENT_HIT, &[1, 0, 810 * 8, 160, 13_024]),
        Event::new(arena::EVENT_KILL, &[1, 0, 2, 2]),
        Event::new(arena::EVENT_SPAWN, &[1, 9000, 9000]),
    ];
    let mut frame = Vec::new();
    encode_events(Layout::of::<Arena>(), 814, &events, &mut frame);
    check("events", &frame, |golden| {
        let mut events = Vec::new();
        let tick = decode_events(Layout::of::<Arena>(), golden, &mut events).expect("events");
        let mut text = format!("tick {tick}\n");
        for event in events {
            let kind = Arena::SCHEMA.events[usize::from(event.kind)];
            let args = kind
                .args
                .iter()
                .zip(event.args)
                .map(|(arg, value)| format!("{} {value}", arg.name));
            writeln!(
                text,
                "{}: {}",
                kind.name,
                args.collect::<Vec<_>>().join(" ")
            )
            .expect("a string takes all");
        }
        text
    });
}
