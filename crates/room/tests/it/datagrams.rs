//! Clients whose snapshots and acknowledgements are lost, late or repeated.

use std::collections::BTreeMap;

use arena::Arena;
use game::{Input, Pad, View};
use protocol::binary::{InputBatch, Layout, SnapshotHeader, decode_snapshot};
use protocol::{ClientMessage, Encoding};
use room::Room;

use crate::support::{empty, running, seat, tick};

/// The client on seat 0, which keeps its received snapshots.
#[derive(Default)]
struct Client {
    known: BTreeMap<u32, View>,
}

impl Client {
    /// A room of five in which seat 0 gets datagrams.
    fn join() -> (Room<Arena>, Self) {
        let mut room = running(5, 100);
        room.handle_connected_lossy(seat(0));
        (room, Self::default())
    }

    /// Takes the snapshot that is due, without loss.
    fn read(&mut self, room: &mut Room<Arena>) -> Option<(u32, Option<u32>)> {
        let frame = poll(room)?;
        let header = self.take(&frame);
        Some((header.tick, header.baseline))
    }

    fn take(&mut self, frame: &[u8]) -> SnapshotHeader {
        let mut view = View::default();
        let find = |tick| self.known.get(&tick);
        let header = decode_snapshot(Layout::of::<Arena>(), frame, find, &mut view);
        let header = header.expect("a snapshot on one that was acknowledged");
        self.known.insert(view.tick, view);
        self.known.retain(|&known, _| known + 64 > header.tick);
        header
    }
}

/// The snapshot that is due.
fn poll(room: &mut Room<Arena>) -> Option<Vec<u8>> {
    let mut frame = Vec::new();
    room.poll_lossy_snapshot(seat(0), &mut frame)
        .then_some(frame)
}

fn acknowledge(room: &mut Room<Arena>, seen: u32) {
    let turn = Pad {
        dx: 127,
        dy: 64,
        aim: (seen * 7 % 1024) as u16,
        fire: seen.is_multiple_of(20),
    };
    let (stamp, inputs): (u32, [Input; 1]) = (room.tick() + 1, [turn.into()]);
    let batch = InputBatch::new(stamp, &inputs, Some(seen), 0).expect("inputs");
    let _ = room.handle_message(seat(0), ClientMessage::Inputs(batch));
}

#[test]
fn the_baseline_is_the_newest_acknowledged_snapshot() {
    let (mut room, mut client) = Client::join();
    assert_eq!(client.read(&mut room), Some((100, None)));
    tick(&mut room, 2);
    assert_eq!(
        client.read(&mut room),
        Some((102, None)),
        "no acknowledgement"
    );
    acknowledge(&mut room, 100);
    tick(&mut room, 1);
    assert_eq!(client.read(&mut room), Some((103, Some(100))));
    tick(&mut room, 1);
    assert!(poll(&mut room).is_some(), "and it is lost");
    acknowledge(&mut room, 103);
    tick(&mut room, 1);
    assert_eq!(client.read(&mut room), Some((105, Some(103))));
    tick(&mut room, 61);
    assert_eq!(client.read(&mut room), Some((166, Some(103))));
    tick(&mut room, 6);
    assert_eq!(client.read(&mut room), Some((172, None)), "too old");
}

#[test]
fn an_acknowledgement_of_an_unsent_tick_is_no_baseline() {
    let (mut room, mut client) = Client::join();
    client.read(&mut room);
    tick(&mut room, 1);
    // 101 was not due, 102 and 5000 are in the future, and 99 is from before the connection.
    for seen in [101, 102, 5_000, 99] {
        acknowledge(&mut room, seen);
    }
    tick(&mut room, 1);
    assert_eq!(client.read(&mut room), Some((102, None)));
    acknowledge(&mut room, 102);
    tick(&mut room, 1);
    assert_eq!(client.read(&mut room), Some((103, Some(102))));
    room.handle_connected_lossy(seat(0));
    acknowledge(&mut room, 103);
    assert_eq!(
        client.read(&mut room),
        Some((103, None)),
        "a new connection"
    );
}

#[test]
fn an_acknowledgement_of_another_epoch_changes_nothing() {
    let (mut room, mut client) = Client::join();
    client.read(&mut room);
    acknowledge(&mut room, 100);
    tick(&mut room, 1);
    assert_eq!(client.read(&mut room), Some((101, Some(100))));
    let mut entry = Vec::new();
    room.poll_journal(&mut entry);
    let state = room.save().state;
    let (mut room, _) = Room::<Arena>::resume(5, 0, &state, std::iter::empty()).expect("a room");
    room.handle_connected_lossy(seat(0));
    tick(&mut room, 1);
    assert_eq!(client.read(&mut room), Some((102, None)));
    acknowledge(&mut room, 101);
    acknowledge(&mut room, 100);
    tick(&mut room, 1);
    assert_eq!(
        client.read(&mut room).expect("it").1,
        None,
        "of the epoch before"
    );
}

#[test]
fn a_tick_with_two_snapshots_is_no_baseline() {
    let mut room = empty(5, "", 10);
    room.handle_connected_lossy(seat(0));
    let mut client = Client::default();
    assert_eq!(client.read(&mut room), Some((0, None)));
    tick(&mut room, 4);
    assert_eq!(client.read(&mut room), Some((0, None)), "the match waits");
    tick(&mut room, 8);
    acknowledge(&mut room, 0);
    tick(&mut room, 1);
    assert_eq!(client.read(&mut room).expect("one").1, None);
}

#[test]
fn every_snapshot_that_arrives_is_correct_after_loss_and_reordering() {
    let (mut room, mut client) = Client::join();
    room.handle_connected(seat(1), Encoding::Binary);
    let mut random = 7_u32;
    let mut next = |below: u32| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 16) % below
    };
    let mut truths = BTreeMap::new();
    let (mut on_the_way, mut acks) = (Vec::new(), Vec::new());
    let (mut full, mut deltas) = (0, 0);
    for now in 0..900 {
        room.handle_tick();
        truths.insert(room.tick(), truth(&mut room));
        if let Some(frame) = poll(&mut room)
            && next(10) > 0
        {
            on_the_way.push((now + 3 + next(4), frame));
        }
        // Some frames arrive twice.
        on_the_way.retain(|(at, frame)| {
            if *at > now {
                return true;
            }
            let header = client.take(frame);
            *(if header.baseline.is_some() {
                &mut deltas
            } else {
                &mut full
            }) += 1;
            acks.push((now + 3 + next(4), header.tick));
            *at == now && next(8) == 0
        });
        acks.retain(|&(at, seen)| {
            let is_here = at <= now;
            if is_here && next(10) > 0 {
                acknowledge(&mut room, seen);
            }
            !is_here
        });
    }
    assert!(
        deltas > 500 && full < 30,
        "{deltas} deltas, {full} full ones"
    );
    for (tick, view) in &client.known {
        assert_eq!(view, &truths[tick]);
    }
}

/// The complete state, in a full snapshot for another client.
fn truth(room: &mut Room<Arena>) -> View {
    room.handle_connected(seat(4), Encoding::Binary);
    let (mut frame, mut view) = (Vec::new(), View::default());
    room.poll_snapshot(seat(4), &mut frame).expect("it is due");
    decode_snapshot(Layout::of::<Arena>(), &frame, |_| None, &mut view).expect("a full one");
    view
}
