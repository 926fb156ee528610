//! Waiting rooms: how they fill, count down, start, and end.

use serde_json::{Value, json};
use support::system::{BRIEF, FADING, SLOW};
use support::{Player, Socket, System};

#[test]
fn three_players_get_a_countdown_and_a_match() {
    let system = System::shared();
    let pool = system.pool();
    let mut players = waiting(&system, &pool, 3);
    let (first, lobby) = &mut players[0];

    assert_eq!(lobby.expect("queued")["position"], 1);
    let joined = lobby.expect("room_joined");
    assert_eq!(joined["room"]["players"][0]["player_id"], first.id);
    let full = lobby.expect_where("room_updated", |message| {
        count(&message["room"]["players"]) == 3
    });
    let counted = lobby.expect_where("countdown", |message| !message["in_ms"].is_null());
    assert!(
        counted["in_ms"].as_u64().is_some_and(|ms| ms <= 300),
        "{counted}"
    );
    let started = lobby.expect("match_started");
    assert_eq!(started["room_id"], full["room"]["room_id"]);
    assert_eq!(count(&started["players"]), 3);
    let colors: std::collections::BTreeSet<String> = started["players"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|player| player["colors"].to_string())
        .collect();
    assert_eq!(colors.len(), 3, "colours are distinct in a room: {started}");

    let me = first.me();
    assert_eq!(me["status"], "playing");
    assert_eq!(me["room"], started["room_id"]);
    assert_ne!(
        me["game"]["ticket"], started["game"]["ticket"],
        "a fresh ticket each time"
    );
}

#[test]
fn five_players_start_at_once() {
    let system = System::shared();
    let pool = system.pool_of(SLOW);
    let mut players = waiting(&system, &pool, 5);
    // The countdown of this pool is longer than the test.
    for (_, lobby) in &mut players {
        let started = lobby.expect("match_started");
        assert_eq!(count(&started["players"]), 5);
    }
}

#[test]
fn a_sixth_player_waits_for_the_next_room() {
    let system = System::shared();
    let pool = system.pool_of(SLOW);
    let mut players = waiting(&system, &pool, 6);
    let rooms: Vec<Value> = players
        .iter_mut()
        .map(|(player, _)| match player.wait_placed()["room"].take() {
            Value::Null => panic!("{} has no room", player.id),
            room => room,
        })
        .collect();
    let first = rooms.iter().filter(|room| **room == rooms[0]).count();
    assert_eq!(first, 5, "{rooms:?}");
    assert_ne!(rooms[5], rooms[0]);
}

#[test]
fn a_player_who_leaves_stops_the_countdown() {
    let system = System::shared();
    let pool = system.pool_of(SLOW);
    let mut players = waiting(&system, &pool, 3);
    let (stays, leaves) = players.split_at_mut(2);
    let counted = stays[0]
        .1
        .expect_where("countdown", |message| !message["in_ms"].is_null());
    let in_ms = counted["in_ms"].as_u64().unwrap_or_default();
    assert!(in_ms > 0 && in_ms <= SLOW.countdown_ms, "{counted}");

    leaves[0].1.send(&json!({ "action": "leave" }));
    assert_eq!(leaves[0].1.expect("state")["status"], "out");
    stays[0]
        .1
        .expect_where("countdown", |message| message["in_ms"].is_null());
    let view = stays[0].0.me();
    assert_eq!(view["status"], "seated");
}

#[test]
fn a_player_who_closed_the_tab_is_not_counted_until_they_return() {
    let system = System::shared();
    let pool = system.pool_of(SLOW);
    let mut players = waiting(&system, &pool, 3);
    let (ghost, socket) = players.pop().expect("three");
    let (_, lobby) = &mut players[0];
    lobby.expect_where("countdown", |message| !message["in_ms"].is_null());

    socket.close();
    lobby.expect_where("room_updated", |message| {
        count(&message["room"]["players"]) == 2
    });
    lobby.expect_where("countdown", |message| message["in_ms"].is_null());

    let mut back = ghost.lobby();
    back.expect("room_joined");
    lobby.expect_where("countdown", |message| !message["in_ms"].is_null());
    assert_eq!(ghost.me()["status"], "seated");
}

#[test]
fn too_few_players_are_requeued_when_their_room_ends() {
    let system = System::shared();
    let pool = system.pool_of(BRIEF);
    let mut players = waiting(&system, &pool, 2);
    let (_, lobby) = &mut players[0];
    let first = lobby.expect("room_joined");
    let requeued = lobby.expect("requeued");
    assert_eq!(requeued["pool"], pool);
    let second = lobby.expect("room_joined");
    assert_ne!(second["room"]["room_id"], first["room"]["room_id"]);
}

#[test]
fn a_player_without_a_sign_of_life_loses_the_place_and_gets_the_reason() {
    let system = System::shared();
    let pool = system.pool_of(FADING);
    let player = Player::guest(&system.url, "Silent");
    let mut lobby = player.lobby();
    assert_eq!(player.join(&pool).status, 202);
    assert_eq!(lobby.expect("removed")["reason"], "expired");
    assert_eq!(player.me(), json!({ "status": "out", "reason": "expired" }));
}

/// Guests with open lobby sockets, who join in this order.
fn waiting(system: &System, pool: &str, count: usize) -> Vec<(Player, Socket)> {
    let players = (0..count).map(|n| {
        let player = Player::guest(&system.url, &format!("guest-{n}"));
        let lobby = player.lobby();
        let answer = player.join(pool);
        assert_eq!(answer.status, 202, "{}", answer.text());
        (player, lobby)
    });
    players.collect()
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}
