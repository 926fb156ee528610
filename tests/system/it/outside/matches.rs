//! A match, from the first snapshot to the scores.

use std::thread;

use serde_json::{Value, json};
use support::game::{self, InMatch};
use support::{MainPool, System, socket::Closed};
use testkit::eventually;

#[test]
fn three_play_a_match_to_its_end() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    for player in &players {
        assert_eq!(player.welcome["room_id"], player.started["room_id"]);
        assert_eq!(player.welcome["player_id"], player.player.id);
        assert_eq!(player.game.protocol.as_deref(), Some(game::PROTOCOL));
    }
    let room = players[0].started["room_id"].clone();
    let finals = to_the_end(&mut players);
    for player in &mut players {
        let closed = player.game.expect_close();
        assert_eq!(closed.code, Some(4000), "{closed:?}");
        let over = player.lobby.expect("match_over");
        assert_eq!(over["room_id"], room);
        assert_eq!(over["scores"], finals[0]);
        assert_eq!(
            player.player.me(),
            json!({ "status": "out", "reason": "match_over" })
        );
    }
    assert_eq!(finals[0].as_array().map(Vec::len), Some(3));
    assert_eq!(finals[0], finals[1]);
    gather_again(&mut players, &room);
}

#[test]
fn inputs_move_players_and_fire_shots() {
    let system = MainPool::open(300, 0);
    let mut players = game::start(&system.url, "main", 3);
    moves(&mut players[0]);
    shoots(&mut players[1]);
    shows_in_the_lobby(&players[2]);
    // This client may have been disconnected, because it has not read since the start.
    let (mut stays, _) = game::open(&players[2].player.me()["game"]);
    // The last player in the match wins.
    for player in &players[..2] {
        let answer = player.player.call("DELETE", "/lobby/match", &Value::Null);
        assert_eq!(answer.status, 204);
    }
    let over = stays.expect("over");
    assert_eq!(
        over["scores"][0]["player_id"], players[2].player.id,
        "{over}"
    );
}

#[test]
fn a_player_who_gives_up_is_out_and_the_others_continue() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    let (gives_up, stays) = players.split_at_mut(1);
    let gives_up = &mut gives_up[0];
    for _ in 0..2 {
        let answer = gives_up.player.call("DELETE", "/lobby/match", &Value::Null);
        assert_eq!(answer.status, 204);
    }
    assert_eq!(gives_up.lobby.expect("removed")["reason"], "forfeited");
    assert_eq!(gives_up.player.me()["status"], "out");
    let closed = gives_up.game.expect_close();
    assert_eq!(closed.code, Some(4002), "{closed:?}");
    let over = stays[0].game.expect("over");
    assert_eq!(over["scores"].as_array().map(Vec::len), Some(3), "{over}");
}

#[test]
fn a_match_cannot_be_left_like_a_queue() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    let refused = players[0]
        .player
        .call("DELETE", "/lobby/queue", &Value::Null);
    assert_eq!(refused.problem(), "409 in-match");
    players[0].lobby.send(&json!({ "action": "leave" }));
    let error = players[0].lobby.expect("error");
    assert_eq!(error["problem"]["status"], 409, "{error}");
}

#[test]
fn a_match_starts_without_players_who_do_not_connect() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start_some(&system.url, &pool, 3, 2);
    let snapshot = players[0]
        .game
        .expect_where("snapshot", |message| message["tick"].as_u64() > Some(0));
    let online = |snapshot: &Value| {
        let players = snapshot["players"].as_object().expect("players");
        players
            .values()
            .filter(|player| player["online"] == true)
            .count()
    };
    assert_eq!(online(&snapshot), 2, "{snapshot}");
    assert!(matches!(
        players[0].game.expect_close(),
        Closed {
            code: Some(4000),
            ..
        }
    ));
}

/// Reads to the end of the match for every player, because a client that does not read is disconnected. Returns the
/// scores that each player received.
fn to_the_end(players: &mut [InMatch]) -> Vec<Value> {
    thread::scope(|scope| {
        let readers: Vec<_> = players
            .iter_mut()
            .map(|player| scope.spawn(|| player.game.expect("over")["scores"].clone()))
            .collect();
        let finals = readers.into_iter().map(thread::ScopedJoinHandle::join);
        finals.map(|scores| scores.expect("scores")).collect()
    })
}

/// The first player makes a room. The others join it, one by the same call and one by the code.
fn gather_again(players: &mut [InMatch], room: &Value) {
    let path = format!("/lobby/rooms/{}/rematch", room.as_str().expect("a room"));
    let made = players[0].player.call("POST", &path, &Value::Null);
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json();
    assert_eq!(made["host"], players[0].player.id);
    let again = players[1].player.call("POST", &path, &Value::Null);
    let code = json!({ "code": made["code"] });
    let joined = players[2].player.call("POST", "/lobby/rooms/join", &code);
    assert_eq!([again.json(), joined.json()], [made.clone(), made.clone()]);
    let seen = players[0].lobby.expect_where("room_updated", |message| {
        message["room"]["players"].as_array().map(Vec::len) == Some(3)
    });
    assert_eq!(
        (&seen["room"]["room_id"], &seen["room"]["name"]),
        (&made["room"], &json!(""))
    );
    assert_ne!(made["room"], *room);
}

/// Asserts that the position follows the input.
fn moves(player: &mut InMatch) {
    let id = player.player.id.clone();
    let x = |snapshot: &Value| snapshot["players"][&id]["x"].as_f64().expect("x");
    let first = player
        .game
        .expect_where("snapshot", |message| message["tick"].as_u64() > Some(0));
    let direction = if x(&first) < 412.0 { 1 } else { -1 };
    let input = json!({ "type": "input", "move": [direction, 0], "aim": 0.5, "fire": false });
    player.game.send(&input);
    let moved = player
        .game
        .expect_where("snapshot", |message| (x(message) - x(&first)).abs() > 20.0);
    assert!(moved["ack"].as_u64() > Some(0), "{moved}");
    assert!((x(&moved) - x(&first)) * f64::from(direction) > 0.0);
    assert!(
        (moved["players"][&id]["aim"].as_f64().unwrap_or_default() - 0.5).abs() < 0.01,
        "{moved}"
    );
}

/// Asserts that a shot appears and names its player. A player who has just connected may not be able to shoot
/// immediately, so the input is repeated.
fn shoots(player: &mut InMatch) {
    let id = player.player.id.clone();
    let seen = |snapshot: &Value| {
        let shots = snapshot["projectiles"].as_array();
        shots.is_some_and(|shots| shots.iter().any(|shot| shot["playerUUID"] == id))
    };
    let mut last = Value::Null;
    while !seen(&last) {
        player
            .game
            .send(&json!({ "type": "input", "move": [0, 0], "aim": 0, "fire": true }));
        match player.game.read() {
            Ok(message) if message["type"] == "snapshot" => last = message,
            Ok(_) => {}
            Err(closed) => panic!("{closed:?} before a shot of {id}, after {last}"),
        }
    }
}

/// Asserts that the view of the room has the positions of all players.
fn shows_in_the_lobby(player: &InMatch) {
    let room = player.started["room_id"].as_str().expect("a room");
    let path = format!("/lobby/rooms/{room}");
    eventually("the room shows positions", || {
        let answer = player.player.call("GET", &path, &Value::Null);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let view = answer.json();
        let players = view["players"].as_object()?.clone();
        let placed = players
            .values()
            .all(|player| player["x"].as_f64() > Some(0.0));
        (placed && view["state"] == "started").then_some(())
    });
}
