//! Drawing of other players: slightly in the past, at even speed, and only at true positions.

use arena::Arena;
use game::{Input, InputFields as _, Pad, Seat, Sim, State, View};

use crate::link::{Match, drawn, real, run_to};

#[test]
fn another_player_moves_evenly_and_slightly_in_the_past() {
    let mut it = Match::settled(3);
    let at = real(&it.sim, 1);
    it.other = run_to(if at.0 > 412.0 { -1 } else { 1 }, 0);
    it.run(20, Input::default());
    let mut places = Vec::new();
    for _ in 0..40 {
        places.push(drawn(&it.frame(Input::default()), 1).0);
    }
    for pair in places.windows(2) {
        let step = (pair[1] - pair[0]).abs();
        assert!((3.7..=4.3).contains(&step), "{places:?}");
    }
    let scene = it.frame(Input::default());
    let behind_ticks = (real(&it.sim, 1).0 - drawn(&scene, 1).0).abs() / 4.0;
    let drawn_ticks = f64::from(it.sim.tick()) - scene.others_tick;
    assert!(
        (f64::from(behind_ticks) - drawn_ticks).abs() < 0.1,
        "{behind_ticks} {drawn_ticks}"
    );
    // Three ticks of latency, and at least 28 ms.
    assert!((4.0..=6.0).contains(&drawn_ticks), "{drawn_ticks}");
}

#[test]
fn a_teleported_player_is_drawn_at_the_old_or_the_new_place_only() {
    let mut it = Match::settled(2);
    it.run(10, Input::default());
    let here = drawn(&it.frame(Input::default()), 1);
    let there = (if here.0 > 412.0 { 100.0 } else { 700.0 }, 400.0);
    teleport(&mut it.sim, there);
    let mut seen = Vec::new();
    for _ in 0..12 {
        seen.push(drawn(&it.frame(Input::default()), 1));
    }
    assert!(seen.iter().all(|&at| at == here || at == there), "{seen:?}");
    assert_eq!(seen.last(), Some(&there));
}

#[test]
fn extrapolation_ends_after_six_ticks_without_snapshots() {
    let mut it = Match::settled(2);
    let at = real(&it.sim, 1);
    it.other = run_to(if at.0 > 412.0 { -1 } else { 1 }, 0);
    it.run(20, Input::default());
    let from = drawn(&it.frame(Input::default()), 1).0;
    it.is_cut = true;
    it.run(30, Input::default());
    let scene = it.frame(Input::default());
    let way_ticks = (drawn(&scene, 1).0 - from).abs() / 4.0;
    // The snapshots in flight, and six ticks more.
    assert!((8.0..=12.0).contains(&way_ticks), "{way_ticks}");
    assert_eq!(it.client.stats(it.now_us).underruns, 1);
}

#[test]
fn a_shot_of_another_player_starts_at_the_muzzle() {
    let mut it = Match::settled(4);
    let at = real(&it.sim, 1);
    let fire = Pad {
        aim: if at.0 > 412.0 { 512 } else { 0 },
        fire: true,
        ..Pad::default()
    };
    it.other = fire.into();
    it.frame(Input::default());
    it.other = Pad::SCHEMA.held(fire.into());
    let scenes: Vec<_> = (0..30).map(|_| it.frame(Input::default())).collect();
    let ages: Vec<f32> = scenes
        .iter()
        .flat_map(|scene| &scene.things)
        .map(|thing| thing.age)
        .collect();
    assert!(ages[0] < 0.1, "{ages:?}");
    let steps: Vec<_> = ages.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        steps.iter().all(|&step| (0.9..5.0).contains(&step)),
        "{steps:?}"
    );
    let last = scenes
        .iter()
        .rev()
        .find_map(|scene| Some((scene.tick, *scene.things.first()?)));
    let (tick, thing) = last.expect("it flies");
    assert!(
        (tick - (thing.id / 8) as f64 - f64::from(thing.age)).abs() < 0.01,
        "at its true position"
    );
}

/// Teleports seat 1, as a respawn does.
fn teleport(sim: &mut Sim<Arena>, (x, y): (f32, f32)) {
    let mut view = View::default();
    sim.read(&mut view);
    let values = view
        .seat_mut(Seat::new(1).expect("seat 1"))
        .expect("a player");
    (values[0], values[1]) = ((x * 16.0) as u32, (y * 16.0) as u32);
    sim.load(&view).expect("a state of the arena");
    assert_eq!(Arena::SCHEMA.seat[0].name, "x");
}
