//! The reactions of the arena's bot to its views.

// expect-test writes its literals with hashes.
#![allow(clippy::needless_raw_string_hashes)]

use std::fmt::Write as _;

use arena::ArenaBot;
use expect_test::{Expect, expect};
use game::{Birth, Bot, Entity, Pad, View};

use crate::support::seat;

/// Shows a target at rest at (`target`, 400) px to a bot at (400, 400), thirty times per second. Returns its inputs.
fn play(seed: u64, target: u32, seconds: u32, shot: Option<Entity<'_>>) -> Vec<Pad> {
    let mut bot = ArenaBot::new(seed);
    let mut view = View::default();
    let mut look = |tick| {
        view.clear();
        view.tick = tick;
        for (index, x) in [(0, 400), (1, target)] {
            view.show(seat(index), &[x * 16, 400 * 16, 0, 3, 0, 0, 0]);
        }
        // Always the same shot, at the same place.
        view.entities.extend(shot.map(|shot| Entity {
            birth: Birth { tick, ..shot.birth },
            ..shot
        }));
        bot.decide(&view, seat(0)).into()
    };
    (0..seconds * 30).map(|at| look(at * 2)).collect()
}

fn check(seed: u64, expected: &Expect) {
    let mut text = String::new();
    for Pad { dx, dy, aim, fire } in play(seed, 600, 2, None).iter().step_by(12) {
        writeln!(text, "move {dx} {dy} aim {aim} fire {fire}").expect("a string takes it");
    }
    expected.assert_eq(&text);
}

/// The angle between an input's aim and the target, which is to the right.
fn off(input: Pad) -> f64 {
    game::aim_to_radians(input.aim).abs()
}

#[test]
fn the_inputs_depend_on_the_seed_only() {
    check(
        1,
        &expect![[r#"
            move 127 -4 aim 25 fire false
            move 127 -4 aim 17 fire true
            move 127 -4 aim 1003 fire false
            move 11 -127 aim 1003 fire false
            move -14 127 aim 1003 fire false
        "#]],
    );
    check(
        2,
        &expect![[r#"
            move 127 3 aim 485 fire false
            move 127 3 aim 212 fire false
            move 21 -127 aim 973 fire false
            move 21 -127 aim 973 fire false
            move -19 -127 aim 973 fire false
        "#]],
    );
}

#[test]
fn the_aim_is_at_the_target_with_errors() {
    for seed in 0..50 {
        let inputs = play(seed, 600, 120, None);
        let shots: Vec<_> = inputs.iter().copied().filter(|input| input.fire).collect();
        let share = shots.len() as f64 / inputs.len() as f64;
        assert!(
            (0.15..0.6).contains(&share),
            "seed {seed} fires {share} of the time"
        );
        let hits = shots
            .iter()
            .filter(|input| off(**input) < 15.0 / 200.0)
            .count();
        let share = hits as f64 / shots.len() as f64;
        assert!(
            (0.1..0.95).contains(&share),
            "seed {seed} hits with {share}"
        );
    }
}

#[test]
fn the_bot_reacts_with_a_delay() {
    let inputs = play(7, 600, 1, None);
    assert_eq!(inputs[0].aim, inputs[2].aim);
    assert!(off(inputs[20]) < off(inputs[0]));
}

#[test]
fn the_bot_dodges_some_shots_and_always_to_the_side() {
    let shot = Entity::new(0, seat(1), 0, &[250 * 16, 395 * 16, 0]);
    let dodges = |seed| {
        let first = play(seed, 600, 1, Some(shot))[0];
        (first.dx, first.dy) == (0, 127)
    };
    let dodging = (0..200).filter(|seed| dodges(*seed)).count();
    assert!((40..140).contains(&dodging), "{dodging} of 200");
}

#[test]
fn a_dead_bot_has_a_neutral_input() {
    let mut view = View::at(9);
    view.show(seat(0), &[400 * 16, 400 * 16, 0, 0, 2, 0, 0]);
    let input = Pad::from(ArenaBot::new(3).decide(&view, seat(0)));
    assert_eq!((input.dx, input.dy, input.fire), (0, 0, false));
}
