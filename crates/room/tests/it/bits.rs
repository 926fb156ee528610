//! Binary clients: the snapshots that they get, depending on their acknowledgements.

use std::collections::BTreeMap;

use arena::Arena;
use game::{Event, Input, Pad, State, View};
use protocol::binary::{
    FrameKind, HEADER_BYTES, InputBatch, Layout, SnapshotHeader, decode_events, decode_snapshot,
};
use protocol::{ClientMessage, Encoding, Form, ServerMessage, decode_server};
use room::{Refused, Room};

use crate::support::{empty, players, running, seat, tick};

/// A client that keeps its received snapshots.
#[derive(Default)]
pub(crate) struct Client {
    index: usize,
    known: BTreeMap<u32, View>,
    pub(crate) header: Option<SnapshotHeader>,
    bytes: usize,
}

impl Client {
    pub(crate) fn join(room: &mut Room<Arena>, index: usize) -> Self {
        room.handle_connected(seat(index), Encoding::Binary);
        Self {
            index,
            ..Self::default()
        }
    }

    /// Reads the snapshot that is due, if one is.
    pub(crate) fn read(&mut self, room: &mut Room<Arena>) -> Option<&View> {
        let mut frame = Vec::new();
        let form = room.poll_snapshot(seat(self.index), &mut frame)?;
        assert_eq!(form, Form::Binary);
        let mut view = View::default();
        let find = |tick| self.known.get(&tick);
        let header =
            decode_snapshot(Layout::of::<Arena>(), &frame, find, &mut view).expect("a snapshot");
        self.header = Some(header);
        self.bytes = frame.len();
        let tick = view.tick;
        self.known.insert(tick, view);
        self.known.retain(|&known, _| known + 64 > tick);
        self.known.get(&tick)
    }

    fn send(
        &self,
        room: &mut Room<Arena>,
        stamp: u32,
        inputs: &[Input],
        seen: Option<u32>,
    ) -> Result<(), Refused> {
        let batch = InputBatch::new(stamp, inputs, seen, 0).expect("inputs");
        room.handle_message(seat(self.index), ClientMessage::Inputs(batch))
    }

    fn newest(&self) -> u32 {
        self.header.expect("a snapshot").tick
    }
}

/// The complete state of the room, in a full snapshot for another client.
fn truth(room: &mut Room<Arena>) -> View {
    let mut probe = Client::join(room, 4);
    probe.read(room).expect("a full snapshot").clone()
}

/// A running match of five whose first player has a binary client. The fifth seat is for [`truth`].
fn binary_match() -> (Room<Arena>, Client) {
    let mut room = running(5, 100);
    let mut client = Client::join(&mut room, 0);
    client.read(&mut room);
    (room, client)
}

fn pad(aim: u16, fire: bool) -> Input {
    Pad {
        dx: 127,
        dy: 64,
        aim,
        fire,
    }
    .into()
}

#[test]
fn the_first_snapshot_is_full_and_the_next_is_a_delta() {
    let (mut room, mut client) = binary_match();
    assert_eq!(
        client.header.map(|header| (header.tick, header.baseline)),
        Some((100, None))
    );
    tick(&mut room, 2);
    client.read(&mut room).expect("a snapshot");
    assert_eq!(
        client.header.map(|header| (header.tick, header.baseline)),
        Some((102, Some(100)))
    );
    assert_eq!(
        client.bytes,
        HEADER_BYTES + 1,
        "no player moves, and timers need no data"
    );
}

#[test]
fn deltas_add_up_to_the_state() {
    let (mut room, mut client) = binary_match();
    for step in 0..600u32 {
        let now = room.tick();
        let shoots = step.is_multiple_of(20);
        client
            .send(
                &mut room,
                now + 1,
                &[pad((step * 7) as u16, shoots)],
                Some(client.newest()),
            )
            .expect("taken");
        room.handle_tick();
        // In some frames the client's socket is not writable.
        if step % 50 < 45
            && let Some(view) = client.read(&mut room).cloned()
        {
            assert_eq!(view, truth(&mut room));
        }
    }
    assert!(room.counters().snapshots > 500);
}

#[test]
fn a_player_without_snapshots_for_64_ticks_gets_a_full_one() {
    for (ticks, baseline) in [(62, Some(100)), (63, Some(100)), (64, None), (200, None)] {
        let (mut room, mut client) = binary_match();
        tick(&mut room, ticks);
        // The last tick may not have been sent yet.
        if client.read(&mut room).is_none() {
            continue;
        }
        let header = client.header.expect("a snapshot");
        assert_eq!((header.tick, header.baseline), (100 + ticks, baseline));
        assert_eq!(client.known[&header.tick], truth(&mut room));
    }
}

#[test]
fn a_waiting_match_sends_every_change() {
    let mut room = empty(5, "", 1000);
    let mut clients: Vec<Client> = Vec::new();
    for index in 0..4 {
        clients.push(Client::join(&mut room, index));
        for frames in 0..3 {
            room.handle_tick();
            for client in &mut clients[frames % 2..] {
                client.read(&mut room);
            }
        }
    }
    room.handle_connected(seat(4), Encoding::Json);
    for _ in 0..4 {
        room.handle_tick();
        for client in &mut clients {
            let Some(view) = client.read(&mut room).cloned() else {
                continue;
            };
            let mut probe = Client::join(&mut room, 4);
            assert_eq!(Some(&view), probe.read(&mut room));
        }
    }
}

#[test]
fn a_player_who_sends_seen_gets_60_snapshots_per_second() {
    let (mut room, mut client) = binary_match();
    let mut count = |room: &mut Room<Arena>, acknowledges: bool| {
        (0..60)
            .filter(|_| {
                let stamp = room.tick() + 1;
                let seen = acknowledges.then(|| client.newest());
                client
                    .send(room, stamp, &[pad(0, false)], seen)
                    .expect("taken");
                room.handle_tick();
                client.read(room).is_some()
            })
            .count()
    };
    assert_eq!(count(&mut room, false), 30);
    assert_eq!(count(&mut room, true), 60);
}

#[test]
fn a_player_who_falls_behind_gets_fewer_snapshots_and_recovers() {
    let (mut room, mut client) = binary_match();
    let mut run = |ticks: u32, behind: u32| {
        let before = room.counters().snapshots;
        for _ in 0..ticks {
            let now = room.tick();
            client
                .send(&mut room, now + 1, &[pad(0, false)], Some(now - behind))
                .expect("taken");
            room.handle_tick();
            client.read(&mut room);
        }
        room.counters().snapshots - before
    };
    assert_eq!(run(60, 3), 60);
    run(300, 50);
    assert_eq!(run(60, 50), 10);
    run(600, 3);
    assert_eq!(run(60, 3), 60);
}

#[test]
fn players_with_the_same_baseline_get_the_same_body() {
    let mut room = empty(3, "", 0);
    let mut clients: Vec<_> = (0..3).map(|index| Client::join(&mut room, index)).collect();
    for _ in 0..10 {
        room.handle_tick();
        for client in &mut clients {
            client.read(&mut room);
        }
    }
    room.handle_tick();
    room.handle_tick();
    let bodies: Vec<_> = (0..3)
        .map(|index| {
            let mut frame = Vec::new();
            room.poll_snapshot(seat(index), &mut frame)
                .expect("a snapshot");
            frame.split_off(HEADER_BYTES)
        })
        .collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn the_inputs_of_a_batch_are_used_in_their_ticks_and_repetitions_are_ignored() {
    let (mut room, mut client) = binary_match();
    let turned = |aims: &[u16]| -> Vec<_> { aims.iter().map(|&aim| pad(aim, false)).collect() };
    client
        .send(&mut room, 103, &turned(&[1, 2, 3]), Some(100))
        .expect("101, 102, 103");
    client
        .send(&mut room, 104, &turned(&[9, 9, 9, 4]), Some(100))
        .expect("104 is new");
    assert_eq!(room.counters().inputs_taken, 4);
    for expected in 1..=4 {
        room.handle_tick();
        let view = client.read(&mut room).expect("a snapshot");
        assert_eq!(view.seat(seat(0)).expect("seat 0")[2], expected);
        assert_eq!(client.header.expect("one").ack, Some(100 + expected));
    }
    client
        .send(&mut room, 104, &turned(&[9, 9, 9, 9]), Some(100))
        .expect("a repetition");
    let counters = room.counters();
    assert_eq!((counters.inputs_late, counters.inputs_taken), (0, 4));
    room.handle_tick();
    client.read(&mut room);
    assert_eq!(client.header.expect("one").margin, -1);
}

#[test]
fn late_and_early_inputs_are_counted_once_and_never_used() {
    let (mut room, mut client) = binary_match();
    let turn = pad(500, true);
    assert_eq!(
        client.send(&mut room, 101, &[turn; 4], Some(100)),
        Err(Refused::Late)
    );
    assert_eq!(client.send(&mut room, 101, &[turn; 4], Some(100)), Ok(()));
    assert_eq!(
        (room.counters().inputs_late, room.counters().inputs_taken),
        (3, 1)
    );
    assert_eq!(
        client.send(&mut room, 165, &[turn; 2], Some(100)),
        Err(Refused::Early)
    );
    assert_eq!(
        (room.counters().inputs_early, room.counters().inputs_taken),
        (1, 2)
    );
    room.handle_tick();
    client.read(&mut room);
    assert_eq!(
        client.header.map(|header| (header.ack, header.margin)),
        Some((Some(101), 63))
    );
}

#[test]
fn events_are_binary_for_binary_clients_and_text_for_others() {
    let mut room = empty(2, r#"{"match_seconds":300,"lives":1}"#, 0);
    let _ = Client::join(&mut room, 0);
    room.handle_connected(seat(1), Encoding::Json);
    tick(&mut room, 100);
    let (mut bits, mut texts) = (Vec::new(), Vec::new());
    // The target is hit eventually.
    for _ in 0..20 {
        let view = truth_of_two(&mut room);
        let [Some(a), Some(b)] = [view.seat(seat(0)), view.seat(seat(1))] else {
            panic!("{view:?}")
        };
        let aim = game::aim_from_radians(
            (f64::from(b[1]) - f64::from(a[1])).atan2(f64::from(b[0]) - f64::from(a[0])),
        );
        let stamp = room.tick() + 1;
        let batch = InputBatch::new(
            stamp,
            &[Pad {
                aim,
                fire: true,
                ..Pad::default()
            }
            .into()],
            None,
            0,
        )
        .expect("one");
        let _ = room.handle_message(seat(0), ClientMessage::Inputs(batch));
        tick(&mut room, 16);
    }
    let mut frame = Vec::new();
    while let Some(form) = room.poll_reliable(seat(0), &mut frame) {
        if form == Form::Binary {
            assert_eq!(FrameKind::of(&frame), Ok(FrameKind::Events));
            let at = decode_events(Layout::of::<Arena>(), &frame, &mut bits).expect("events");
            assert!(at <= room.tick());
        } else {
            texts.push(decode_server(&frame).expect("text"));
        }
        frame.clear();
    }
    let kinds: Vec<_> = bits
        .iter()
        .map(|event: &Event| Arena::SCHEMA.events[usize::from(event.kind)].name)
        .collect();
    assert_eq!(kinds, ["hit", "kill", "out"]);
    assert!(
        matches!(texts.as_slice(), [ServerMessage::Welcome(welcome), ServerMessage::Over(_)] if welcome.rates.snapshot_hz == 60),
        "{texts:?}"
    );
    assert_eq!(
        crate::support::take_message_types(&mut room, 1),
        ["welcome", "hit", "kill", "out", "over"]
    );
    assert_eq!(players(2).len(), 2);
}

fn truth_of_two(room: &mut Room<Arena>) -> View {
    let mirror = room.mirror();
    let mut view = View::default();
    for (index, player) in mirror.players.iter().enumerate() {
        view.show(
            seat(index),
            &[(player.x * 16.0) as u32, (player.y * 16.0) as u32],
        );
    }
    view
}
