//! A player who loses a connection during a match and returns.

use serde_json::Value;
use support::{Socket, System, game, player};

#[test]
fn a_player_who_lost_the_game_socket_returns_to_the_same_seat() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    let mut lost = players.remove(0);
    lost.game.close();
    let id = lost.player.id.clone();
    players[0].game.expect_where("snapshot", |message| {
        message["players"][&id]["online"] == false
    });

    let refused = lost.player.join(&pool);
    assert_eq!(refused.problem(), "409 in-match");
    let offered = refused.json();
    assert_eq!(offered["room"], lost.started["room_id"]);
    let (mut again, welcome) = game::open(&offered["game"]);
    assert_eq!(welcome["seat"], lost.welcome["seat"]);
    assert_eq!(welcome["epoch"], lost.welcome["epoch"]);
    players[0].game.expect_where("snapshot", |message| {
        message["players"][&id]["online"] == true
    });
    again.expect("over");
    lost.lobby.expect("match_over");
}

#[test]
fn a_second_game_socket_takes_the_seat_from_the_first() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = game::start(&system.url, &pool, 3);
    let me = players[0].player.me();
    let (mut second, _) = game::open(&me["game"]);
    let closed = players[0].game.expect_close();
    assert_eq!(closed.code, Some(4001), "{closed:?}");
    second.expect("over");
}

#[test]
fn a_player_who_opens_the_lobby_socket_late_finds_the_running_match() {
    let system = System::shared();
    let pool = system.pool();
    let players: Vec<_> = (0..3)
        .map(|n| {
            let player = player::Player::guest(&system.url, &format!("late-{n}"));
            assert_eq!(player.join(&pool).status, 202);
            player
        })
        .collect();
    players[0].wait_status("playing");
    let mut lobby: Socket = players[0].lobby();
    lobby.send(&serde_json::json!({ "action": "sync" }));
    let state = lobby.expect("state");
    assert_eq!(state["status"], "playing");
    let (mut socket, _) = game::open(&state["game"]);
    socket.expect("over");
    assert_eq!(
        players[1].call("GET", "/lobby/me", &Value::Null).status,
        200
    );
}
