//! The rules: movement, shots, hits, and the end of a match.

use arena::Arena;
use expect_test::expect;
use game::{Game, Mode, Roster, SeatInput, Sim, State};

use crate::support::{At, arena, at, fields, go, inputs, run, seat, settings, shoot, step, view};

fn check_move(from: (u32, u32), ticks: u32, (dx, dy): (i8, i8), expected_px: (f64, f64)) {
    let mut sim = arena(&[at(from.0, from.1), at(800, 800)]);
    run(&mut sim, ticks, &[go(dx, dy)]);
    let [x, y, ..] = fields(&sim, 0);
    let px = (f64::from(x) / 16.0, f64::from(y) / 16.0);
    assert_eq!(px, expected_px, "from {from:?} {ticks} ticks ({dx}, {dy})");
}

#[test]
fn players_move_240_px_a_second_between_the_walls() {
    check_move((400, 400), 60, (1, 0), (640.0, 400.0));
    check_move((400, 400), 60, (-127, 0), (160.0, 400.0));
    check_move((400, 400), 60, (0, 3), (400.0, 640.0));
    check_move((400, 400), 60, (0, 0), (400.0, 400.0));
    check_move((400, 400), 60, (1, 1), (568.75, 568.75));
    check_move((400, 400), 600, (1, -1), (814.0, 10.0));
}

#[test]
fn players_pass_through_each_other() {
    let mut sim = arena(&[at(100, 100), at(140, 100)]);
    run(&mut sim, 20, &[go(1, 0)]);
    assert_eq!(fields(&sim, 0)[0], 180 * 16);
}

#[test]
fn a_projectile_flies_600_px_a_second_until_a_wall() {
    let mut sim = arena(&[at(100, 400), at(800, 800)]);
    step(&mut sim, &[shoot(0, 0)]);
    let place = |sim: &Sim<Arena>| {
        let view = view(sim);
        view.entities
            .iter()
            .next()
            .map(|shot| Arena::evaluate(&shot, view.tick)[0] / 16)
    };
    assert_eq!(place(&sim), Some(100));
    run(&mut sim, 30, &[]);
    assert_eq!(place(&sim), Some(400));
    run(&mut sim, 41, &[]);
    assert_eq!(place(&sim), Some(810));
    run(&mut sim, 1, &[]);
    assert_eq!(place(&sim), None);
}

#[test]
fn the_cooldown_of_a_gun_is_a_quarter_of_a_second() {
    let mut sim = arena(&[at(10, 400), at(800, 800)]);
    run(&mut sim, 60, &[shoot(0, 0)]);
    let fired: Vec<_> = view(&sim)
        .entities
        .iter()
        .map(|shot| shot.birth.tick)
        .collect();
    assert_eq!(fired, [1, 16, 31, 46]);
}

#[test]
fn a_spawned_player_shoots_after_protection_and_cooldown() {
    let mut sim = arena(&[
        At {
            timer: 75,
            ..at(10, 400)
        },
        at(800, 800),
    ]);
    run(&mut sim, 80, &[shoot(0, 0)]);
    let fired: Vec<_> = view(&sim)
        .entities
        .iter()
        .map(|shot| shot.birth.tick)
        .collect();
    assert_eq!(fired, [75]);
}

#[test]
fn a_hit_takes_a_life_scores_and_respawns() {
    let mut sim = arena(&[at(100, 400), at(200, 400)]);
    let events = run(&mut sim, 20, &[shoot(0, 0)]);
    expect![[r"
        10 hit player_id=1 by=0 projectile=8 x=3200 y=6400
        10 kill player_id=1 by=0 lives=2 score=1
        10 spawn player_id=1 x=12636 y=3103
    "]]
    .assert_eq(&events);
    assert_eq!(fields(&sim, 0)[4], 1, "the shooter's score");
    assert_eq!(
        fields(&sim, 1)[3..],
        [2, 0, 65, 0],
        "lives, score, timer, away"
    );
}

#[test]
fn the_match_ends_with_the_last_life() {
    let mut sim = arena(&[
        at(100, 400),
        At {
            lives: 1,
            ..at(200, 400)
        },
    ]);
    let events = run(&mut sim, 20, &[shoot(0, 0)]);
    expect![[r"
        10 hit player_id=1 by=0 projectile=8 x=3200 y=6400
        10 kill player_id=1 by=0 lives=0 score=1
        10 out player_id=1
    "]]
    .assert_eq(&events);
    assert!(!sim.game().is_alive(seat(1)));
    assert_eq!(
        sim.outcome().map(|ranking| ranking.places[..2].to_vec()),
        Some(vec![Some((1, 1)), Some((2, 0))])
    );
}

fn check_protection(timer: u32, is_hit: bool) {
    let mut sim = arena(&[
        at(100, 400),
        At {
            timer,
            ..at(200, 400)
        },
    ]);
    let events = run(&mut sim, 10, &[shoot(0, 0)]);
    assert_eq!(events.contains("hit"), is_hit, "timer {timer}: {events}");
}

#[test]
fn a_protected_player_is_not_hit() {
    check_protection(75, false);
    check_protection(26, false);
    check_protection(25, true);
    check_protection(0, true);
}

fn check_outcome(players: &[At], left: &[usize], expected: Option<&[(u8, u32)]>) {
    let mut sim = arena(players);
    for &index in left {
        sim.leave(seat(index));
    }
    let ranks = sim
        .outcome()
        .map(|ranking| ranking.places.iter().flatten().copied().collect::<Vec<_>>());
    assert_eq!(ranks.as_deref(), expected, "left: {left:?}");
}

#[test]
fn a_player_who_leaves_after_being_out_keeps_their_place() {
    let out = |score| At {
        lives: 0,
        score,
        ..at(100, 100)
    };
    let players = [at(200, 200), out(1), out(3)];
    check_outcome(&players, &[2], Some(&[(1, 0), (3, 1), (2, 3)]));
}

#[test]
fn the_last_surviving_player_wins() {
    let out = |score| At {
        lives: 0,
        score,
        ..at(10, 10)
    };
    let standing = |score| At {
        score,
        ..at(10, 10)
    };
    check_outcome(&[standing(0), standing(0), out(9)], &[], None);
    check_outcome(
        &[standing(0), out(5), out(9)],
        &[],
        Some(&[(1, 0), (3, 5), (2, 9)]),
    );
    check_outcome(
        &[standing(0), standing(5), out(9)],
        &[1],
        Some(&[(1, 0), (3, 5), (2, 9)]),
    );
    check_outcome(
        &[out(2), out(2), out(1)],
        &[],
        Some(&[(1, 2), (1, 2), (3, 1)]),
    );
    check_outcome(
        &[standing(1), standing(0)],
        &[0, 1],
        Some(&[(1, 1), (2, 0)]),
    );
    check_outcome(&[standing(0)], &[], None);
    check_outcome(&[standing(0)], &[0], Some(&[(1, 0)]));
}

#[test]
fn at_the_time_limit_the_best_score_wins_then_the_lives() {
    let mut sim: Sim<Arena> = Sim::new(1, &settings(&[("match_seconds", 1)]), &Roster::of(3));
    let mut state = view(&arena(&[
        At {
            score: 2,
            lives: 1,
            ..at(10, 10)
        },
        At {
            score: 2,
            lives: 2,
            ..at(10, 10)
        },
        At {
            score: 3,
            lives: 0,
            ..at(10, 10)
        },
    ]));
    state.tick = 58;
    sim.load(&state).expect("a state");
    step(&mut sim, &[]);
    assert_eq!(sim.outcome(), None);
    step(&mut sim, &[]);
    let places = sim.outcome().map(|ranking| ranking.places[..3].to_vec());
    assert_eq!(places, Some(vec![Some((3, 2)), Some((2, 2)), Some((1, 3))]));
}

#[test]
fn the_projectiles_of_a_player_who_leaves_are_removed() {
    let mut sim = arena(&[at(100, 400), at(200, 400), at(800, 800)]);
    step(&mut sim, &[shoot(0, 0)]);
    sim.leave(seat(0));
    assert_eq!(run(&mut sim, 20, &[shoot(0, 0)]), "");
    assert_eq!(fields(&sim, 0)[3], 0, "lives");
}

#[test]
fn an_absent_player_does_not_move_and_can_be_hit() {
    let mut sim = arena(&[at(100, 400), at(200, 400)]);
    sim.set_away(seat(1), true);
    let events = run(&mut sim, 10, &[shoot(0, 0), go(0, 1)]);
    assert!(events.contains("kill player_id=1"), "{events}");
    sim.set_away(seat(1), false);
    assert_eq!(fields(&sim, 1)[6], 0);
}

#[test]
fn a_respawn_is_far_from_other_players() {
    for seed in 0..200 {
        let sim: Sim<Arena> = Sim::new(seed, &settings(&[]), &Roster::of(5));
        let places: Vec<_> = (0..5).map(|index| fields(&sim, index)).collect();
        for (index, a) in places.iter().enumerate() {
            for b in &places[..index] {
                let (dx, dy) = (a[0].abs_diff(b[0]), a[1].abs_diff(b[1]));
                assert!(dx.max(dy) > 60 * 16, "seed {seed}: {a:?} {b:?}");
            }
        }
    }
}

#[test]
fn a_prediction_moves_its_own_seat_and_decides_nothing() {
    let mut sim = arena(&[at(100, 400), at(200, 400)]);
    let given = inputs(&[shoot(0, 0), go(1, 0)]);
    let mut events = Vec::new();
    for _ in 0..20 {
        sim.step(&given, Mode::Predict(seat(0)), &mut events);
    }
    assert_eq!(events, []);
    assert_eq!(fields(&sim, 1)[..4], [3200, 6400, 0, 3]);
    assert_eq!(view(&sim).entities.len(), 2);
}

#[test]
fn inputs_of_seats_without_a_player_have_no_effect() {
    let mut sim = arena(&[at(100, 400), at(200, 400)]);
    let all: [SeatInput; 5] = [shoot(256, 0); 5];
    step(&mut sim, &all);
    assert_eq!(view(&sim).entities.len(), 2);
}
