//! Two pools of one deployment play two games at once.

use serde_json::{Value, json};
use support::game::{self, InMatch};
use support::http::request;
use support::system::{Options, System};

const POOLS: &str = r#"{
    "main": {"countdown_ms": 300},
    "tag": {"countdown_ms": 300, "game": "tag", "settings": {"match_seconds": 10}}
}"#;

/// The game of a match, and its settings.
fn played(welcome: &Value) -> Value {
    json!([welcome["game"], welcome["arena"]["settings"]])
}

/// The game's name in the replay of a finished match.
fn recorded(of: &InMatch) -> Value {
    let room = of.started["room_id"].as_str().expect("a room");
    let replay = testkit::eventually("the replay", || {
        let path = format!("/replays/{room}");
        let answer = of.player.call("GET", &path, &Value::Null);
        (answer.status == 200).then_some(answer)
    });
    let text = replay.text();
    let header = text.lines().next().unwrap_or_default();
    serde_json::from_str::<Value>(header).expect("a header")["game"].clone()
}

#[test]
fn two_pools_play_two_games_at_once_and_each_continues_when_its_relay_is_killed() {
    let mut system = System::start(Options {
        pools: POOLS.to_owned(),
        settings: r#"{"match_seconds":12,"lives":2}"#.to_owned(),
        relays: 2,
        ..Options::default()
    });
    let url = system.url.clone();
    let pools = request(&url, "GET", "/lobby/pools", &[], b"");
    assert_eq!(
        pools.json(),
        json!({"pools": [
            {"name": "main", "game": "arena", "seats_min": 3, "seats_max": 5},
            {"name": "tag", "game": "tag", "seats_min": 3, "seats_max": 5},
        ]})
    );
    let mut matches = [game::start(&url, "main", 3), game::start(&url, "tag", 3)];
    let expected = [
        json!(["arena", { "match_seconds": 12, "lives": 2 }]),
        json!(["tag", { "match_seconds": 10 }]),
    ];
    for (players, expected) in matches.iter_mut().zip(&expected) {
        assert_eq!(played(&players[0].welcome), *expected);
        players[0]
            .game
            .expect_where("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(30));
    }

    let [arena, tag] = &matches;
    let relay = tag[0].started["game"]["relay"].clone();
    let both = arena[0].started["game"]["relay"] == relay;
    let stack = system.stack_mut();
    stack
        .kill(relay.as_str().expect("a relay"))
        .expect("it was there");
    for (n, (players, expected)) in matches.iter_mut().zip(&expected).enumerate() {
        if n == 1 || both {
            for player in players.iter_mut() {
                let moved = player.lobby.expect("match_moved");
                let (game, welcome) = game::open(&moved["game"]);
                assert_eq!(played(&welcome), *expected);
                player.game = game;
            }
        }
    }
    for (players, name) in matches.iter_mut().zip(["arena", "tag"]) {
        let over = players[0].game.expect("over");
        assert_eq!(over["scores"].as_array().map(Vec::len), Some(3), "{over}");
        assert_eq!(recorded(&players[0]), name);
    }
}
