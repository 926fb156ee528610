//! The pad's bytes, unchanged since games can declare their own input: older clients, journals and
//! replays stay readable.

use std::fmt::Write as _;

use expect_test::expect;
use game::{Input, InputFields as _, Pad, SeatInputs};
use protocol::binary::{InputBatch, encode_input};
use protocol::record::{PresenceChanges, Record, encode_record};
use protocol::{ClientMessage, encode_client};

use crate::binary::hex;

fn pad(dx: i8, dy: i8, aim: u16, fire: bool) -> Input {
    Pad { dx, dy, aim, fire }.into()
}

/// Inputs that change nothing, only the direction, only the angle, only the button, and everything.
fn pads() -> [Input; 6] {
    [
        pad(0, 0, 0, false),
        pad(127, -1, 1023, true),
        pad(127, -1, 1023, true),
        pad(-127, 90, 1023, true),
        pad(-127, 90, 1000, false),
        pad(1, 2, 300, true),
    ]
}

#[test]
fn frames_of_inputs() {
    let mut text = String::new();
    for count in 1..=4 {
        for newest in count..=6 {
            let inputs = &pads()[newest - count..newest];
            let batch = InputBatch::new(5000, inputs, Some(4990), 150).expect("inputs");
            let mut bytes = Vec::new();
            encode_input(Pad::SCHEMA, &batch, &mut bytes);
            writeln!(text, "{}", hex(&bytes)).expect("a string takes all");
        }
    }
    expect![[r"
        20 00 27 10 05 4b 00 00 00 00
        20 00 27 10 05 4b 3f ff ff f0
        20 00 27 10 05 4b 3f ff ff f0
        20 00 27 10 05 4b 40 ad 7f f0
        20 00 27 10 05 4b 40 ad 7d 00
        20 00 27 10 05 4b 00 81 25 90
        28 00 27 10 05 4b 00 00 00 0b ff ff ff 80
        28 00 27 10 05 4b 3f ff ff f2
        28 00 27 10 05 4b 3f ff ff fc 0a d2
        28 00 27 10 05 4b 40 ad 7f f7 e8 00
        28 00 27 10 05 4b 40 ad 7d 08 08 15 2c 80
        30 00 27 10 05 4b 00 00 00 0b ff ff ff 90
        30 00 27 10 05 4b 3f ff ff f3 81 5a 40
        30 00 27 10 05 4b 3f ff ff fc 0a d2 fd 00
        30 00 27 10 05 4b 40 ad 7f f7 e8 40 40 a9 64
        38 00 27 10 05 4b 00 00 00 0b ff ff ff 9c 0a d2
        38 00 27 10 05 4b 3f ff ff f3 81 5a 5f a0
        38 00 27 10 05 4b 3f ff ff fc 0a d2 fd 08 08 15 2c 80
    "]]
    .assert_eq(&text);
}

#[test]
fn records() {
    let (mut text, mut before) = (String::new(), SeatInputs::default());
    for tick in 1..=7usize {
        let mut inputs = SeatInputs::default();
        for (seat, seat_input) in inputs.iter_mut().enumerate().take(4) {
            seat_input.input = pads()[tick.midpoint(seat) % 6];
            seat_input.view_delay = (tick * 31 % 7 * 30) as u16;
        }
        let record = Record {
            joins: Vec::new(),
            tick: tick as u32,
            idle: 0,
            presence: PresenceChanges::NONE,
            actions: Vec::new(),
            inputs,
            hash: None,
        };
        let mut bytes = Vec::new();
        encode_record(Pad::SCHEMA, &record, &before, &mut bytes);
        before = record.inputs;
        writeln!(text, "{}", hex(&bytes)).expect("a string takes all");
    }
    expect![[r"
        00 00 00 58 eb 5b ff fc 1e b5 bf ff c1 eb 5b ff fc 1e b4 00
        00 00 00 9d ff fe 0f b4 9f 69 3e d2 7d a0
        00 00 00 d9 e7 93 cf 27 9e 70 2b 4f 3c 00
        00 00 01 19 f2 d3 e5 b8 15 a7 cb 4f 96 00
        00 00 01 59 e3 dc 0a d3 c7 a7 8f 59 c7 1e 00
        00 00 01 9e 05 69 ef 13 de 2c e3 bc 47 78 00
        00 00 01 d9 e0 16 71 c0 23 80 60 20 5d 2c f0 00
    "]]
    .assert_eq(&text);
}

#[test]
fn messages() {
    let mut text = String::new();
    for (input, tick) in pads().into_iter().zip(811..) {
        let mut json = Vec::new();
        let message = ClientMessage::Input {
            tick: (tick > 812).then_some(tick),
            input,
            seen: (tick > 813).then_some(806),
            view_delay: (tick > 814).then_some(152),
        };
        encode_client(Pad::SCHEMA, &message, &mut json);
        writeln!(text, "{}", String::from_utf8_lossy(&json)).expect("a string takes all");
    }
    expect![[r#"
        {"type":"input","move":[0,0],"aim":0,"fire":false}
        {"type":"input","move":[127,-1],"aim":-0.006135,"fire":true}
        {"type":"input","tick":813,"move":[127,-1],"aim":-0.006135,"fire":true}
        {"type":"input","tick":814,"move":[-127,90],"aim":-0.006135,"fire":true,"seen":806}
        {"type":"input","tick":815,"move":[-127,90],"aim":-0.147262,"fire":false,"seen":806,"view":9.5}
        {"type":"input","tick":816,"move":[1,2],"aim":1.840776,"fire":true,"seen":806,"view":9.5}
    "#]].assert_eq(&text);
}
