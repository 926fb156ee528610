//! A saved match: no panic, and whatever restores can be played on and saves to the same bytes.
#![no_main]

use arena::Arena;
use game::{Mode, Pad, SeatInput, SeatInputs, Sim};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut sim) = Sim::<Arena>::restore(bytes) else {
        return;
    };
    let mut saved = Vec::new();
    sim.save(&mut saved);
    assert_eq!(saved, bytes);
    let input = Pad {
        dx: 127,
        dy: 1,
        aim: 77,
        fire: true,
    };
    let held = SeatInput {
        input: input.into(),
        view_delay: 200,
    };
    let inputs = SeatInputs::all(5, held);
    for _ in 0..20 {
        sim.step(&inputs, Mode::Authority, &mut Vec::new());
    }
});
