//! The rules of tag, as tables of inputs and results.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use game::{
    Bot, Command, Commands, Game, Input, Mode, SEATS_MAX, Seat, Seats, Settings, Sim, View,
};
use tag::{Tag, TagBot};

/// x and y in px, whether the player is it, and the remaining rest.
type At = (u32, u32, bool, u32);

fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

fn tag(seconds: i64, players: &[At]) -> Sim<Tag> {
    let settings = Settings::parse(Tag::SETTINGS, [("match_seconds", seconds)]).expect("settings");
    let mut sim = Sim::new(1, &settings, Seats::first(players.len()));
    let mut view = View::default();
    for (seat, &(x, y, it, rest)) in Seat::all().zip(players) {
        view.show(seat, &[x * 16, y * 16, it.into(), rest, 0, 0, 0]);
    }
    sim.load(&view).expect("a state of tag");
    sim
}

/// All players move in their direction (dx, dy) for `ticks` ticks; returns the events with their ticks.
fn run(sim: &mut Sim<Tag>, ticks: u32, ways: &[(i8, i8)], mode: Mode) -> String {
    let mut commands: Commands = [Command::default(); SEATS_MAX];
    for (command, &(dx, dy)) in commands.iter_mut().zip(ways) {
        command.input = Input {
            dx,
            dy,
            ..Input::default()
        };
    }
    let mut told = String::new();
    for _ in 0..ticks {
        let mut events = Vec::new();
        sim.step(&commands, mode, &mut events);
        for event in events {
            write!(
                told,
                "{}: {} by {}; ",
                sim.tick(),
                event.args[0],
                event.args[1]
            )
            .expect("text");
        }
    }
    told
}

/// Each seat: px, and what is to be said of it.
fn shown(sim: &Sim<Tag>) -> String {
    let mut view = View::default();
    sim.read(&mut view);
    let mut text = String::new();
    for [x, y, it, rest, score, _, out, ..] in view.seats.into_iter().flatten() {
        let it = if it == 1 { " it" } else { "" };
        let out = if out == 1 { " out" } else { "" };
        write!(
            text,
            "({}, {}){it}{out} rest {rest} score {score}; ",
            x / 16,
            y / 16
        )
        .expect("text");
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
fn of_all_he_touches_the_first_seat_is_caught() {
    let crowd = [
        (100, 100, false, 0),
        (110, 100, true, 0),
        (120, 100, false, 0),
    ];
    check(
        &crowd,
        2,
        &[],
        &expect!["1: 0 by 1; "],
        &expect![
            "(100, 100) it rest 59 score 0; (110, 100) rest 59 score 0; (120, 100) rest 0 score 0; "
        ],
    );
}

#[test]
fn walls_hold_and_it_is_faster() {
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

/// Both players of a touch move as predicted until they know of it.
#[test]
fn a_touch_changes_nobodys_way_for_a_second() {
    let start = tag(60, &[(100, 100, true, 0), (140, 100, false, 0)]);
    let ways = [(1, 0), (0, 1)];
    for index in 0..2 {
        let (mut decided, mut predicted) = (start.clone(), start.clone());
        let mut places = [View::default(), View::default()];
        for tick in 1..=62 {
            run(&mut decided, 1, &ways, Mode::Authority);
            run(&mut predicted, 1, &ways, Mode::Predict(seat(index)));
            decided.read(&mut places[0]);
            predicted.read(&mut places[1]);
            let [own, foretold] =
                [0, 1].map(|at| places[at].seats[index].map(|fields| (fields[0], fields[1])));
            assert_eq!(own, foretold, "seat {index}, tick {tick}");
        }
    }
}

#[test]
fn a_prediction_moves_its_own_seat_and_decides_nothing() {
    let mut sim = tag(60, &[(100, 100, true, 0), (110, 100, false, 9)]);
    assert_eq!(
        run(&mut sim, 60, &[(0, 1), (0, 1)], Mode::Predict(seat(1))),
        ""
    );
    expect!["(100, 100) it rest 0 score 0; (110, 344) rest 0 score 0; "].assert_eq(&shown(&sim));
}

#[test]
fn who_leaves_while_he_is_it_leaves_it_to_the_best() {
    let mut sim = tag(
        60,
        &[
            (100, 100, false, 0),
            (400, 400, true, 0),
            (700, 700, false, 0),
        ],
    );
    run(&mut sim, 60, &[], Mode::Authority);
    sim.leave(seat(1));
    expect![
        "(100, 100) rest 0 score 1; (400, 400) out rest 0 score 0; (700, 700) it rest 60 score 1; "
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
fn time_ends_the_match_and_a_saved_one_goes_on_the_same() {
    let mut sim = tag(2, &[(100, 100, true, 0), (700, 700, false, 0)]);
    run(&mut sim, 119, &[], Mode::Authority);
    assert_eq!(sim.outcome(), None);
    let mut bytes = Vec::new();
    sim.save(&mut bytes);
    let mut restored = Sim::<Tag>::restore(&bytes).expect("what was saved restores");
    run(&mut restored, 1, &[], Mode::Authority);
    run(&mut sim, 1, &[], Mode::Authority);
    assert_eq!(restored.hash(&mut bytes), sim.hash(&mut Vec::new()));
    let places = sim.outcome().expect("time is up").places;
    assert_eq!(places, [Some((2, 0)), Some((1, 2)), None, None, None]);
    for at in 0..bytes.len() {
        // Whatever it is, it does not panic.
        let _ = Sim::<Tag>::restore(&bytes[..at]);
    }
}

#[test]
fn bots_play_a_match_in_which_it_is_passed_on() {
    for seed in 0..20 {
        let settings = Settings::defaults(Tag::SETTINGS);
        let mut sim = Sim::<Tag>::new(seed, &settings, Seats::first(4));
        let mut bots: Vec<_> = (0..4).map(|bot| TagBot::new(seed * 4 + bot)).collect();
        let (mut view, mut events) = (View::default(), Vec::new());
        while sim.outcome().is_none() {
            sim.read(&mut view);
            let mut commands: Commands = [Command::default(); SEATS_MAX];
            for ((command, bot), seat) in commands.iter_mut().zip(&mut bots).zip(Seat::all()) {
                command.input = bot.decide(&view, seat);
            }
            sim.step(&commands, Mode::Authority, &mut events);
        }
        assert!(
            (3..200).contains(&events.len()),
            "seed {seed}: {} times",
            events.len()
        );
    }
}
