//! The hit rule with lag compensation, against a brute-force implementation.

use game::{Pad, SeatInput, aim_from_radians};
use proptest::prelude::*;

use crate::support::{arena, at, run, seat, shoot, step, view};

/// Radii of a player and a projectile together, 1/16 px.
const REACH: f64 = 15.0 * 16.0;
/// Distances this close to the limit are decided by rounding, 1/16 px.
const UNSURE: f64 = 24.0;
/// The position of the shooter in the brute-force test, 1/16 px, in both dimensions.
const MIDDLE: f64 = 412.0 * 16.0;
const TICKS_BEFORE: u32 = 20;
const TICKS_AFTER: u32 = 60;

/// Checks a shot of a shooter at (300, 400) px at a target that runs straight down from `from`, px.
fn check_delay(from: (u32, u32), view_delay: u16, aim: u16, expected: bool) {
    let mut sim = arena(&[at(300, 400), at(from.0, from.1)]);
    let runs = SeatInput {
        input: Pad {
            dy: 1,
            ..Pad::default()
        }
        .into(),
        view_delay: 0,
    };
    run(&mut sim, TICKS_BEFORE - 1, &[SeatInput::default(), runs]);
    let mut events = run(&mut sim, 1, &[shoot(aim, view_delay), runs]);
    events += &run(&mut sim, TICKS_AFTER, &[SeatInput::default(), runs]);
    assert_eq!(
        events.contains("hit"),
        expected,
        "from {from:?}, delay {view_delay}/16, aim {aim}: {events}"
    );
}

#[test]
fn a_shot_hits_the_target_as_its_shooter_saw_it() {
    // When the projectile arrives, about 21 ticks later, the target is 84 px further down.
    let from = (500, 320);
    check_delay(from, 0, 0, false);
    check_delay(from, 0, 42, false);
    check_delay(from, 0, 70, true);
    // With 15 ticks of delay and 21 of flight, 4.5 ticks of delay are left at impact: 18 px.
    check_delay(from, 240, 70, false);
    check_delay(from, 240, 42, true);
    // A greater delay than 250 ms counts as 250 ms.
    check_delay(from, u16::MAX, 42, true);
}

#[test]
fn a_target_is_hit_at_its_past_position() {
    // After two ticks the projectile is at (320, 400). The target was at (330, 411) 14 ticks ago; now it is 67 px away.
    check_delay((330, 379), 240, 0, true);
    // Six pixels less, and the target was never near enough.
    check_delay((330, 391), 240, 0, false);
    check_delay((330, 379), 0, 0, false);
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn the_rule_agrees_with_brute_force(
        delay in 0..=240u16,
        (toward, beside) in (0..TICKS_BEFORE + TICKS_AFTER, -20..20i32),
        target in (100..720u32, 100..720u32),
        (dx, dy) in (-127..=127i8, -127..=127i8),
    ) {
        let runs = SeatInput { input: Pad { dx, dy, ..Pad::default() }.into(), view_delay: 0 };
        let path = path_of(target, runs);
        // At a wall the target's path has a corner, which a sweep cuts off.
        prop_assume!(path.iter().all(|&(x, y)| inside(x) && inside(y)));
        let (x, y) = path[toward as usize];
        let straight = aim_from_radians((y - MIDDLE).atan2(x - MIDDLE));
        let aim = (i32::from(straight) + beside).rem_euclid(1024) as u16;
        let nearest = nearest(&path, aim, delay);
        prop_assume!((nearest - REACH).abs() > UNSURE);
        let mut sim = arena(&[at(412, 412), at(target.0, target.1)]);
        run(&mut sim, TICKS_BEFORE, &[SeatInput::default(), runs]);
        let mut events = run(&mut sim, 1, &[shoot(aim, delay), runs]);
        events += &run(&mut sim, TICKS_AFTER - 1, &[SeatInput::default(), runs]);
        prop_assert_eq!(events.contains("hit"), nearest < REACH, "nearest {} px", nearest / 16.0);
    }
}

fn inside(side: f64) -> bool {
    (170.0..13_000.0).contains(&side)
}

/// The position of the target after each tick, without shots.
fn path_of(target: (u32, u32), runs: SeatInput) -> Vec<(f64, f64)> {
    let mut sim = arena(&[at(412, 412), at(target.0, target.1)]);
    let place = |sim: &game::Sim<arena::Arena>| {
        let view = view(sim);
        let values = view.seat(seat(1)).expect("the target");
        (f64::from(values[0]), f64::from(values[1]))
    };
    let mut path = vec![place(&sim)];
    for _ in 0..TICKS_BEFORE + TICKS_AFTER {
        step(&mut sim, &[SeatInput::default(), runs]);
        path.push(place(&sim));
    }
    path
}

/// The minimum distance between the target and a projectile from the middle, in steps of 1/64 tick.
fn nearest(path: &[(f64, f64)], aim: u16, delay: u16) -> f64 {
    let fired = f64::from(TICKS_BEFORE + 1);
    let angle = f64::from(aim) * std::f64::consts::TAU / 1024.0;
    let mut nearest = f64::INFINITY;
    for part in 0.. {
        let age = f64::from(part) / 64.0;
        let shot = (
            MIDDLE + angle.cos() * 160.0 * age,
            MIDDLE + angle.sin() * 160.0 * age,
        );
        let flies = [shot.0, shot.1]
            .iter()
            .all(|side| (80.0..=13_104.0).contains(side));
        if !flies || fired + age > (path.len() - 1) as f64 {
            return nearest;
        }
        let ago = (f64::from(delay) / 16.0 - age / 2.0).max(0.0);
        let target = along(path, fired + age - ago);
        nearest = nearest.min((shot.0 - target.0).hypot(shot.1 - target.1));
    }
    nearest
}

fn along(path: &[(f64, f64)], tick: f64) -> (f64, f64) {
    let before = tick.floor().max(0.0) as usize;
    let (a, b) = (path[before], path[(before + 1).min(path.len() - 1)]);
    let part = tick - before as f64;
    (a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part)
}
