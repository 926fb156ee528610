//! A server's snapshot, full or against known ones: no panic, no more than a view can hold, and
//! what was understood arrives again when it is sent again. The game's own `load` takes it calmly,
//! too.
#![no_main]

use std::sync::LazyLock;

use arena::Arena;
use game::{
    ENTITIES_MAX, Game, Mode, Pad, Seat, SeatInput, SeatInputs, Seats, Settings, Sim, State, View,
};
use libfuzzer_sys::fuzz_target;
use protocol::binary::{SnapshotHeader, decode_snapshot, encode_delta, encode_full, encode_header};

/// Ticks that are known: so few that bytes name one of them now and then.
static KNOWN: LazyLock<Vec<View>> = LazyLock::new(|| {
    let mut sim = Sim::<Arena>::new(7, &Settings::defaults(Arena::SETTINGS), Seats::first(5));
    let mut views = Vec::new();
    for tick in 0..128u16 {
        let mut view = View::default();
        sim.read(&mut view);
        views.push(view);
        let mut inputs: SeatInputs = Default::default();
        for seat in Seat::all() {
            let input = Pad {
                dx: 127,
                dy: 0,
                aim: tick * 8 % 1024,
                fire: true,
            };
            inputs[seat.index()] = SeatInput {
                input: input.into(),
                view_delay: 0,
            };
        }
        sim.step(&inputs, Mode::Authority, &mut Vec::new());
    }
    views
});

fuzz_target!(|bytes: &[u8]| {
    let mut view = View::default();
    let find = |tick: u32| KNOWN.get(tick as usize);
    let Ok(header) = decode_snapshot(Arena::SCHEMA, bytes, find, &mut view) else {
        return;
    };
    assert!(view.entities.len() <= ENTITIES_MAX && view.tick == header.tick);
    let mut again = Vec::new();
    encode_header(&header, &mut again);
    match header.baseline.and_then(find) {
        Some(baseline) => encode_delta(
            Arena::SCHEMA,
            baseline,
            find(baseline.tick / 2),
            &view,
            &mut again,
        ),
        None => encode_full(Arena::SCHEMA, &view, &mut again),
    }
    let mut same = View::default();
    let decoded: Result<SnapshotHeader, _> =
        decode_snapshot(Arena::SCHEMA, &again, find, &mut same);
    assert_eq!((decoded, &same), (Ok(header), &view));
    let mut sim = Sim::<Arena>::new(7, &Settings::defaults(Arena::SETTINGS), Seats::first(5));
    if sim.load(&view).is_ok() {
        sim.step(
            &SeatInputs::default(),
            Mode::Predict(Seat::new(0).expect("a seat")),
            &mut Vec::new(),
        );
    }
});
