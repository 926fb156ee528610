//! The rules of swarm.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use game::prelude::*;
use game::{SeatInput, Sim};
use swarm::{Controls, Item, Player, Swarm, SwarmBot};

/// Units per px.
const PX: i32 = 8;

fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

/// x and y in px, the velocity in 1/8 px, and the item.
type At = (i32, i32, i32, i32, Item);

/// A match without orbs nearby.
fn swarm(players: &[At]) -> Sim<Swarm> {
    let settings = Settings::parse(Swarm::SETTINGS, [("orbs", 1)]).expect("settings");
    let mut sim = Sim::new(7, &settings, &Roster::of(players.len()));
    let mut view = View::default();
    sim.read(&mut view);
    for (seat, &(x, y, vx, vy, item)) in Seat::all().zip(players) {
        let player = Player {
            x: x * PX,
            y: y * PX,
            vx,
            vy,
            item: item as u32,
            ..Player::default()
        };
        view.show_player(seat, &player);
    }
    sim.load(&view).expect("a state of swarm");
    sim
}

/// Runs `ticks` ticks with constant inputs.
fn run(sim: &mut Sim<Swarm>, ticks: u32, held: &[Controls], mode: Mode) {
    let inputs: Vec<_> = held
        .iter()
        .map(|&controls| SeatInput {
            input: controls.into(),
            ..SeatInput::default()
        })
        .collect();
    for _ in 0..ticks {
        sim.step(&inputs, mode, &mut Vec::new());
    }
}

/// Each player: the position in px, the velocity in 1/8 px, and the time until the next dash.
fn shown(sim: &Sim<Swarm>) -> String {
    let mut text = String::new();
    for (_, player) in sim.game().players.iter() {
        let Player {
            x, y, vx, vy, dash, ..
        } = player;
        let (x, y) = (x / PX, y / PX);
        write!(text, "({x}, {y}) by ({vx}, {vy}) dash {dash}; ").expect("text");
    }
    text
}

#[track_caller]
fn check(players: &[At], ticks: u32, held: &[Controls], after: &Expect) {
    let mut sim = swarm(players);
    run(&mut sim, ticks, held, Mode::Authority);
    after.assert_eq(&shown(&sim));
}

fn toward(x: i8, y: i8, item: Item) -> Controls {
    Controls {
        direction: Direction { x, y },
        item: item as u8,
        ..Controls::default()
    }
}

const FAR: At = (1_900, 1_900, 0, 0, Item::Wings);

#[test]
fn wings_are_faster_than_an_anchor_and_a_dash_is_faster_than_both() {
    let start = (500, 500, 0, 0, Item::Wings);
    check(
        &[start, FAR],
        20,
        &[toward(1, 0, Item::Wings)],
        &expect!["(768, 500) by (125, 0) dash 0; (1900, 1900) by (0, 0) dash 0; "],
    );
    check(
        &[start, FAR],
        20,
        &[toward(1, 0, Item::Anchor)],
        &expect!["(700, 500) by (93, 0) dash 0; (1900, 1900) by (0, 0) dash 0; "],
    );
    let dash = Controls {
        dash: true,
        ..toward(1, 0, Item::Wings)
    };
    check(
        &[start, FAR],
        1,
        &[dash],
        &expect!["(528, 500) by (224, 0) dash 29; (1900, 1900) by (0, 0) dash 0; "],
    );
    check(
        &[start, FAR],
        20,
        &[dash],
        &expect!["(865, 500) by (128, 0) dash 10; (1900, 1900) by (0, 0) dash 0; "],
    );
}

#[test]
fn players_who_meet_bounce_and_an_anchor_is_pushed_less() {
    let meeting = |item| [(500, 500, 80, 0, item), (540, 500, -80, 0, Item::Wings)];
    check(
        &meeting(Item::Wings),
        1,
        &[],
        &expect!["(503, 500) by (-60, 0) dash 0; (536, 500) by (60, 0) dash 0; "],
    );
    let anchor = toward(0, 0, Item::Anchor);
    check(
        &meeting(Item::Anchor),
        1,
        &[anchor],
        &expect!["(506, 500) by (12, 0) dash 0; (538, 500) by (132, 0) dash 0; "],
    );
    // Also at the same point.
    let same = (500, 500, 0, 0, Item::Wings);
    check(
        &[same, same],
        2,
        &[],
        &expect!["(483, 500) by (0, 0) dash 0; (516, 500) by (0, 0) dash 0; "],
    );
}

#[test]
fn walls_stop_a_player() {
    let near = (2_000, 30, 0, 0, Item::Wings);
    check(
        &[near, FAR],
        20,
        &[toward(1, -1, Item::Wings)],
        &expect!["(2032, 16) by (0, 0) dash 0; (1900, 1900) by (0, 0) dash 0; "],
    );
}

/// The rule of the guide: if the others are moved by their last movement, a prediction of a collision
/// is right as long as they continue it.
#[test]
fn a_predicted_collision_is_where_the_server_has_it() {
    let start = swarm(&[(500, 500, 0, 0, Item::Wings), (900, 505, 0, 0, Item::Wings)]);
    let held = [toward(1, 0, Item::Wings), toward(-1, 0, Item::Wings)];
    let mut decided = start;
    run(&mut decided, 10, &held, Mode::Authority);
    let mut predicted = decided.clone();
    for _ in 0..6 {
        run(&mut decided, 1, &held, Mode::Authority);
        run(&mut predicted, 1, &held, Mode::Predict(seat(0)));
    }
    let place = |sim: &Sim<Swarm>| {
        let player = sim.game().players.get(seat(0)).expect("a player");
        (player.x / PX, player.y / PX)
    };
    expect!["(678, 492) predicted (679, 493)"].assert_eq(&format!(
        "{:?} predicted {:?}",
        place(&decided),
        place(&predicted)
    ));
}

#[test]
fn fifty_bots_collect_orbs_and_every_orb_is_replaced() {
    let sim = game::testing::play::<Swarm, SwarmBot>(3, 50);
    assert_eq!(sim.game().orbs.len(), 200);
    let scores: Vec<_> = sim
        .game()
        .players
        .iter()
        .map(|(_, player)| player.score)
        .collect();
    assert!(scores.iter().all(|&score| score > 0), "{scores:?}");
}

#[test]
fn a_player_with_a_magnet_collects_more() {
    let mut collected = [0; 3];
    for seed in 0..4 {
        let sim = game::testing::play::<Swarm, SwarmBot>(seed, 12);
        for (_, player) in sim.game().players.iter() {
            collected[player.item as usize] += player.score;
        }
    }
    let players = [12, 12, 24];
    let each: Vec<_> = collected
        .iter()
        .zip(players)
        .map(|(orbs, players)| orbs / players)
        .collect();
    assert!(
        each[Item::Magnet as usize] > each[Item::Anchor as usize],
        "{each:?}"
    );
}

#[test]
fn a_prediction_is_right_until_players_meet() {
    game::testing::predict::<Swarm, SwarmBot>(3, 1, 3).assert_exact();
    // 150 ms among four others, who turn at any time.
    let predicted = game::testing::predict::<Swarm, SwarmBot>(3, 5, 3);
    assert!(predicted.wrong_percent() < 10.0, "{predicted:?}");
    assert!(predicted.px_mean < 4.0, "{predicted:?}");
}
