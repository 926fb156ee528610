//! Robustness of a client against invalid bytes, a silent server, and pauses of its own.

use arena::Arena;
use game::{Input, View};
use proptest::prelude::*;
use protocol::binary::{Layout, SnapshotHeader, encode_full, encode_header};

use crate::link::{Match, TICK_US, run_to};

#[test]
fn prediction_recovers_after_a_long_silence() {
    let mut it = Match::settled(3);
    it.is_cut = true;
    it.run(400, run_to(1, 0));
    it.is_cut = false;
    it.run(60, run_to(1, 0));
    let found = it.client.stats(it.now_us);
    it.run(60, run_to(0, 1));
    let stats = it.client.stats(it.now_us);
    assert_eq!(stats.corrections, found.corrections, "it predicts again");
    assert!((1..=3).contains(&stats.margin_ticks), "{stats:?}");
}

#[test]
fn prediction_recovers_after_a_pause_of_the_client() {
    let mut it = Match::settled(3);
    it.now_us += 300 * TICK_US;
    it.run(30, run_to(1, 0));
    // A real server continues meanwhile; here its ticks follow late, without a gap.
    it.run(300, run_to(0, 1));
    let found = it.client.stats(it.now_us);
    it.run(60, run_to(1, 0));
    assert_eq!(it.client.stats(it.now_us).corrections, found.corrections);
}

#[test]
fn a_client_without_a_match_draws_nothing_and_sends_nothing() {
    let mut it = Match::new(3, 0);
    it.is_cut = true;
    let scene = it.frame(Input::default());
    assert!(scene.players.iter().all(Option::is_none));
    assert_eq!(it.client.stats(it.now_us).bytes_out, 0);
}

fn snapshot(tick: u32) -> Vec<u8> {
    let it = Match::new(0, tick);
    let mut view = View::default();
    it.sim.read(&mut view);
    let header = SnapshotHeader {
        tick,
        baseline: None,
        ack: None,
        margin: 0,
    };
    let mut frame = Vec::new();
    encode_header(&header, &mut frame);
    encode_full(Layout::of::<Arena>(), &view, &mut frame);
    frame
}

proptest! {
    #[test]
    fn no_bytes_panic(frames: Vec<Vec<u8>>) {
        let mut it = Match::settled(1);
        for frame in frames {
            let _ = it.client.handle_binary(it.now_us, &frame);
            it.frame(run_to(1, 0));
        }
    }

    #[test]
    fn no_changed_snapshot_panics(flips in prop::collection::vec((0..200usize, any::<u8>()), 1..4), ticks in 0..300u32) {
        let mut it = Match::settled(1);
        let mut frame = snapshot(it.sim.tick() + ticks);
        for (at, byte) in flips {
            let at = at % frame.len();
            frame[at] = byte;
        }
        let _ = it.client.handle_binary(it.now_us, &frame);
        for step in 0..5 {
            let now_us = it.now_us + step * TICK_US;
            it.client.set_input(run_to(1, 0));
            let _ = it.client.scene(now_us);
            let _ = it.client.poll_transmit(now_us, &mut Vec::new());
            let _ = it.client.stats(now_us);
        }
    }
}
