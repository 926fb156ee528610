//! Presence: waiting for players, disconnects, reconnects and leaving.

use expect_test::expect;
use protocol::{CloseCode, Encoding, Form, ServerMessage};
use room::{Refused, Room};

use crate::support::{
    config, empty, input, inward, moved, next_snapshot, place_of, players, running, seat, snapshot,
    take_message_types, take_messages, tick,
};

fn check_new(
    count: usize,
    change: impl FnOnce(&mut Vec<room::Player>),
    settings: [i32; 8],
    expected: Option<&str>,
) {
    let mut seated = players(count);
    change(&mut seated);
    let config = room::RoomConfig {
        settings: game::Settings(settings),
        ..config::<arena::Arena>("", 0)
    };
    let made = Room::<arena::Arena>::new(config, seated);
    assert_eq!(
        made.err().map(|error| error.to_string()).as_deref(),
        expected
    );
}

#[test]
fn invalid_players_and_settings_are_refused() {
    let good = [180, 3, 0, 0, 0, 0, 0, 0];
    check_new(1, |_| {}, good, None);
    check_new(5, |_| {}, good, None);
    check_new(
        0,
        |_| {},
        good,
        Some("a room of this game has 1 to 5 players, not 0"),
    );
    check_new(
        6,
        |_| {},
        good,
        Some("a room of this game has 1 to 5 players, not 6"),
    );
    check_new(
        3,
        |seated| seated[2] = seated[0].clone(),
        good,
        Some("player p0 is seated twice"),
    );
    check_new(
        3,
        |_| {},
        [0; 8],
        Some("setting `match_seconds` is out of range"),
    );
}

#[test]
fn a_match_waits_until_all_players_are_connected() {
    let mut room = empty(3, "", 300);
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(2), Encoding::Json);
    tick(&mut room, 50);
    assert_eq!(room.tick(), 0);
    assert_eq!(
        room.handle_message(seat(0), input(None, (1.0, 0.0), true)),
        Err(Refused::NotRunning)
    );
    let waiting = snapshot(&mut room, 0).expect("a sign of life");
    assert_eq!(
        (
            waiting.tick,
            waiting.players["p1"].online,
            waiting.players["p2"].online
        ),
        (0, false, true)
    );
    room.handle_connected(seat(1), Encoding::Json);
    tick(&mut room, 1);
    assert_eq!(room.tick(), 1);
}

#[test]
fn a_match_begins_after_its_grace_period() {
    let mut room = empty(3, "", 30);
    room.handle_connected(seat(0), Encoding::Json);
    tick(&mut room, 30);
    assert_eq!(room.tick(), 0);
    tick(&mut room, 1);
    assert_eq!(room.tick(), 1);
    assert!(!next_snapshot(&mut room, 0).players["p1"].online);
}

#[test]
fn a_match_does_not_wait_for_a_player_who_left() {
    let mut room = empty(3, "", 30_000);
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(1), Encoding::Json);
    room.handle_left(seat(2));
    tick(&mut room, 1);
    assert_eq!(room.tick(), 1);
}

#[test]
fn an_absent_player_has_a_neutral_input_and_keeps_the_seat() {
    let mut room = running(3, 100);
    let way = inward(&room, 1);
    room.handle_message(seat(1), input(None, way, false))
        .expect("taken");
    tick(&mut room, 1);
    room.handle_disconnected(seat(1));
    let from = place_of(&room, 1);
    let seen = next_snapshot(&mut room, 0);
    tick(&mut room, 10);
    assert_eq!(moved(&room, 1, from).to_bits(), 0.0f64.to_bits());
    assert!(!seen.players["p1"].online && seen.players["p1"].alive);
    assert!(seen.players["p0"].online);
    assert_eq!(take_messages(&mut room, 1), []);
    assert_eq!(snapshot(&mut room, 1), None);

    room.handle_connected(seat(1), Encoding::Json);
    assert_eq!(take_message_types(&mut room, 1), ["welcome"]);
    assert!(snapshot(&mut room, 1).expect("a full snapshot").players["p1"].online);
    tick(&mut room, 10);
    assert_eq!(
        moved(&room, 1, from).to_bits(),
        0.0f64.to_bits(),
        "old inputs are discarded"
    );
}

#[test]
fn a_second_connection_of_a_player_starts_fresh() {
    let mut room = running(2, 100);
    room.handle_message(seat(0), input(Some(105), (1.0, 0.0), true))
        .expect("taken");
    room.handle_connected(seat(0), Encoding::Json);
    assert_eq!(take_message_types(&mut room, 0), ["welcome"]);
    let seen = snapshot(&mut room, 0).expect("a full snapshot");
    assert_eq!((seen.tick, seen.ack, seen.margin), (100, 0, 0));
    tick(&mut room, 10);
    assert_eq!(room.mirror().projectiles.len(), 0);
    assert_eq!(room.poll_close(seat(0)), None);
}

#[test]
fn a_player_who_left_cannot_reconnect() {
    let mut room = running(3, 100);
    room.handle_left(seat(1));
    assert_eq!(room.poll_close(seat(1)), Some(CloseCode::Left));
    assert_eq!(room.poll_close(seat(1)), None);
    room.handle_disconnected(seat(1));
    let seen = next_snapshot(&mut room, 0);
    assert!(!seen.players["p1"].online && !seen.players["p1"].alive);
    assert_eq!(room.mirror().players.len(), 2);
    assert_eq!(room.outcome(), None);

    room.handle_connected(seat(1), Encoding::Json);
    assert_eq!(take_messages(&mut room, 1), []);
    assert_eq!(room.poll_close(seat(1)), Some(CloseCode::Left));
}

#[test]
fn a_match_continues_while_all_players_are_away() {
    let mut room = running(3, 100);
    for index in 0..3 {
        room.handle_disconnected(seat(index));
    }
    tick(&mut room, 1000);
    assert_eq!((room.outcome(), room.tick()), (None, 1100));
}

#[test]
fn calls_for_unassigned_seats_have_no_effect() {
    let mut room = running(2, 10);
    room.handle_connected(seat(4), Encoding::Json);
    room.handle_disconnected(seat(4));
    room.handle_left(seat(4));
    tick(&mut room, 2);
    assert_eq!(
        (
            take_messages(&mut room, 4),
            snapshot(&mut room, 4),
            room.poll_close(seat(4))
        ),
        (vec![], None, None)
    );
    assert_eq!(
        (room.seat_of("p1"), room.seat_of("p4")),
        (Some(seat(1)), None)
    );
    assert_eq!((room.room_id(), room.epoch()), ("main.r1", 4));
}

#[test]
fn a_welcome_contains_the_room_the_seat_and_the_players() {
    let mut room = running(2, 100);
    room.handle_connected(seat(1), Encoding::Json);
    let mut text = Vec::new();
    assert_eq!(room.poll_reliable(seat(1), &mut text), Some(Form::Text));
    expect![[r##"{"type":"welcome","seat":1,"player_id":"p1","tick":100,"rates":{"tick_hz":60,"snapshot_hz":30},"room_id":"main.r1","epoch":4,"game":"arena","arena":{"width":824,"height":824,"player_radius":10,"projectile_radius":5,"player_speed":240,"projectile_speed":600,"cooldown_ticks":15,"protection_ticks":60,"settings":{"match_seconds":180,"lives":3}},"players":[{"seat":0,"player_id":"p0","name":"Player 0","colors":["#000000"]},{"seat":1,"player_id":"p1","name":"Player 1","colors":["#000001"]}]}"##]].assert_eq(&String::from_utf8(text).expect("UTF-8"));
    assert!(!matches!(
        take_messages(&mut room, 1).first(),
        Some(ServerMessage::Welcome(_))
    ));
}
