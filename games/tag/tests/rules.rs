//! The rules of tag, as tables of inputs and results.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use game::prelude::*;
use game::{Pad, SeatInputs, Sim};
use tag::{Player, Tag, TagBot};

/// x and y in px, whether the player is it, and the remaining rest.
type At = (i32, i32, bool, u32);

fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

fn tag(seconds: i64, players: &[At]) -> Sim<Tag> {
    let settings = Settings::parse(Tag::SETTINGS, [("match_seconds", seconds)]).expect("settings");
    let mut sim = Sim::new(1, &settings, &Roster::of(players.len()));
    let mut view = View::default();
    for (seat, &(x, y, it, rest)) in Seat::all().zip(players) {
        let (x, y) = (x * 16, y * 16);
        let player = Player {
            x,
            y,
            it,
            rest,
            ..Player::default()
        };
        view.show_player(seat, &player);
    }
    sim.load(&view).expect("a state of tag");
    sim
}

/// All players move in their direction (dx, dy) for `ticks` ticks; returns the events with their
/// ticks.
fn run(sim: &mut Sim<Tag>, ticks: u32, ways: &[(i8, i8)], mode: Mode) -> String {
    let mut inputs: SeatInputs = SeatInputs::default();
    for (seat_input, &(dx, dy)) in inputs.iter_mut().zip(ways) {
        seat_input.input = Pad {
            dx,
            dy,
            ..Pad::default()
        }
        .into();
    }
    let mut text = String::new();
    for _ in 0..ticks {
        let mut events = Vec::new();
        sim.step(&inputs, mode, &mut events);
        for Event {
            args: [player, by, ..],
            ..
        } in events
        {
            write!(text, "{}: {player} by {by}; ", sim.tick()).expect("text");
        }
    }
    text
}

/// Each player: the position in px, and the rest of the state.
fn shown(sim: &Sim<Tag>) -> String {
    let mut text = String::new();
    for (_, player) in sim.game().players.iter() {
        let Player {
            x, y, rest, score, ..
        } = player;
        let it = if player.it { " it" } else { "" };
        let out = if player.out { " out" } else { "" };
        let (x, y) = (x / 16, y / 16);
        write!(text, "({x}, {y}){it}{out} rest {rest} score {score}; ").expect("text");
    }
    text
}

#[track_caller]
fn check(players: &[At], ticks: u32, ways: &[(i8, i8)], events: &Expect, after: &Expect) {
    let mut sim = tag(60, players);
    events.assert_eq(&run(&mut sim, ticks, ways, Mode::Authority));
    after.assert_eq(&shown(&sim));
}

#[test]
fn it_is_passed_on_by_touch_and_rests_before_the_next() {
    let (it, free) = ((100, 100, true, 0), (140, 100, false, 0));
    check(
        &[it, free],
        1,
        &[],
        &expect![""],
        &expect!["(100, 100) it rest 0 score 0; (140, 100) rest 0 score 0; "],
    );
    check(
        &[it, free],
        10,
        &[(1, 0)],
        &expect!["3: 1 by 0; "],
        &expect!["(145, 100) rest 53 score 0; (140, 100) it rest 53 score 0; "],
    );
    check(
        &[it, free],
        65,
        &[(1, 0)],
        &expect!["3: 1 by 0; "],
        &expect!["(391, 100) rest 0 score 1; (140, 100) it rest 0 score 0; "],
    );
    check(
        &[(100, 100, true, 60), (110, 100, false, 0)],
        59,
        &[],
        &expect![""],
        &expect!["(100, 100) it rest 1 score 0; (110, 100) rest 0 score 0; "],
    );
}

#[test]
fn the_first_seat_of_several_touched_players_is_caught() {
    let (near, it, far) = (
        (100, 100, false, 0),
        (110, 100, true, 0),
        (120, 100, false, 0),
    );
    check(
        &[near, it, far],
        2,
        &[],
        &expect!["1: 0 by 1; "],
        &expect![
            "(100, 100) it rest 59 score 0; (110, 100) rest 59 score 0; (120, 100) rest 0 score 0; "
        ],
    );
}

#[test]
fn walls_stop_players_and_it_is_faster() {
    check(
        &[
            (412, 412, true, 0),
            (412, 200, false, 0),
            (800, 800, false, 0),
        ],
        60,
        &[(1, 0), (1, 0), (1, 1)],
        &expect![""],
        &expect![
            "(682, 412) it rest 0 score 0; (652, 200) rest 0 score 1; (810, 810) rest 0 score 1; "
        ],
    );
}

/// Both players of a touch move as predicted until their clients know of it.
#[test]
fn a_touch_does_not_change_movement_for_a_second() {
    let start = tag(60, &[(100, 100, true, 0), (140, 100, false, 0)]);
    let ways = [(1, 0), (0, 1)];
    for own in [seat(0), seat(1)] {
        let (mut decided, mut predicted) = (start.clone(), start.clone());
        for tick in 1..=62 {
            run(&mut decided, 1, &ways, Mode::Authority);
            run(&mut predicted, 1, &ways, Mode::Predict(own));
            let place = |sim: &Sim<Tag>| {
                let player = sim.game().players.get(own);
                player.map(|player| (player.x, player.y))
            };
            assert_eq!(place(&decided), place(&predicted), "{own:?}, tick {tick}");
        }
    }
}

#[test]
fn a_prediction_moves_its_own_seat_and_decides_nothing() {
    let mut sim = tag(60, &[(100, 100, true, 0), (110, 100, false, 9)]);
    let predict = Mode::Predict(seat(1));
    assert_eq!(run(&mut sim, 60, &[(0, 1), (0, 1)], predict), "");
    expect!["(100, 100) it rest 0 score 0; (110, 344) rest 0 score 0; "].assert_eq(&shown(&sim));
}

#[test]
fn a_random_player_becomes_it_when_it_leaves() {
    let (free, it) = ((100, 100, false, 0), (400, 400, true, 0));
    let mut sim = tag(60, &[free, it, (700, 700, false, 0)]);
    run(&mut sim, 60, &[], Mode::Authority);
    sim.leave(seat(1));
    run(&mut sim, 1, &[], Mode::Authority);
    expect![
        "(100, 100) it rest 60 score 1; (400, 400) it out rest 0 score 0; (700, 700) rest 0 score 1; "
    ]
    .assert_eq(&shown(&sim));
    assert_eq!(sim.outcome(), None);
    sim.leave(seat(2));
    let places = sim.outcome().expect("one alone plays no tag").places;
    assert_eq!(
        places,
        [Some((1, 1)), Some((3, 0)), Some((2, 1)), None, None]
    );
}

#[test]
fn the_match_ends_at_the_time_limit() {
    let mut sim = tag(2, &[(100, 100, true, 0), (700, 700, false, 0)]);
    run(&mut sim, 119, &[], Mode::Authority);
    assert_eq!(sim.outcome(), None);
    run(&mut sim, 1, &[], Mode::Authority);
    let places = sim.outcome().expect("time is up").places;
    assert_eq!(places, [Some((2, 0)), Some((1, 2)), None, None, None]);
}

#[test]
fn bots_catch_each_other() {
    for seed in 0..20 {
        let sim = game::testing::play::<Tag, TagBot>(seed * 4, 4);
        let scores: Vec<_> = sim
            .game()
            .players
            .iter()
            .map(|(_, player)| player.score)
            .collect();
        // 90 seconds, in each of which one of four players was it.
        assert!(
            (260..=270).contains(&scores.iter().sum::<u32>()),
            "{scores:?}"
        );
        let touched = scores.iter().filter(|&&score| score < 90);
        assert!(touched.count() > 1, "{scores:?}");
    }
}

#[test]
fn a_prediction_is_never_wrong_about_positions() {
    // The server decides who is "it": only the timer `rest` of these players is corrected.
    let predicted = game::testing::predict::<Tag, TagBot>(3, 4, 6);
    assert!(predicted.compared > 10_000, "{predicted:?}");
    assert!(
        predicted.px_max < 0.01 && predicted.wrong_percent() < 5.0,
        "{predicted:?}"
    );
}
