//! Inputs: the tick of each, and ticks without one.

use protocol::ClientMessage;
use room::Refused;

use crate::support::{
    input, inward, moved, next_snapshot, place_of, running, seat, snapshot, tick,
};

fn check_stamp(stamp: Option<u32>, expected: Result<(), Refused>, margin: i32) {
    let mut room = running(2, 100);
    let still = (0.0, 0.0);
    assert_eq!(
        room.handle_message(seat(0), input(stamp, still, false)),
        expected,
        "stamp {stamp:?}"
    );
    let (late, early) = (room.counters().inputs_late, room.counters().inputs_early);
    assert_eq!(late, u64::from(expected == Err(Refused::Late)));
    assert_eq!(early, u64::from(expected == Err(Refused::Early)));
    assert_eq!(
        next_snapshot(&mut room, 0).margin,
        margin,
        "stamp {stamp:?}"
    );
}

#[test]
fn inputs_that_are_late_or_too_early_are_refused_and_counted() {
    check_stamp(None, Ok(()), 0);
    check_stamp(Some(101), Ok(()), 0);
    check_stamp(Some(103), Ok(()), 2);
    check_stamp(Some(164), Ok(()), 63);
    check_stamp(Some(165), Err(Refused::Early), 64);
    check_stamp(Some(u32::MAX), Err(Refused::Early), 64);
    check_stamp(Some(100), Err(Refused::Late), -1);
    check_stamp(Some(0), Err(Refused::Late), -64);
}

#[test]
fn an_input_is_applied_at_its_tick() {
    let mut room = running(2, 100);
    let (from, way) = (place_of(&room, 0), inward(&room, 0));
    room.handle_message(seat(0), input(Some(110), way, false))
        .expect("taken");
    tick(&mut room, 9);
    assert_eq!(moved(&room, 0, from).to_bits(), 0.0f64.to_bits());
    tick(&mut room, 1);
    assert!((moved(&room, 0, from) - 4.0).abs() < 0.01);
    assert_eq!(next_snapshot(&mut room, 0).ack, 110);
}

#[test]
fn the_last_input_is_repeated_for_15_ticks() {
    let mut room = running(2, 100);
    let (from, way) = (place_of(&room, 0), inward(&room, 0));
    let held = room.counters().inputs_held;
    room.handle_message(seat(0), input(None, way, false))
        .expect("taken");
    tick(&mut room, 1);
    assert_eq!(room.counters().inputs_applied, 1);
    tick(&mut room, 40);
    assert!(
        (moved(&room, 0, from) - 16.0 * 4.0).abs() < 0.01,
        "{}",
        moved(&room, 0, from)
    );
    assert_eq!(room.counters().inputs_held - held, 15);
}

#[test]
fn a_repeated_input_does_not_fire() {
    let mut room = running(2, 100);
    room.handle_message(seat(0), input(None, (0.0, 0.0), true))
        .expect("taken");
    tick(&mut room, 16);
    assert_eq!(room.mirror().projectiles.len(), 1);
}

#[test]
fn a_second_input_in_a_tick_keeps_the_button_of_the_first() {
    let mut room = running(2, 100);
    room.handle_message(seat(0), input(None, (0.0, 0.0), true))
        .expect("taken");
    room.handle_message(seat(0), input(None, (0.0, 0.0), false))
        .expect("taken");
    tick(&mut room, 1);
    assert_eq!(room.mirror().projectiles.len(), 1);
}

#[test]
fn the_newer_of_two_inputs_with_the_same_stamp_is_used() {
    let mut room = running(2, 100);
    room.handle_message(seat(0), input(Some(102), (0.0, 0.0), true))
        .expect("taken");
    room.handle_message(seat(0), input(Some(102), (0.0, 0.0), false))
        .expect("taken");
    tick(&mut room, 4);
    assert_eq!(room.mirror().projectiles.len(), 0);
}

#[test]
fn a_snapshot_acknowledges_the_newest_used_input() {
    let mut room = running(2, 100);
    for stamp in 101..=110 {
        room.handle_message(seat(0), input(Some(stamp), (0.0, 0.0), false))
            .expect("taken");
    }
    tick(&mut room, 6);
    assert_eq!(
        snapshot(&mut room, 0).map(|snapshot| (snapshot.tick, snapshot.ack)),
        Some((106, 106))
    );
    tick(&mut room, 6);
    assert_eq!(
        snapshot(&mut room, 0).map(|snapshot| (snapshot.tick, snapshot.ack)),
        Some((112, 110))
    );
    assert_eq!(snapshot(&mut room, 0), None);
}

#[test]
fn inputs_of_empty_seats_are_refused() {
    let mut room = running(2, 10);
    assert_eq!(
        room.handle_message(seat(4), input(None, (0.0, 0.0), false)),
        Err(Refused::NotRunning)
    );
    room.handle_disconnected(seat(1));
    assert_eq!(
        room.handle_message(seat(1), input(None, (0.0, 0.0), false)),
        Err(Refused::NotRunning)
    );
    assert_eq!(room.counters().inputs_not_running, 2);
}

#[test]
fn invalid_seen_ticks_have_no_effect() {
    let mut room = running(2, 100);
    for (seen, view_delay) in [
        (None, Some(u16::MAX)),
        (Some(u32::MAX), Some(u16::MAX)),
        (Some(0), None),
    ] {
        let ClientMessage::Input { tick, input, .. } = input(None, (0.0, 0.0), true) else {
            panic!("an input")
        };
        let message = ClientMessage::Input {
            tick,
            input,
            seen,
            view_delay,
        };
        room.handle_message(seat(0), message).expect("taken");
        room.handle_tick();
    }
}
