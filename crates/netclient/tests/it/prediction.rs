//! The own player reacts without delay, and is corrected only when another player interferes.

use game::{Input, InputFields as _, Pad};
use proptest::prelude::*;

use crate::link::{Match, drawn, real, run_to};

#[test]
fn the_own_player_moves_in_the_next_frame_at_any_latency() {
    for one_way_ticks in [0, 3, 9] {
        let mut it = Match::settled(one_way_ticks);
        // Run to the middle, away from walls.
        let at = drawn(&it.frame(Input::default()), 0);
        let dx = if at.0 > 412.0 { -1 } else { 1 };
        let before = drawn(&it.frame(run_to(dx, 0)), 0);
        let after = drawn(&it.frame(run_to(dx, 0)), 0);
        let moved = (after.0 - before.0) * f32::from(dx);
        assert!(
            (3.0..=5.0).contains(&moved),
            "{one_way_ticks}: {before:?} to {after:?}"
        );
    }
}

#[test]
fn a_shot_keeps_its_id_from_prediction_to_its_end() {
    let mut it = Match::settled(6);
    let shot = Pad {
        aim: if real(&it.sim, 0).0 > 412.0 { 512 } else { 0 },
        fire: true,
        ..Pad::default()
    };
    it.frame(shot.into());
    let mut ids = Vec::new();
    let mut ages = Vec::new();
    for _ in 0..40 {
        let scene = it.frame(Pad::SCHEMA.held(shot.into()));
        ids.extend(scene.things.iter().map(|thing| thing.id));
        ages.extend(scene.things.iter().map(|thing| thing.age));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(ages.len() >= 39, "drawn without a gap: {ages:?}");
    assert!(ages.is_sorted(), "{ages:?}");
}

#[test]
fn a_predicted_shot_that_the_server_never_fired_is_removed() {
    let mut it = Match::settled(4);
    it.is_cut = true;
    let fire = Pad {
        fire: true,
        ..Pad::default()
    };
    it.frame(fire.into());
    let shown = it.frame(Input::default());
    assert_eq!(shown.things.len(), 1);
    it.run(12, Input::default());
    it.is_cut = false;
    it.run(12, Input::default());
    assert!(it.frame(Input::default()).things.is_empty());
}

#[test]
fn the_correction_after_lost_inputs_is_smoothed() {
    let mut it = Match::settled(4);
    let at = drawn(&it.frame(Input::default()), 0);
    let run = run_to(if at.0 > 412.0 { -1 } else { 1 }, 0);
    it.is_cut = true;
    let mut places = vec![at];
    for frame in 0..60 {
        it.is_cut = frame < 6;
        places.push(drawn(&it.frame(run), 0));
    }
    let before = it.client.stats(it.now_us);
    assert!((1..=12).contains(&before.corrections), "{before:?}");
    let steps = places.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs());
    let longest = steps.fold(0.0, f32::max);
    assert!(longest < 10.0, "{longest} px in a frame");
    // Finally the drawn position is the true one.
    it.run(60, Input::default());
    let off = drawn(&it.frame(Input::default()), 0).0 - real(&it.sim, 0).0;
    assert!(off.abs() < 0.1, "{off} px off");
}

#[test]
fn a_newer_epoch_may_go_back_in_tick() {
    let mut it = Match::settled(3);
    let earlier = it.sim.clone();
    it.run(100, run_to(1, 1));
    let corrections = it.client.stats(it.now_us).corrections;
    it.move_back(earlier);
    it.run(60, Input::default());
    let found = it.client.stats(it.now_us);
    it.run(60, run_to(-1, 1));
    let stats = it.client.stats(it.now_us);
    assert!(stats.corrections >= corrections, "the counter is kept");
    assert_eq!(stats.corrections, found.corrections, "it predicts again");
    assert!((1..=3).contains(&stats.margin_ticks), "{stats:?}");
    let scene = it.frame(Input::default());
    assert!((scene.tick - f64::from(it.sim.tick())).abs() < 8.0);
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let input = (any::<(i8, i8, bool)>(), 0..1024u16)
        .prop_map(|((dx, dy, fire), aim)| Pad { dx, dy, aim, fire }.into());
    prop::collection::vec(input, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// The server computes exactly what the client predicted, for any inputs.
    #[test]
    fn nothing_is_corrected_while_no_player_interferes(inputs in inputs(), one_way_ticks in 0..8u64) {
        let mut it = Match::settled(one_way_ticks);
        let before = it.client.stats(it.now_us).corrections;
        for input in inputs {
            it.frame(input);
        }
        it.run(30, Input::default());
        prop_assert_eq!(it.client.stats(it.now_us).corrections, before);
    }
}
