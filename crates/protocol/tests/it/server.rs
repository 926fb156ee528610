//! Server messages: their exact text, and decoding by Rust clients.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use game::{Entity, Event, Game, Roster, Seat, Seats, Settings, State, View};
use proptest::prelude::*;
use protocol::{
    CloseCode, Encoding, Frame, GameMessage, Greeting, MessageRefusal, MessageStatus, Moved,
    Player, Score, ServerMessage, Value, WebTransport, decode_server, encode_body, encode_error,
    encode_event, encode_message, encode_message_result, encode_moved, encode_over,
    encode_snapshot, encode_welcome,
};

use crate::toy::{Rounds, Toy};

const JSON: Encoding = Encoding::Json;

fn check(expected: &Expect, encode: impl FnOnce(&mut Vec<u8>)) -> ServerMessage {
    let mut text = b"before".to_vec();
    encode(&mut text);
    let text = text
        .strip_prefix(b"before")
        .expect("what was there stays")
        .to_vec();
    expected.assert_eq(&String::from_utf8(text.clone()).expect("UTF-8"));
    decode_server(&text).expect("a client understands it")
}

fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

fn players() -> Vec<Player> {
    let player = |player_id: &str, name: &str, color: &str| Player {
        player_id: player_id.into(),
        name: name.into(),
        colors: vec![color.into()],
        ..Player::default()
    };
    vec![
        player("aaaa", "Ann \"A\" \\ \n\u{1}é", "#ff0000"),
        player("bbbb", "Bob", "#00ff00"),
    ]
}

fn view() -> View {
    let mut view = View::at(12);
    view.show(seat(0), &[16 * 7 + 1, 512, 1, 15]);
    view.show(seat(1), &[8, 513, 0, 0]);
    view.entities.push(Entity::new(0, seat(1), 10, &[98]));
    view.entities.push(Entity::new(1, seat(0), 11, &[]));
    // Without an owner: 3 px per tick to the left.
    let values = [160, 128 - 48, 512, 1, 5, 90];
    view.entities.push(Entity::new(2, None, 12, &values));
    view
}

#[test]
fn welcome() {
    let settings = Settings::defaults(Toy::SETTINGS);
    let players = players();
    let greeting = Greeting {
        seat: seat(1),
        tick: 3,
        room_id: "main.r1",
        epoch: 2,
        settings: &settings,
        joined_at: 0,
        players: &players,
    };
    let expected = expect![[
        r##"{"type":"welcome","seat":1,"player_id":"bbbb","tick":3,"rates":{"tick_hz":60,"snapshot_hz":30},"room_id":"main.r1","epoch":2,"game":"toy","arena":{"width":100,"settings":{"balls":2}},"players":[{"seat":0,"player_id":"aaaa","name":"Ann \"A\" \\ \u000a\u0001é","colors":["#ff0000"]},{"seat":1,"player_id":"bbbb","name":"Bob","colors":["#00ff00"]}]}"##
    ]];
    let message = check(&expected, |out| encode_welcome::<Toy>(JSON, &greeting, out));
    let ServerMessage::Welcome(welcome) = message else {
        panic!("{message:?}")
    };
    assert_eq!(
        (welcome.seat, welcome.player_id.as_str(), welcome.epoch),
        (1, "bbbb", 2)
    );
    assert_eq!(welcome.arena.constants["width"], 100);
    assert_eq!(welcome.arena.settings["balls"], 2);
    assert_eq!(welcome.players[0].name, players[0].name);
}

#[test]
fn game_message() {
    let sent = GameMessage {
        id: Some(7),
        name: "wave \"\"".into(),
        payload: r#"{"hand":"left"}"#.into(),
    };
    let expected = expect![[
        r#"{"type":"message","from":"bbbb","name":"wave \"\"","payload":{"hand":"left"}}"#
    ]];
    let message = check(&expected, |out| encode_message(&players()[1], &sent, out));
    let ServerMessage::Message(received) = message else {
        panic!("{message:?}")
    };
    assert_eq!((received.from.as_str(), received.name), ("bbbb", sent.name));
    assert_eq!(received.payload, sent.payload);
}

#[test]
fn a_message_result_has_the_status_of_the_message() {
    let mut text = Vec::new();
    let mut result = |id, result| {
        text.clear();
        encode_message_result(id, result, &mut text);
        let ServerMessage::MessageResult(result) = decode_server(&text).expect("a message") else {
            panic!("another type")
        };
        (String::from_utf8(text.clone()).expect("text"), result)
    };
    let (text, delivered) = result(7, Ok(812));
    assert_eq!(
        text,
        r#"{"type":"message_result","id":7,"status":"delivered","tick":812}"#
    );
    assert_eq!(
        (delivered.id, delivered.status),
        (7, MessageStatus::Delivered { tick: 812 })
    );
    let (text, refused) = result(u32::MAX, Err(MessageRefusal::TooFast));
    assert_eq!(
        text,
        r#"{"type":"message_result","id":4294967295,"status":"refused","reason":"too_fast"}"#
    );
    let reason = "too_fast".to_owned();
    assert_eq!(refused.status, MessageStatus::Refused { reason });
    let (text, _) = result(0, Err(MessageRefusal::NotPlaying));
    assert_eq!(
        text,
        r#"{"type":"message_result","id":0,"status":"refused","reason":"not_playing"}"#
    );
}

#[test]
fn a_payload_keeps_the_spelling_of_its_numbers() {
    for payload in [
        "1e400",
        "-0",
        "1.0",
        "123456789012345678901234567890",
        "[null]",
        "null",
    ] {
        let text = format!(r#"{{"type":"message","from":"a","name":"n","payload":{payload}}}"#);
        let ServerMessage::Message(received) = decode_server(text.as_bytes()).expect(payload)
        else {
            panic!("{payload}")
        };
        assert_eq!(received.payload, payload);
    }
}

#[test]
fn snapshot() {
    let (view, players) = (view(), players());
    let frame = Frame {
        view: &view,
        players: &players,
        alive: Seats::first(2),
        online: Seats::first(1),
    };
    let expected = expect![[
        r##"{"type":"snapshot","ack":11,"margin":-2,"tick":12,"players":{"aaaa":{"x":7.0625,"look":3.141592,"it":true,"score":15,"alive":true,"colors":["#ff0000"],"online":true},"bbbb":{"x":0.5,"look":-3.135456,"it":false,"score":0,"alive":true,"colors":["#00ff00"],"online":false}},"balls":[{"id":81,"y":10,"playerUUID":"bbbb"}],"walls":[{"id":549755813976,"playerUUID":"aaaa"}],"crates":[{"id":1614907703399,"x":10,"vx":-3,"turn":3.141592,"open":true,"hp":5,"fuse":90,"playerUUID":null}]}"##
    ]];
    let message = check(&expected, |out| {
        let mut body = Vec::new();
        encode_body::<Toy>(&frame, &mut body);
        encode_snapshot(11, -2, &body, out);
    });
    let ServerMessage::Snapshot(snapshot) = message else {
        panic!("{message:?}")
    };
    assert_eq!((snapshot.tick, snapshot.ack, snapshot.margin), (12, 11, -2));
    assert_eq!(snapshot.players["aaaa"].fields["x"].number(), Some(7.0625));
    assert!(!snapshot.players["bbbb"].online);
    assert_eq!(
        snapshot.entities["balls"][0].player_id.as_deref(),
        Some("bbbb")
    );
    assert_eq!(snapshot.entities["balls"][0].id, 81);
}

#[test]
fn a_snapshot_has_the_fields_of_the_match() {
    let mut view = View::default();
    Rounds::new(0, &Settings::defaults(&[]), &Roster::of(1)).read(&mut view);
    let players = &players()[..1];
    let (alive, online) = (Seats::first(1), Seats::first(1));
    let frame = Frame {
        view: &view,
        players,
        alive,
        online,
    };
    let expected = expect![[
        r##"{"type":"snapshot","ack":0,"margin":0,"tick":0,"players":{"aaaa":{"x":0,"alive":true,"colors":["#ff0000"],"online":true}},"match":{"round":1,"radius":100}}"##
    ]];
    let message = check(&expected, |out| {
        let mut body = Vec::new();
        encode_body::<Rounds>(&frame, &mut body);
        encode_snapshot(0, 0, &body, out);
    });
    let ServerMessage::Snapshot(snapshot) = message else {
        panic!("{message:?}")
    };
    assert_eq!(snapshot.match_fields["radius"].number(), Some(100.0));
    assert!(snapshot.entities.is_empty());
}

#[test]
fn an_empty_snapshot_is_valid() {
    let view = View::default();
    let frame = Frame {
        view: &view,
        players: &[],
        alive: Seats::NONE,
        online: Seats::NONE,
    };
    let expected = expect![[
        r#"{"type":"snapshot","ack":0,"margin":0,"tick":0,"players":{},"balls":[],"walls":[],"crates":[]}"#
    ]];
    check(&expected, |out| {
        let mut body = Vec::new();
        encode_body::<Toy>(&frame, &mut body);
        encode_snapshot(0, 0, &body, out);
    });
}

#[test]
fn event() {
    let event = Event::new(0, &[0, -1, 81, -24, 1]);
    let expected = expect![[
        r#"{"type":"event","tick":12,"event":"tagged","player_id":"aaaa","by":null,"ball":81,"at":-1.5,"hard":true}"#
    ]];
    let message = check(&expected, |out| {
        encode_event(Toy::SCHEMA, &players(), 12, &event, out);
    });
    let ServerMessage::Event(event) = message else {
        panic!("{message:?}")
    };
    assert_eq!(event.args["player_id"], Value::Player("aaaa".into()));
    assert_eq!(event.args["by"], Value::Nobody(()));
    assert_eq!(event.args["hard"], Value::Flag(true));
}

#[test]
fn over() {
    let scores = [Score {
        player_id: "aaaa".into(),
        name: "Ann".into(),
        score: 12,
        rank: 1,
        stats: BTreeMap::new(),
    }];
    let expected = expect![[
        r#"{"type":"over","scores":[{"player_id":"aaaa","name":"Ann","score":12,"rank":1}]}"#
    ]];
    let message = check(&expected, |out| encode_over(&scores, out));
    let ServerMessage::Over(over) = message else {
        panic!("{message:?}")
    };
    assert_eq!(over.scores, scores);
}

#[test]
fn over_with_the_stats_of_a_game() {
    let scores = [Score {
        player_id: "aaaa".into(),
        name: "Ann".into(),
        score: 12,
        rank: 1,
        stats: [("laps".to_owned(), 3), ("best".to_owned(), i32::MIN)].into(),
    }];
    let expected = expect![[
        r#"{"type":"over","scores":[{"player_id":"aaaa","name":"Ann","score":12,"rank":1,"stats":{"best":-2147483648,"laps":3}}]}"#
    ]];
    let message = check(&expected, |out| encode_over(&scores, out));
    let ServerMessage::Over(over) = message else {
        panic!("{message:?}")
    };
    assert_eq!(over.scores, scores);
}

#[test]
fn moved_and_error() {
    let moved = Moved {
        url: "ws://127.0.0.1/game/relay-2".into(),
        path: None,
        webtransport: None,
        ticket: "t".into(),
        epoch: 3,
    };
    let expected =
        expect![[r#"{"type":"moved","url":"ws://127.0.0.1/game/relay-2","ticket":"t","epoch":3}"#]];
    let message = check(&expected, |out| encode_moved(&moved, out));
    assert_eq!(message, ServerMessage::Moved(moved.clone()));
    let moved = Moved {
        path: Some("/game/relay-2".into()),
        webtransport: Some(WebTransport {
            url: "https://127.0.0.1:4433/game/relay-2".into(),
            certificate_sha256: "ab".repeat(32),
        }),
        ..moved
    };
    let expected = expect![[
        r#"{"type":"moved","url":"ws://127.0.0.1/game/relay-2","path":"/game/relay-2","webtransport":{"url":"https://127.0.0.1:4433/game/relay-2","certificate_sha256":"abababababababababababababababababababababababababababababababab"},"ticket":"t","epoch":3}"#
    ]];
    let message = check(&expected, |out| encode_moved(&moved, out));
    assert_eq!(message, ServerMessage::Moved(moved));

    let code = CloseCode::BadMessage.code();
    let expected = expect![[r#"{"type":"error","code":4010,"message":"unknown type"}"#]];
    let message = check(&expected, |out| {
        encode_error(code, "unknown type", out);
    });
    assert!(matches!(message, ServerMessage::Error(error) if error.code == code));
}

proptest! {
    #[test]
    fn every_view_survives_a_round_trip_as_json(
        tick in 0..1_000_000u32,
        seats: [Option<(u16, u16, bool, u8)>; 2],
        ages in prop::collection::vec(0..200u32, 0..9),
    ) {
        let mut view = View::at(tick);
        for (index, fields) in seats.iter().enumerate() {
            if let Some((x, look, it, score)) = *fields {
                view.show(seat(index), &[x.into(), (look % 1024).into(), it.into(), score.into()]);
            }
        }
        view.entities.extend(ages.iter().map(|age| Entity::new(0, seat(0), tick.saturating_sub(*age), &[5])));
        let players = players();
        let frame = Frame { view: &view, players: &players, alive: Seats::NONE, online: Seats::NONE };
        let (mut body, mut text) = (Vec::new(), Vec::new());
        encode_body::<Toy>(&frame, &mut body);
        encode_snapshot(tick, 0, &body, &mut text);
        let message = decode_server(&text).expect("a snapshot");
        let ServerMessage::Snapshot(snapshot) = message else { panic!("{message:?}") };
        prop_assert_eq!(snapshot.tick, tick);
        prop_assert_eq!(snapshot.entities["balls"].len(), ages.len());
        for (player, fields) in players.iter().zip(seats) {
            let shown = snapshot.players.get(&player.player_id);
            prop_assert_eq!(shown.is_some(), fields.is_some());
            if let (Some(shown), Some((x, look, it, score))) = (shown, fields) {
                prop_assert_eq!(shown.fields["x"].number(), Some(f64::from(x) / 16.0));
                prop_assert_eq!(shown.fields["score"].number(), Some(score.into()));
                prop_assert_eq!(&shown.fields["it"], &Value::Flag(it));
                let radians = shown.fields["look"].number().expect("an angle");
                prop_assert!(radians > -std::f64::consts::PI && radians <= std::f64::consts::PI);
                prop_assert_eq!(game::aim_from_radians(radians), look % 1024);
            }
        }
    }

    #[test]
    fn any_text_survives_a_round_trip(name: String) {
        let scores = [Score { player_id: "p".into(), name: name.clone(), score: 0, rank: 1, stats: BTreeMap::new() }];
        let mut text = Vec::new();
        encode_over(&scores, &mut text);
        let message = decode_server(&text).expect("an over");
        let ServerMessage::Over(over) = message else { panic!("{message:?}") };
        prop_assert_eq!(&over.scores[0].name, &name);
    }

    #[test]
    fn no_bytes_panic_a_client(bytes: Vec<u8>) {
        let _ = decode_server(&bytes);
    }
}
