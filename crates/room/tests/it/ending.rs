//! The end of a match, and the messages that players receive.

use arena::Arena;
use game::{Pad, Random};
use protocol::{ClientMessage, CloseCode, Encoding, ServerMessage, Value};
use room::Room;

use crate::support::{empty, seat, snapshot, take_message_types, take_messages, tick};

fn started(count: usize, settings: &str) -> Room<Arena> {
    let mut room = empty(count, settings, 0);
    for index in 0..count {
        room.handle_connected(seat(index), Encoding::Json);
    }
    tick(&mut room, 1);
    for index in 0..count {
        take_messages(&mut room, index);
    }
    room
}

/// (player, score, rank), best first.
fn check_scores(room: &Room<Arena>, expected: &[(&str, u32, u32)]) {
    let outcome = room.outcome().expect("an outcome");
    let scores: Vec<_> = outcome
        .scores
        .iter()
        .map(|score| (score.player_id.as_str(), score.score, score.rank))
        .collect();
    assert_eq!(scores, expected);
}

#[test]
fn the_last_surviving_player_wins() {
    let mut room = started(3, "");
    room.handle_left(seat(0));
    tick(&mut room, 1);
    assert_eq!(room.outcome(), None);
    room.handle_left(seat(2));
    tick(&mut room, 1);
    check_scores(&room, &[("p1", 0, 1), ("p0", 0, 2), ("p2", 0, 2)]);
    assert_eq!(
        room.poll_close(seat(1)),
        None,
        "not before `over` was taken"
    );
    let messages = take_messages(&mut room, 1);
    assert!(
        matches!(messages.as_slice(), [ServerMessage::Over(over)] if over.scores[0].player_id == "p1"),
        "{messages:?}"
    );
    assert_eq!(room.poll_close(seat(1)), Some(CloseCode::MatchOver));
    assert_eq!(room.poll_close(seat(1)), None);
}

#[test]
fn every_player_gets_over_at_the_time_limit() {
    let mut room = started(3, r#"{"match_seconds":2}"#);
    tick(&mut room, 118);
    assert_eq!((room.outcome(), room.tick()), (None, 119));
    tick(&mut room, 100);
    assert_eq!(room.tick(), 120, "an ended match does not continue");
    check_scores(&room, &[("p0", 0, 1), ("p1", 0, 1), ("p2", 0, 1)]);
    for index in 0..3 {
        assert_eq!(snapshot(&mut room, index).map(|last| last.tick), Some(120));
        assert_eq!(take_message_types(&mut room, index), ["over"]);
        assert_eq!(room.poll_close(seat(index)), Some(CloseCode::MatchOver));
    }
}

#[test]
fn a_player_who_reconnects_after_the_end_gets_over() {
    let mut room = started(3, r#"{"match_seconds":1}"#);
    room.handle_disconnected(seat(2));
    tick(&mut room, 100);
    assert_eq!(take_message_types(&mut room, 2), [""; 0]);
    room.handle_connected(seat(2), Encoding::Json);
    assert_eq!(take_message_types(&mut room, 2), ["welcome", "over"]);
    assert_eq!(room.poll_close(seat(2)), Some(CloseCode::MatchOver));
}

#[test]
fn a_match_ends_when_all_players_leave() {
    let mut room = started(3, "");
    for index in 0..3 {
        room.handle_left(seat(index));
    }
    tick(&mut room, 1);
    check_scores(&room, &[("p0", 0, 1), ("p1", 0, 1), ("p2", 0, 1)]);
}

#[test]
fn a_match_can_end_before_it_begins() {
    let mut room = empty(3, "", 600);
    room.handle_connected(seat(1), Encoding::Json);
    room.handle_left(seat(0));
    room.handle_left(seat(2));
    tick(&mut room, 1);
    assert_eq!(room.tick(), 0);
    check_scores(&room, &[("p1", 0, 1), ("p0", 0, 2), ("p2", 0, 2)]);
    assert_eq!(take_message_types(&mut room, 1), ["welcome", "over"]);
}

#[test]
fn leaving_after_the_end_changes_nothing() {
    let mut room = started(3, r#"{"match_seconds":1}"#);
    tick(&mut room, 100);
    room.handle_left(seat(0));
    tick(&mut room, 1);
    check_scores(&room, &[("p0", 0, 1), ("p1", 0, 1), ("p2", 0, 1)]);
    assert_eq!(take_message_types(&mut room, 0), ["over"]);
    assert_eq!(room.poll_close(seat(0)), Some(CloseCode::MatchOver));
}

/// All players shoot until one is left. The events add up to the scores.
#[test]
fn the_events_of_a_complete_match_add_up_to_its_scores() {
    let mut room = started(5, "");
    let mut random = Random::new(3);
    let mut messages = Vec::new();
    while room.outcome().is_none() {
        for seat in room.seats().iter() {
            let mut side = || random.below(3) as i8 - 1;
            let (dx, dy) = (side(), side());
            let input = Pad {
                dx,
                dy,
                aim: random.below(1024) as u16,
                fire: true,
            };
            let message = ClientMessage::Input {
                tick: None,
                input: input.into(),
                seen: Some(room.tick()),
                view_delay: Some(60),
            };
            room.handle_message(seat, message).expect("taken");
        }
        room.handle_tick();
        messages.extend(take_messages(&mut room, 2));
        snapshot(&mut room, 2);
    }
    let Some(ServerMessage::Over(over)) = messages.pop() else {
        panic!("`over` comes last")
    };
    let is_event = |name: &'static str| move |message: &&ServerMessage| matches!(message, ServerMessage::Event(event) if event.event == name);
    for score in &over.scores {
        let is_by = |message: &&ServerMessage| match message {
            ServerMessage::Event(event) => {
                event.args.get("by") == Some(&Value::Player(score.player_id.clone()))
            }
            _ => false,
        };
        let kills = messages
            .iter()
            .filter(is_event("kill"))
            .filter(is_by)
            .count();
        assert_eq!(kills, score.score as usize, "{}", score.player_id);
    }
    assert_eq!(
        messages.iter().filter(is_event("hit")).count(),
        messages.iter().filter(is_event("kill")).count()
    );
    assert!(messages.iter().filter(is_event("out")).count() >= 4 || room.tick() == 180 * 60);
    assert!(messages.iter().filter(is_event("spawn")).count() >= 4);
}
