//! The rules, as tables of commands and results.

use cards::{Cards, CardsBot};
use expect_test::{Expect, expect};
use game::prelude::*;
use game::{SeatInputs, Sim};

use crate::support::{draw, play_card, seat, settings, shown, table};

/// Seat 0 plays a card.
#[track_caller]
fn check(top: &str, hands: &[&str], card: &str, result: &Expect) {
    let mut cards = table(top, hands);
    let text = match play_card(&mut cards, 0, card) {
        Ok(()) => shown(&cards),
        Err(Refusal(reason)) => {
            assert_eq!(cards, table(top, hands), "a refused command changes it");
            reason.to_owned()
        }
    };
    result.assert_eq(&text);
}

#[test]
fn a_card_of_the_same_colour_or_value_can_be_played() {
    let hands = ["r2 b2 g7", "y1", "y2"];
    check(
        "r5",
        &hands,
        "r2",
        &expect!["top r2, turn 1: b2 g7 | y1 | y2"],
    );
    check(
        "y2",
        &hands,
        "b2",
        &expect!["top b2, turn 1: r2 g7 | y1 | y2"],
    );
    check("r5", &hands, "g7", &expect!["does_not_match"]);
    check("r5", &hands, "r3", &expect!["not_your_card"]);
    check("y5", &hands, "y1", &expect!["not_your_card"]);
}

#[test]
fn eleven_skips_the_next_player_and_twelve_gives_them_two_cards() {
    let hands = ["r11 r12 g7", "y1", "y2"];
    check(
        "r5",
        &hands,
        "r11",
        &expect!["top r11, turn 2: r12 g7 | y1 | y2"],
    );
    check(
        "r5",
        &hands,
        "r12",
        &expect!["top r12, turn 2: r11 g7 | y1 r1 r2 | y2"],
    );
    let full = ["r12 g7", "y1 y2 y3 y4 y5 y6 y7"];
    check(
        "r5",
        &full,
        "r12",
        &expect!["top r12, turn 0: g7 | y1 y2 y3 y4 y5 y6 y7 r1"],
    );
}

#[test]
fn drawing_ends_the_turn() {
    let mut cards = table("r5", &["r2", "y1 y2 y3 y4 y5 y6 y7 y8", "b1"]);
    assert_eq!(draw(&mut cards, 1), Err(Refusal("not_your_turn")));
    assert_eq!(
        play_card(&mut cards, 1, "y5"),
        Err(Refusal("not_your_turn"))
    );
    assert_eq!(
        draw(&mut cards, 3),
        Err(Refusal("not_your_turn")),
        "no player"
    );
    draw(&mut cards, 0).expect("its turn");
    expect!["top r5, turn 1: r2 r1 | y1 y2 y3 y4 y5 y6 y7 y8 | b1"].assert_eq(&shown(&cards));
    // A full hand does not change.
    draw(&mut cards, 1).expect("its turn");
    expect!["top r5, turn 2: r2 r1 | y1 y2 y3 y4 y5 y6 y7 y8 | b1"].assert_eq(&shown(&cards));
}

#[test]
fn numbers_that_are_not_cards_are_refused() {
    let mut cards = table("r5", &["r2", "y1"]);
    for card in [0, -1, 49, 2 + (1 << 32), i64::MIN, i64::MAX] {
        let refused = cards.command(seat(0), &Command::new(0, &[card]));
        assert_eq!(refused, Err(Refusal("not_your_card")), "{card}");
    }
}

#[test]
fn the_pile_becomes_the_deck_when_the_deck_is_empty() {
    let mut cards = table("r5", &["r2 r3", "r7 y1", "b1"]);
    cards.deck.clear();
    play_card(&mut cards, 0, "r2").expect("it matches");
    play_card(&mut cards, 1, "r7").expect("it matches");
    assert_eq!(cards.played, [5, 2]);
    draw(&mut cards, 2).expect("its turn");
    draw(&mut cards, 0).expect("its turn");
    assert!(cards.deck.is_empty() && cards.played.is_empty());
    let drawn = shown(&cards);
    assert!(drawn.contains("r2") && drawn.contains("r5"), "{drawn}");
}

/// Steps a match of two players without commands; returns the events with their ticks.
fn wait(sim: &mut Sim<Cards>, ticks: u32, mode: Mode) -> Vec<(u32, i64)> {
    let mut happened = Vec::new();
    for _ in 0..ticks {
        let mut events = Vec::new();
        sim.step(&SeatInputs::default(), mode, &mut events);
        happened.extend(events.iter().map(|event| (sim.tick(), event.args[0])));
    }
    happened
}

#[test]
fn a_turn_ends_at_its_time_limit_with_a_drawn_card() {
    let mut sim = Sim::<Cards>::new(3, &settings(60, 2), &Roster::of(2));
    let first = i64::from(sim.game().turn);
    let happened = wait(&mut sim, 300, Mode::Authority);
    assert_eq!(happened, [(120, first), (240, 1 - first)]);
    assert_eq!(sim.game().turn_left, 60);
    let held: Vec<_> = sim
        .game()
        .players
        .iter()
        .map(|(_, player)| player.cards)
        .collect();
    assert_eq!(held, [7, 7]);
}

#[test]
fn a_prediction_counts_timers_and_decides_nothing() {
    let mut sim = Sim::<Cards>::new(3, &settings(1, 2), &Roster::of(2));
    let before = sim.game().clone();
    assert_eq!(wait(&mut sim, 200, Mode::Predict(seat(0))), []);
    let mut expected = before;
    (expected.turn_left, expected.match_left) = (0, 0);
    assert_eq!(*sim.game(), expected);
}

#[test]
fn the_first_player_without_cards_wins() {
    let mut cards = table("r5", &["r2", "r3 y1", "b1 b2 b3"]);
    assert_eq!(cards.outcome(), None);
    play_card(&mut cards, 0, "r2").expect("it matches");
    let places = cards.outcome().expect("it is over").places;
    assert_eq!(
        places,
        [Some((1, 8)), Some((2, 6)), Some((3, 5)), None, None]
    );
    let stats = |index| Cards::STATS.iter().map(move |name| (index, *name));
    let stats: Vec<i32> = stats(0)
        .chain(stats(1))
        .map(|(index, name)| cards.stat(seat(index), name))
        .collect();
    assert_eq!(stats, [0, 1, 2, 0]);
    assert_eq!(draw(&mut cards, 1), Err(Refusal("match_over")));
}

#[test]
fn at_the_time_limit_the_fewest_cards_win() {
    let mut sim = Sim::<Cards>::new(3, &settings(3, 2), &Roster::of(2));
    let first = sim.game().turn as usize;
    wait(&mut sim, 179, Mode::Authority);
    assert_eq!(sim.outcome(), None);
    wait(&mut sim, 1, Mode::Authority);
    let places = sim.outcome().expect("time is up").places;
    // The first player has drawn a card.
    assert_eq!(
        (places[first], places[1 - first]),
        (Some((2, 1)), Some((1, 2)))
    );
}

#[test]
fn the_turn_of_a_player_who_leaves_ends_and_they_are_ranked_last() {
    let mut cards = table("r5", &["r2", "y1 y2", "b1 b2"]);
    cards.leave(seat(0));
    expect!["top r5, turn 1: r2 | y1 y2 | b1 b2"].assert_eq(&shown(&cards));
    draw(&mut cards, 1).expect("its turn");
    draw(&mut cards, 2).expect("its turn");
    expect!["top r5, turn 1: r2 | y1 y2 r1 | b1 b2 r3"].assert_eq(&shown(&cards));
    assert_eq!(cards.outcome(), None);
    cards.leave(seat(2));
    let places = cards.outcome().expect("one player is left").places;
    assert_eq!(
        places,
        [Some((2, 0)), Some((1, 5)), Some((2, 0)), None, None]
    );
}

#[test]
fn bots_play_to_an_end() {
    let mut won = 0;
    for seed in 0..20 {
        let players = 2 + seed as usize % 3;
        let sim = game::testing::play::<Cards, CardsBot>(seed * 8, players);
        let cards = sim.game().players.iter().map(|(_, player)| player.cards);
        won += u32::from(cards.min() == Some(0));
    }
    assert!(won >= 18, "{won} of 20 matches have a winner");
}
