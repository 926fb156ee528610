//! The game and the room: a step, a step with its history, a hash, and a complete tick of a room of five.

use std::hint::black_box;

use arena::Arena;
use criterion::{BatchSize, Criterion};
use game::{Game, Mode, Pad, Past, Roster, SeatInputs, Settings, Sim, Step};
use micro::{Busy, MATCH_TICKS};

/// After this number of ticks, the number of shots in flight is stable.
const WARM_TICKS: u32 = 200;

pub(crate) fn all(c: &mut Criterion) {
    let sim = warm();
    let inputs = inputs(WARM_TICKS + 1);
    let mut events = Vec::new();

    let past = Past::default();
    c.bench_function("arena: a step, 5 players", |b| {
        let step = |arena: &mut Arena| {
            events.clear();
            arena.step(Step {
                tick: WARM_TICKS + 1,
                inputs: &inputs,
                input_schema: Arena::INPUT,
                mode: Mode::Authority,
                past: &past,
                events: &mut events,
            });
        };
        b.iter_batched_ref(|| sim.game().clone(), step, BatchSize::SmallInput);
    });
    c.bench_function("sim: a step with history", |b| {
        let step = |sim: &mut Sim<Arena>| {
            events.clear();
            sim.step(&inputs, Mode::Authority, &mut events);
        };
        b.iter_batched_ref(|| sim.clone(), step, BatchSize::SmallInput);
    });
    let mut scratch = Vec::new();
    c.bench_function("sim: the hash of its state", |b| {
        b.iter(|| black_box(&sim).hash(&mut scratch));
    });
    c.bench_function("room: a tick of 5, inputs to snapshots", |b| {
        let mut busy = Busy::after(1, MATCH_TICKS / 2);
        b.iter(|| busy.tick());
    });
    c.bench_function("room: what a checkpoint saves", |b| {
        let mut busy = Busy::after(1, MATCH_TICKS / 2);
        b.iter(|| micro::tick_path::checkpoint(&mut busy.room));
    });
}

/// A match in which eight to ten shots are in flight.
fn warm() -> Sim<Arena> {
    let settings = Settings::defaults(Arena::SETTINGS);
    let mut sim = Sim::new(1, &settings, &Roster::of(5));
    for tick in 1..=WARM_TICKS {
        sim.step(&inputs(tick), Mode::Authority, &mut Vec::new());
    }
    sim
}

/// All players run in circles, and shoot three times per second.
fn inputs(tick: u32) -> SeatInputs {
    let mut inputs = SeatInputs::default();
    for (seat_input, seat) in inputs.iter_mut().zip(0..) {
        let angle = f64::from(tick + seat * 40) / 20.0;
        let (dx, dy) = game::direction(angle.cos(), angle.sin());
        seat_input.input = Pad {
            dx,
            dy,
            aim: ((tick * 5 + seat * 200) % 1024) as u16,
            fire: (tick + seat * 4).is_multiple_of(20),
        }
        .into();
        seat_input.view_delay = 64;
    }
    inputs
}
