//! Encoding and decoding: snapshots, full and as deltas, inputs, and journal records.

use std::hint::black_box;

use arena::Arena;
use criterion::Criterion;
use game::{InputFields as _, Pad, Seat, SeatInputs, View};
use micro::{Busy, tick_path};
use protocol::binary::{
    Layout, SnapshotHeader, decode_snapshot, encode_delta, encode_full, encode_header,
};
use protocol::record::{Record, decode_record, encode_record, frames};
use protocol::{Encoding, Form, decode_client};

const WARM_TICKS: u32 = 200;

pub(crate) fn all(c: &mut Criterion) {
    snapshots(c);
    inputs(c);
    records(c);
}

fn snapshots(c: &mut Criterion) {
    let mut busy = Busy::after(1, WARM_TICKS);
    let views: Vec<View> = (0..3).map(|_| next_view(&mut busy)).collect();
    let [before, baseline, now] = views.as_slice() else {
        return;
    };
    let mut out = Vec::new();
    c.bench_function("snapshot: write in full", |b| {
        b.iter(|| {
            out.clear();
            encode_full(Layout::of::<Arena>(), black_box(now), &mut out);
        });
    });
    c.bench_function("snapshot: write the delta", |b| {
        b.iter(|| {
            out.clear();
            encode_delta(
                Layout::of::<Arena>(),
                baseline,
                Some(before),
                black_box(now),
                &mut out,
            );
        });
    });
    let full = frame(now, None, |out| {
        encode_full(Layout::of::<Arena>(), now, out);
    });
    let delta = frame(now, Some(baseline.tick), |out| {
        encode_delta(Layout::of::<Arena>(), baseline, Some(before), now, out);
    });
    let known = |tick| views.iter().find(|view| view.tick == tick);
    let mut read = View::default();
    for (name, frame) in [("in full", full), ("the delta", delta)] {
        c.bench_function(&format!("snapshot: read {name} ({} B)", frame.len()), |b| {
            b.iter(|| decode_snapshot(Layout::of::<Arena>(), black_box(&frame), known, &mut read));
        });
        assert_eq!(&read, now, "what is read is what was written");
    }
}

fn inputs(c: &mut Criterion) {
    let mut busy = Busy::after(1, WARM_TICKS);
    busy.send_inputs();
    let (_, input) = busy.frames.swap_remove(0);
    c.bench_function(&format!("input: read two ticks ({} B)", input.len()), |b| {
        b.iter(|| decode_client(Pad::SCHEMA, Form::Binary, black_box(&input)));
    });
}

fn records(c: &mut Criterion) {
    let mut busy = Busy::new(1);
    let mut before = SeatInputs::default();
    for _ in 0..WARM_TICKS {
        before = next_record(&mut busy, &before).inputs;
    }
    let record = next_record(&mut busy, &before);
    let mut out = Vec::new();
    c.bench_function("journal: write a record", |b| {
        b.iter(|| {
            out.clear();
            encode_record(Pad::SCHEMA, black_box(&record), &before, &mut out);
        });
    });
    let bytes = out.clone();
    c.bench_function(
        &format!("journal: read a record ({} B)", bytes.len()),
        |b| {
            b.iter(|| decode_record(Pad::SCHEMA, black_box(&bytes), &before));
        },
    );
}

/// The snapshot of the next tick, for a client that has just connected.
fn next_view(busy: &mut Busy) -> View {
    busy.tick();
    let (room, seat) = (&mut busy.room, Seat::all().next().expect("a seat"));
    room.handle_connected(seat, Encoding::Binary);
    let mut frame = Vec::new();
    while room.poll_reliable(seat, &mut frame).is_some() {}
    frame.clear();
    room.poll_snapshot(seat, &mut frame);
    let mut view = View::default();
    decode_snapshot(Layout::of::<Arena>(), &frame, |_| None, &mut view).expect("it is in full");
    view
}

/// The record of the next tick in the journal.
fn next_record(busy: &mut Busy, before: &SeatInputs) -> Record {
    busy.send_inputs();
    for (seat, message) in tick_path::decode(&busy.frames) {
        tick_path::take(&mut busy.room, seat, message);
    }
    let mut entry = Vec::new();
    tick_path::step(&mut busy.room);
    tick_path::journal(&mut busy.room, &mut entry);
    let (_, bytes) = frames(&entry).next().expect("a record");
    decode_record(Pad::SCHEMA, bytes, before).expect("what the room wrote")
}

fn frame(view: &View, baseline: Option<u32>, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    let header = SnapshotHeader {
        tick: view.tick,
        baseline,
        ack: Some(view.tick),
        margin: 1,
    };
    encode_header(&header, &mut out);
    body(&mut out);
    out
}
