//! Rooms that players make: friends meet by a code, play with their own settings, and gather again.

use serde_json::{Value, json};
use support::system::SLOW;
use support::{Player, Socket, System, game};

#[test]
fn friends_meet_by_a_code_play_with_their_settings_and_gather_again() {
    let system = System::shared();
    let pool = system.pool();
    let mut friends = Friends::meet(&system.url, &pool, &json!({ "match_seconds": 2 }));
    let (room, code) = (friends.room.clone(), friends.code.clone());
    let seen = friends.sockets[2].expect("room_joined")["room"].clone();
    assert_eq!(seen["state"], "gathering");
    assert_eq!(seen["code"], code);
    assert_eq!(seen["host"], friends.players[0].id);
    assert_eq!(seen["players"].as_array().map(Vec::len), Some(3));

    friends.call(1, "POST", "ready", &json!({ "ready": true }), 204);
    let ready = |message: &Value| message["room"]["players"][1]["ready"] == true;
    friends.sockets[0].expect_where("room_updated", ready);
    friends.call(0, "POST", "start", &Value::Null, 200);
    let mut games = Vec::new();
    for socket in &mut friends.sockets {
        let started = socket.expect("match_started");
        assert_eq!(started["room_id"], room);
        let (game, welcome) = game::open(&started["game"]);
        assert_eq!(welcome["arena"]["settings"]["match_seconds"], 2);
        games.push(game);
    }
    for game in &mut games {
        game.expect("over");
    }
    let again = friends.call(1, "POST", "rematch", &Value::Null, 200);
    assert_eq!(
        (&again["code"], &again["host"]),
        (&json!(code), &json!(friends.players[1].id))
    );
    assert_ne!(again["room"], room);
    assert_eq!(friends.call(0, "POST", "rematch", &Value::Null, 200), again);
    // A late join, by the code.
    let joined = friends.players[2].call("POST", "/lobby/rooms/join", &json!({ "code": code }));
    assert_eq!(joined.json(), again);
}

#[test]
fn settings_out_of_range_are_refused_when_they_are_chosen() {
    let system = System::shared();
    let pool = system.pool();
    let host = Player::guest(&system.url, "host");
    let refused = |method: &str, path: &str, body: &Value| {
        let answer = host.call(method, path, body);
        assert_eq!(answer.status, 422, "{}", answer.text());
        let problem = answer.json();
        assert_eq!(problem["type"], "urn:skirmish:problem:settings-invalid");
        problem["detail"].as_str().expect("a detail").to_owned()
    };
    let ask = |settings: Value| json!({ "pool": pool, "settings": settings });
    assert_eq!(
        refused("POST", "/lobby/rooms", &ask(json!({ "lives": 99 }))),
        "lives must be 1 to 3 in this game."
    );
    assert_eq!(
        refused("POST", "/lobby/rooms", &ask(json!({ "livse": 1 }))),
        r#"The game has no setting "livse"."#
    );
    let made = host.call("POST", "/lobby/rooms", &ask(json!({ "lives": 3 })));
    assert_eq!(made.status, 201, "{}", made.text());
    let room = made.json()["room"].as_str().expect("an id").to_owned();
    let path = format!("/lobby/rooms/{room}");
    assert_eq!(
        refused("PATCH", &path, &json!({ "settings": { "lives": 0 } })),
        "lives must be 1 to 3 in this game."
    );
    let changed = host.call("PATCH", &path, &json!({ "settings": { "lives": 1 } }));
    assert_eq!(changed.status, 200, "{}", changed.text());
}

#[test]
fn friends_queue_as_a_group_and_gather_again_in_their_room() {
    let system = System::shared();
    let pool = system.pool_of(SLOW);
    let mut friends = Friends::meet(&system.url, &pool, &json!({}));
    let queued = friends.call(0, "POST", "queue", &Value::Null, 200);
    assert_eq!(queued["room"], friends.room);
    let others = [0, 1].map(|n| Player::guest(&system.url, &format!("other-{n}")));
    for other in &others {
        other.join(&pool);
    }
    let mut rooms = Vec::new();
    for socket in &mut friends.sockets {
        let open = |message: &Value| message["room"]["room_id"] != json!(friends.room);
        rooms.push(socket.expect_where("room_joined", open)["room"]["room_id"].clone());
        let started = socket.expect("match_started");
        rooms.push(started["room_id"].clone());
        assert_eq!(started["players"].as_array().map(Vec::len), Some(5));
    }
    rooms.dedup();
    assert_eq!(rooms.len(), 1, "{rooms:?}");
    let again = friends.call(0, "POST", "queue", &Value::Null, 409);
    assert_eq!(again["type"], "urn:skirmish:problem:room-started");

    for player in friends.players.iter().chain(&others) {
        let left = player.call("DELETE", "/lobby/match", &Value::Null);
        assert_eq!(left.status, 204, "{}", left.text());
    }
    let own = std::mem::replace(
        &mut friends.room,
        rooms[0].as_str().expect("an id").to_owned(),
    );
    for player in [1, 0, 2] {
        let back = friends.call(player, "POST", "rematch", &Value::Null, 200);
        assert_eq!(
            (&back["room"], &back["code"]),
            (&json!(own), &json!(friends.code))
        );
    }
    // The players who were in no group get a new room.
    let path = format!("/lobby/rooms/{}/rematch", friends.room);
    let back = others.map(|other| other.call("POST", &path, &Value::Null).json());
    assert_eq!((&back[0]["status"], &back[0]), (&json!("seated"), &back[1]));
    assert_ne!(back[0]["code"], friends.code);
}

/// Three players in a room; the first one is the host.
struct Friends {
    players: Vec<Player>,
    sockets: Vec<Socket>,
    room: String,
    code: String,
}

impl Friends {
    fn meet(url: &str, pool: &str, settings: &Value) -> Self {
        let players: Vec<Player> = (0..3)
            .map(|n| Player::guest(url, &format!("friend-{n}")))
            .collect();
        let sockets: Vec<Socket> = players.iter().map(Player::lobby).collect();
        let ask = json!({ "pool": pool, "settings": settings });
        let made = players[0].call("POST", "/lobby/rooms", &ask);
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        let text = |name: &str| made[name].as_str().expect(name).to_owned();
        let (room, code) = (text("room"), text("code"));
        for player in &players[1..] {
            let typed = code.replace('-', "").to_lowercase();
            let joined = player.call("POST", "/lobby/rooms/join", &json!({ "code": typed }));
            assert_eq!((joined.status, joined.json()), (200, made.clone()));
        }
        Self {
            players,
            sockets,
            room,
            code,
        }
    }

    /// A call by one of them that concerns the room.
    fn call(&self, player: usize, method: &str, action: &str, body: &Value, status: u16) -> Value {
        let path = format!("/lobby/rooms/{}/{action}", self.room);
        let answer = self.players[player].call(method, &path, body);
        assert_eq!(answer.status, status, "{}", answer.text());
        if status == 204 {
            Value::Null
        } else {
            answer.json()
        }
    }
}
