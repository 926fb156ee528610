//! Text output: its rate and its order.

use std::collections::BTreeSet;

use protocol::{Encoding, Form};

use crate::support::{empty, input, running, seat, snapshot, take_message_types, tick};

#[test]
fn the_first_message_is_welcome_and_a_full_snapshot_is_due() {
    let mut room = empty(3, "", 60);
    room.handle_connected(seat(0), Encoding::Json);
    assert_eq!(take_message_types(&mut room, 0), ["welcome"]);
    let first = snapshot(&mut room, 0).expect("a full snapshot");
    assert_eq!(
        first.players.keys().map(String::as_str).collect::<Vec<_>>(),
        ["p0", "p1", "p2"]
    );
    assert_eq!(snapshot(&mut room, 0), None);
}

#[test]
fn text_snapshots_are_sent_every_second_tick() {
    let mut room = running(2, 100);
    let ticks: Vec<_> = (0..60)
        .filter_map(|_| {
            room.handle_tick();
            snapshot(&mut room, 0).map(|snapshot| snapshot.tick)
        })
        .collect();
    assert_eq!(ticks, (51..=80).map(|half| half * 2).collect::<Vec<_>>());
}

#[test]
fn a_slow_client_gets_the_newest_snapshot_only() {
    let mut room = running(2, 100);
    let before = room.counters().snapshots;
    tick(&mut room, 33);
    assert_eq!(
        snapshot(&mut room, 0).map(|snapshot| snapshot.tick),
        Some(133)
    );
    assert_eq!(snapshot(&mut room, 0), None);
    assert_eq!(room.counters().snapshots - before, 1);
}

#[test]
fn all_clients_get_the_same_body() {
    let mut room = running(3, 100);
    room.handle_message(seat(0), input(Some(102), (1.0, 0.0), false))
        .expect("taken");
    tick(&mut room, 2);
    let texts: BTreeSet<_> = (0..3)
        .map(|index| {
            let mut text = Vec::new();
            assert_eq!(room.poll_snapshot(seat(index), &mut text), Some(Form::Text));
            let text = String::from_utf8(text).expect("UTF-8");
            text.split_once("\"tick\"")
                .map(|(_, shared)| shared.to_owned())
        })
        .collect();
    assert_eq!(texts.len(), 1);
}

#[test]
fn projectiles_are_shown_at_the_tick_of_the_snapshot() {
    let mut room = running(2, 100);
    room.handle_message(seat(0), input(None, (0.0, 0.0), true))
        .expect("taken");
    tick(&mut room, 4);
    let seen = snapshot(&mut room, 0).expect("a snapshot");
    let [shot] = seen.entities["projectiles"].as_slice() else {
        panic!("{seen:?}")
    };
    let from = seen.players["p0"].fields["x"].number().expect("x");
    assert_eq!(
        shot.fields["x"].number(),
        Some(from + 30.0),
        "fired in the first of the four ticks"
    );
    assert_eq!((shot.id, shot.player_id.as_deref()), (101 * 8, Some("p0")));
    assert_eq!(
        room.mirror().projectiles[0].x.to_bits(),
        (from + 30.0).to_bits()
    );
}
