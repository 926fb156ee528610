//! Invalid input: a clear error, no panic, and no effect on others.
//!
//! When a system that the tests started ends, they check that none of its processes panicked. The tests of bad tokens
//! and tickets are in `sockets`, those of the counters in `counts`.

use serde_json::{Value, json};
use support::http::{self, request};
use support::{Player, System, game};

#[test]
fn invalid_bodies_are_refused() {
    let system = System::shared();
    let pool = system.pool();
    let player = Player::guest(&system.url, "Ada");
    let token = format!("Bearer {}", player.token);
    let post = |body: &[u8]| {
        request(
            &system.url,
            "POST",
            "/lobby/queue",
            &[("authorization", &token)],
            body,
        )
    };
    let bodies: [&[u8]; 10] = [
        b"{",
        b"\xff\xfe",
        b"{\"pool\":\"\xff\"}",
        b"[1]",
        b"7",
        b"\"main\"",
        br#"{"pool":7}"#,
        br#"{"pool":{"a":[]}}"#,
        br#"{"color":"red"}"#,
        br#"{"priority":"first"}"#,
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(body);
        assert_eq!(post(body).problem(), "400 bad-request", "{shown}");
    }
    let deep = [b"[".repeat(8_000), b"]".repeat(8_000)].concat();
    assert_eq!(post(&deep).problem(), "400 bad-request");
    assert_eq!(post(&vec![b' '; 16_385]).problem(), "413 payload-too-large");
    assert_eq!(
        post(&vec![b'x'; 10_000_000]).problem(),
        "413 payload-too-large"
    );
    assert_eq!(post(br#"{"pool":"nowhere"}"#).problem(), "404 unknown-pool");
    assert_eq!(
        post(br#"{"pool":"../relays"}"#).problem(),
        "404 unknown-pool"
    );

    let join = json!({ "pool": pool, "unknown": [1, 2], "priority": 1000 });
    assert_eq!(player.call("POST", "/lobby/queue", &join).status, 202);
    let key = "k".repeat(129);
    let long = player.call_with("POST", "/lobby/queue", &[("idempotency-key", &key)], &join);
    assert_eq!(long.problem(), "400 bad-request");
}

#[test]
fn names_are_checked() {
    let system = System::shared();
    let guest = |body: &Value| {
        request(
            &system.url,
            "POST",
            "/lobby/guest",
            &[],
            body.to_string().as_bytes(),
        )
    };
    for name in ["", "   ", "a\u{7}b", &"x".repeat(25)] {
        assert_eq!(
            guest(&json!({ "name": name })).problem(),
            "400 bad-request",
            "{name:?}"
        );
    }
    assert_eq!(guest(&json!({ "name": 7 })).problem(), "400 bad-request");
    assert_eq!(guest(&json!({ "name": "  Zoë 🚀 " })).status, 201);
    assert_eq!(guest(&json!({})).status, 201);
}

#[test]
fn only_members_can_read_a_room() {
    let system = System::shared();
    let pool = system.pool();
    let member = Player::guest(&system.url, "Member");
    let stranger = Player::guest(&system.url, "Stranger");
    assert_eq!(member.join(&pool).status, 202);
    let room = member.wait_placed()["room"]
        .as_str()
        .expect("a room")
        .to_owned();
    let look = |player: &Player, room: &str| {
        player.call("GET", &format!("/lobby/rooms/{room}"), &Value::Null)
    };
    assert_eq!(look(&member, &room).status, 200);
    assert_eq!(look(&stranger, &room).problem(), "403 not-member");
    assert_eq!(
        look(&member, &format!("{pool}.nothing")).problem(),
        "404 unknown-room"
    );
    assert_eq!(
        look(&member, "nowhere.nothing").problem(),
        "404 unknown-room"
    );
    assert_eq!(look(&member, "no-dot").problem(), "404 unknown-room");
    let answer = request(
        &system.url,
        "GET",
        &format!("/lobby/rooms/{room}"),
        &[],
        b"",
    );
    assert_eq!(answer.problem(), "401 unauthorized");
}

#[test]
fn invalid_http_is_refused_by_the_front_door() {
    let system = System::shared();
    let status = |bytes: &[u8]| http::raw(&system.url, bytes).status;
    assert_eq!(status(b"NONSENSE\r\n\r\n"), 400);
    assert_eq!(status(b"GET /lobby/me HTTP/1.1\r\n\r\n"), 400);
    let host = "GET /lobby/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    let both = "POST /lobby/queue HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(status(both.as_bytes()), 400);
    assert_eq!(
        status(format!("{host}a: {}\r\n\r\n", "b".repeat(100_000)).as_bytes()),
        400
    );
    let long = format!(
        "GET /lobby/rooms/{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "r".repeat(100_000)
    );
    assert_eq!(status(long.as_bytes()), 400);
    assert_eq!(
        status(format!("{host}authorization: Bearer \u{0}\r\n\r\n").as_bytes()),
        400
    );
}

#[test]
fn bad_game_messages_close_only_their_socket() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    let mut quiet = players.remove(0);
    let bad = |field: &str, value: Value| {
        let mut input = game::idle();
        input[field] = value;
        input.to_string()
    };
    let messages = [
        "{".to_owned(),
        "[]".to_owned(),
        r#"{"type":"dance"}"#.to_owned(),
        bad("move", json!([1])),
        bad("move", json!(["x", 0])),
        bad("move", json!([1e300, 0])),
        bad("aim", json!("north")),
        bad("aim", Value::Null),
        bad("fire", json!(1)),
        bad("tick", json!(-1)),
        bad("tick", json!(1e20)),
        bad("view", json!(-1)),
        game::idle().to_string().replace("\"aim\":0", "\"aim\":NaN"),
        game::idle()
            .to_string()
            .replace("\"aim\":0", "\"aim\":1e999"),
    ];
    let player = &players[0].player;
    for message in messages {
        let (mut socket, _) = game::open(&player.me()["game"]);
        socket.send_text(&message);
        let error = socket.expect("error");
        assert_eq!(error["code"], 4010, "{message}: {error}");
        assert_eq!(socket.expect_close().code, Some(4010), "{message}");
    }
    let (mut socket, _) = game::open(&player.me()["game"]);
    socket.send_binary(vec![0, 1, 2]);
    assert_eq!(socket.expect_close().code, Some(4010));
    quiet.game.expect("over");
}

#[test]
fn bad_frames_close_only_their_socket() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    let mut quiet = players.remove(0);
    let player = &players[0].player;
    let frames: [(&str, Vec<u8>, u16); 5] = [
        ("unmasked", b"\x81\x02{}".to_vec(), 1002),
        ("reserved bits", b"\xf1\x80\0\0\0\0".to_vec(), 1002),
        ("unknown opcode", b"\x83\x80\0\0\0\0".to_vec(), 1002),
        (
            "a long control frame",
            [b"\x89\xfe\x00\x7e\0\0\0\0".to_vec(), vec![0; 126]].concat(),
            1002,
        ),
        ("not UTF-8", b"\x81\x82\0\0\0\0\xff\xff".to_vec(), 1007),
    ];
    for (what, bytes, code) in frames {
        let (mut socket, _) = game::open(&player.me()["game"]);
        socket.send_raw(&bytes);
        assert_eq!(socket.expect_close().code, Some(code), "{what}");
    }
    let (mut socket, _) = game::open(&player.me()["game"]);
    socket.send_text(&" ".repeat(2_000));
    assert_eq!(socket.expect_close().code, Some(1009));
    quiet.game.expect("over");
}

#[test]
fn a_flood_closes_only_its_socket() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    let mut quiet = players.remove(0);
    let flood = &mut players[0].game;
    for _ in 0..2_000 {
        flood.send(&game::idle());
    }
    assert_eq!(flood.expect_close().code, Some(4011));
    quiet.game.expect("over");
}

#[test]
fn a_message_too_big_for_the_lobby_closes_its_socket() {
    let system = System::shared();
    let player = Player::guest(&system.url, "Big");
    let mut lobby = player.lobby();
    lobby.send_text(&format!(
        r#"{{"action":"ping","pad":"{}"}}"#,
        "x".repeat(130 * 1024)
    ));
    assert_eq!(lobby.expect_close().code, Some(1009));
    let mut again = player.lobby();
    again.send(&json!({ "action": "ping" }));
    again.expect("pong");
}
