//! What goes out: how often, in what order, and that anything at all may be done to a room.

use std::collections::BTreeSet;

use game::{Input, Seat};
use proptest::prelude::*;
use protocol::{ClientMessage, Encoding, Form, ServerMessage, decode_server};

use crate::support::{empty, input, running, said, said_types, seat, snapshot, tick};

#[test]
fn the_first_word_is_welcome_and_a_full_snapshot_is_due() {
    let mut room = empty(3, "", 60);
    room.handle_connected(seat(0), Encoding::Json);
    assert_eq!(said_types(&mut room, 0), ["welcome"]);
    let first = snapshot(&mut room, 0).expect("a full snapshot");
    assert_eq!(
        first.players.keys().map(String::as_str).collect::<Vec<_>>(),
        ["p0", "p1", "p2"]
    );
    assert_eq!(snapshot(&mut room, 0), None);
}

#[test]
fn snapshots_go_out_every_second_tick() {
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
fn everyone_is_sent_the_same_body() {
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
fn projectiles_are_where_they_are_at_the_tick() {
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
    assert_eq!((shot.id, shot.player_id.as_str()), (101 * 8, "p0"));
    assert_eq!(
        room.mirror().projectiles[0].x.to_bits(),
        (from + 30.0).to_bits()
    );
}

/// Anything a relay may do to a room.
#[derive(Clone, Debug)]
enum Deed {
    Connect(usize),
    Disconnect(usize),
    Leave(usize),
    Say(usize, ClientMessage),
    Tick(u32),
    Listen(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let index = 0..5usize;
    prop_oneof![
        2 => index.clone().prop_map(Deed::Connect),
        1 => index.clone().prop_map(Deed::Disconnect),
        1 => prop::sample::select(vec![0usize, 4]).prop_map(Deed::Leave),
        8 => (index.clone(), message()).prop_map(|(index, message)| Deed::Say(index, message)),
        8 => (0..40u32).prop_map(Deed::Tick),
        4 => index.prop_map(Deed::Listen),
    ]
}

fn message() -> impl Strategy<Value = ClientMessage> {
    let stamp = prop::option::of(prop_oneof![0..400u32, any::<u32>()]);
    (
        any::<(i8, i8, u16, bool)>(),
        stamp.clone(),
        stamp,
        any::<Option<u16>>(),
    )
        .prop_map(
            |((dx, dy, aim, fire), tick, seen, view_delay)| ClientMessage::Input {
                tick,
                input: Input { dx, dy, aim, fire },
                seen,
                view_delay,
            },
        )
}

proptest! {
    #[test]
    fn whatever_happens_everything_said_is_understood(deeds in prop::collection::vec(deed(), 1..120)) {
        let mut room = empty(4, r#"{"match_seconds":6}"#, 20);
        let mut newest = [0; 5];
        for deed in deeds {
            match deed {
                Deed::Connect(index) => room.handle_connected(seat(index), Encoding::Json),
                Deed::Disconnect(index) => room.handle_disconnected(seat(index)),
                Deed::Leave(index) => room.handle_left(seat(index)),
                Deed::Say(index, message) => drop(room.handle_message(seat(index), message)),
                Deed::Tick(ticks) => tick(&mut room, ticks),
                Deed::Listen(index) => {
                    let told = said(&mut room, index);
                    let is_first = |at: usize| matches!(told[at], ServerMessage::Welcome(_));
                    prop_assert!((1..told.len()).all(|at| !is_first(at)), "welcome comes first");
                    if let Some(snapshot) = snapshot(&mut room, index) {
                        prop_assert!(snapshot.tick >= newest[index]);
                        prop_assert_eq!(snapshot.players.len(), 4);
                        newest[index] = snapshot.tick;
                    }
                    room.poll_close(seat(index));
                }
            }
        }
        for seat in Seat::all() {
            let mut text = Vec::new();
            while room.poll_reliable(seat, &mut text).is_some() {
                prop_assert!(decode_server(&text).is_ok());
                text.clear();
            }
        }
    }
}
