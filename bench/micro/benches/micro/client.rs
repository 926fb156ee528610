//! A client's frame: a mispredicted snapshot makes it replay 20 ticks, send and draw.

use std::hint::black_box;

use arena::Arena;
use criterion::{BatchSize, Criterion};
use game::{Entity, Game, InputFields as _, Pad, Seat, Seats, Settings, View};
use netclient::{NetClient, Welcome};
use protocol::binary::{Layout, SnapshotHeader, decode_input, encode_full, encode_header};

const REPLAYED_TICKS: u32 = 20;
/// How far a client starts ahead of its newest snapshot. Half a tick less, so that rounding cannot reduce it by one.
const LEAD_TICKS: f64 = 11.5;
const SHOTS: u32 = 10;
const TICK_US: f64 = 1e6 / 60.0;

pub(crate) fn all(c: &mut Criterion) {
    let welcome = Welcome {
        seat: Seat::new(0).expect("a seat"),
        tick: 0,
        settings: Settings::defaults(Arena::SETTINGS),
        seats: Seats::first(5),
        snapshot_hz: 60,
    };
    let mut client = NetClient::<Arena>::new(0, &welcome);
    frame(&mut client, 0, &snapshot(0));
    frame(&mut client, TICK_US as u64, &snapshot(1));
    let mut tick = 1;
    let mut next = || {
        tick += 1;
        let now = (f64::from(tick + REPLAYED_TICKS) - LEAD_TICKS) * TICK_US;
        (now as u64, snapshot(tick))
    };
    c.bench_function("client: a frame with 20 ticks played again", |b| {
        let play = |(now, bytes): (u64, Vec<u8>)| frame(&mut client, now, &bytes);
        b.iter_batched(&mut next, play, BatchSize::SmallInput);
    });
    let corrections = client.stats(0).corrections;
    let mut sent = None;
    // The client does not send in every tick.
    while sent.is_none() {
        let (now, bytes) = next();
        sent = frame(&mut client, now, &bytes);
    }
    let sent = sent.map(|frame| {
        decode_input(Pad::SCHEMA, &frame)
            .expect("a frame of inputs")
            .tick
    });
    assert_eq!(sent, Some(tick + REPLAYED_TICKS), "ticks played again");
    assert!(corrections > 0, "a prediction was never wrong");
}

/// Runs a frame and returns what the client sends.
fn frame(client: &mut NetClient<Arena>, now_us: u64, bytes: &[u8]) -> Option<Vec<u8>> {
    let turn = (now_us / 16_667) as u16;
    let pad = Pad {
        dx: (turn % 255) as i8,
        dy: 100,
        aim: turn.wrapping_mul(3),
        fire: turn.is_multiple_of(20),
    };
    client.set_input(pad.into());
    client.handle_binary(now_us, bytes).expect("a snapshot");
    let mut out = Vec::new();
    let is_sent = client.poll_transmit(now_us, &mut out);
    black_box(client.scene(now_us));
    is_sent.then_some(out)
}

/// A full snapshot in which the client's own player is not where it was predicted.
fn snapshot(tick: u32) -> Vec<u8> {
    let mut view = View::at(tick);
    for seat in Seats::first(5).iter() {
        let x = 3000 + seat.index() as u32 * 1500;
        view.show(seat, &[x, 4000 + tick % 500, tick * 3 % 1024, 3, 0, 0, 0]);
    }
    for at in 0..SHOTS.min(tick) {
        let seat = Seat::new(at as usize % 5).expect("a seat");
        let values = [6000, 6000, at * 97 % 1024];
        view.entities.push(Entity::new(0, seat, tick - at, &values));
    }
    let mut out = Vec::new();
    let header = SnapshotHeader {
        tick,
        baseline: None,
        ack: None,
        margin: 1,
    };
    encode_header(&header, &mut out);
    encode_full(Layout::of::<Arena>(), &view, &mut out);
    out
}
