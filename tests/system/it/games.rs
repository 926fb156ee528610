//! Two pools of one deployment play two games at once.

use serde_json::{Value, json};
use support::game::{self, InMatch};
use support::http::request;
use support::player::Player;
use support::system::{Options, System};

const POOLS: &str = r#"{
    "main": {"countdown_ms": 300},
    "tag": {"countdown_ms": 300, "game": "tag", "settings": {"match_seconds": 10}}
}"#;

/// The game of a match, and its settings.
fn played(welcome: &Value) -> Value {
    json!([welcome["game"], welcome["arena"]["settings"]])
}

/// The header of the replay of a finished match.
fn recorded(of: &InMatch) -> Value {
    let room = of.started["room_id"].as_str().expect("a room");
    let replay = testkit::eventually("the replay", || {
        let path = format!("/replays/{room}");
        let answer = of.player.call("GET", &path, &Value::Null);
        (answer.status == 200).then_some(answer)
    });
    let text = replay.text();
    let header = text.lines().next().unwrap_or_default();
    serde_json::from_str::<Value>(header).expect("a header")
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
            {"name": "main", "game": "arena", "seats_min": 3, "seats_max": 5, "bots": false, "watch": "off"},
            {"name": "tag", "game": "tag", "seats_min": 3, "seats_max": 5, "bots": false, "watch": "off"},
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
        assert_eq!(recorded(&players[0])["game"], name);
    }
}

#[test]
fn the_claim_game_reaches_the_rules_another_relay_and_the_replay() {
    let mut system = System::start(Options {
        pools:
            r#"{"main": {"game": "cards", "countdown_ms": 300, "seats_min": 3, "seats_max": 3}}"#
                .to_owned(),
        settings: "{}".to_owned(),
        relays: 2,
        ..Options::default()
    });
    let url = system.url.clone();
    let signed = Player::with_claims(
        &url,
        "5b2f7f3c-0c8e-4a53-9a3c-3f6f4d8e2a11",
        &json!({ "name": "Ann", "game": "waves" }),
    );
    let sent = json!({ "name": "Bob", "game": "stars" }).to_string();
    let guest = request(&url, "POST", "/lobby/guest", &[], sent.as_bytes()).json();
    let bob = Player {
        token: guest["token"].as_str().expect("a token").to_owned(),
        id: guest["player_id"].as_str().expect("an id").to_owned(),
        ..signed.clone()
    };
    let cleo = Player::guest(&url, "Cleo");
    let wrong = Player::with_claims(&url, "x", &json!({ "game": "x".repeat(257) }));
    let refused = wrong.join("main");
    assert_eq!(refused.status, 401, "{}", refused.text());
    assert!(refused.text().contains("game has more than 256 bytes"));

    let ids = [&signed, &bob, &cleo].map(|player| player.id.clone());
    let backs = |snapshot: &Value| {
        let of = |id: &String| snapshot["players"][id]["back"].as_u64();
        ids.each_ref().map(of)
    };
    let expected = [Some(1), Some(2), Some(0)];
    let mut players = game::start_with("main", vec![signed, bob, cleo], 3);
    for player in &mut players {
        let snapshot = player.game.expect("snapshot");
        assert_eq!(backs(&snapshot), expected, "{snapshot}");
        assert!(!player.welcome.to_string().contains("waves"));
    }
    let relay = players[0].started["game"]["relay"].clone();
    let stack = system.stack_mut();
    stack
        .kill(relay.as_str().expect("a relay"))
        .expect("it was there");
    for player in &mut players {
        let moved = player.lobby.expect("match_moved");
        player.game = game::open(&moved["game"]).0;
    }
    let snapshot = players[2].game.expect("snapshot");
    assert_eq!(backs(&snapshot), expected, "{snapshot}");

    for player in &players[..2] {
        let answer = player.player.call("DELETE", "/lobby/match", &Value::Null);
        assert_eq!(answer.status, 204);
    }
    players[2].game.expect("over");
    let header = recorded(&players[2]);
    let game_of = |id: &String| {
        let mut seated = header["players"].as_array().expect("players").iter();
        let player = seated.find(|player| player["player_id"] == *id);
        player.expect("a player")["game"].clone()
    };
    let games = ids.each_ref().map(game_of);
    assert_eq!(games, [json!("waves"), json!("stars"), Value::Null]);
}
