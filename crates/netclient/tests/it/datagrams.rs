//! A client whose snapshots and inputs are datagrams: lost, late and out of order.

use arena::Arena;
use game::{InputFields as _, Pad, View};
use netclient::Error;
use protocol::DecodeError;
use protocol::binary::{
    InputBatch, Layout, SnapshotHeader, decode_input, encode_delta, encode_full, encode_header,
};

use crate::link::{Match, TICK_US, run_to};

/// A settled match over datagrams that gets no more snapshots, and the views of its next ticks.
fn silenced(ticks: usize) -> (Match, Vec<View>) {
    let mut it = Match::settled(1);
    it.client.use_datagrams();
    // The frames in flight arrive.
    it.is_cut = true;
    it.run(3, run_to(1, 0));
    let views = (0..ticks).map(|_| {
        it.run(1, run_to(1, 0));
        let mut view = View::default();
        it.sim.read(&mut view);
        view
    });
    let views = views.collect();
    (it, views)
}

fn snapshot(view: &View, baseline: Option<&View>) -> Vec<u8> {
    let header = SnapshotHeader {
        tick: view.tick,
        baseline: baseline.map(|view| view.tick),
        ack: None,
        margin: 1,
    };
    let mut frame = Vec::new();
    encode_header(&header, &mut frame);
    let layout = Layout::of::<Arena>();
    match baseline {
        Some(baseline) => encode_delta(layout, baseline, None, view, &mut frame),
        None => encode_full(layout, view, &mut frame),
    }
    frame
}

/// The inputs that the client sends one tick later.
fn sent(it: &mut Match) -> InputBatch {
    it.now_us += TICK_US;
    let mut frame = Vec::new();
    assert!(it.client.poll_transmit(it.now_us, &mut frame));
    decode_input(Pad::SCHEMA, &frame).expect("a frame of inputs")
}

#[test]
fn a_snapshot_on_an_unknown_baseline_is_dropped_and_not_acknowledged() {
    let (mut it, views) = silenced(4);
    let [first, lost, on_lost, on_first] = &views[..] else {
        panic!("four views")
    };
    let full = snapshot(first, None);
    it.client.handle_binary(it.now_us, &full).expect("full");
    for _ in 0..2 {
        let unreadable = snapshot(on_lost, Some(lost));
        assert_eq!(it.client.handle_binary(it.now_us, &unreadable), Ok(()));
        assert_eq!(sent(&mut it).seen, Some(first.tick));
    }
    let delta = snapshot(on_first, Some(first));
    it.client.handle_binary(it.now_us, &delta).expect("a delta");
    assert_eq!(sent(&mut it).seen, Some(on_first.tick));
}

#[test]
fn an_unknown_baseline_in_an_ordered_stream_is_an_error() {
    let mut it = Match::settled(1);
    let (_, views) = silenced(2);
    let mut later = views[1].clone();
    later.tick += 1;
    let frame = snapshot(&later, Some(&views[1]));
    let unknown = Error::Decode(DecodeError::UnknownBaseline(views[1].tick));
    assert_eq!(it.client.handle_binary(it.now_us, &frame), Err(unknown));
}

#[test]
fn an_older_snapshot_that_arrives_late_changes_nothing() {
    let (mut it, views) = silenced(2);
    for view in [&views[1], &views[0], &views[1]] {
        let frame = snapshot(view, None);
        it.client.handle_binary(it.now_us, &frame).expect("full");
        assert_eq!(sent(&mut it).seen, Some(views[1].tick));
    }
}

#[test]
fn each_message_repeats_the_last_four_ticks() {
    let mut it = Match::settled(1);
    assert_eq!(sent(&mut it).inputs().len(), 1);
    it.client.use_datagrams();
    for dx in [10, 20, 30, 40, 50] {
        it.client.set_input(run_to(dx, 0));
        sent(&mut it);
    }
    let batch = sent(&mut it);
    let expected = [30, 40, 50, 50].map(|dx| run_to(dx, 0));
    assert_eq!(batch.inputs(), expected);
}
