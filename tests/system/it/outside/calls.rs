//! Every call of the HTTP API, with every success that its document lists.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::docs::openapi;
use support::http::{Answer, request};
use support::{Player, System, game};

#[test]
fn every_documented_call_succeeds_as_documented() {
    let system = System::shared();
    let pool = system.pool();
    let mut called = BTreeSet::new();
    let mut note = |method: &str, path: &str, answer: &Answer| {
        called.insert(format!("{method} {path} {}", answer.status));
    };
    let get = |path: &str| request(&system.url, "GET", path, &[], b"");
    for path in ["/", "/healthz", "/app", "/feedback"] {
        note("get", path, &get(path));
    }
    let feedback = request(
        &system.url,
        "POST",
        "/feedback",
        &[],
        br#"{"text":"Good."}"#,
    );
    note("post", "/feedback", &feedback);
    note("get", "/lobby/pools", &get("/lobby/pools"));
    let guest = request(&system.url, "POST", "/lobby/guest", &[], b"{}");
    note("post", "/lobby/guest", &guest);

    let mut players = game::start(&system.url, &pool, 3);
    let room = players[0].started["room_id"]
        .as_str()
        .expect("a room")
        .to_owned();
    let player = players[0].player.clone();
    note(
        "get",
        "/lobby/me",
        &player.call("GET", "/lobby/me", &Value::Null),
    );
    note(
        "patch",
        "/lobby/me",
        &player.call(
            "PATCH",
            "/lobby/me",
            &serde_json::json!({ "color": "#abcdef" }),
        ),
    );
    let regions = player.call("GET", "/lobby/regions", &Value::Null);
    note("get", "/lobby/regions", &regions);
    let server = players[0].started["game"]["relay"].as_str();
    let ping = format!("/ping/{}", server.expect("a relay"));
    note("get", "/ping/{relay}", &get(&ping));
    let view = player.call("GET", &format!("/lobby/rooms/{room}"), &Value::Null);
    note("get", "/lobby/rooms/{room}", &view);
    let (other, reason) = (&players[1].player.id, "Insults.");
    let report = json!({ "player_id": other, "tick": 1, "reason": reason });
    let report = player.call("POST", "/match/report", &report);
    note("post", "/match/report", &report);
    note(
        "delete",
        "/lobby/match",
        &player.call("DELETE", "/lobby/match", &Value::Null),
    );
    players[1].lobby.expect("match_over");
    note(
        "get",
        "/leaderboard",
        &get(&format!("/leaderboard?pool={pool}")),
    );
    note(
        "get",
        "/leaderboard/{room}",
        &get(&format!("/leaderboard/{room}")),
    );
    let replay = player.call("GET", &format!("/replays/{room}"), &Value::Null);
    note("get", "/replays/{room}", &replay);
    let share = player.call("POST", &format!("/replays/{room}/share"), &Value::Null);
    note("post", "/replays/{room}/share", &share);
    let waiter = Player::guest(&system.url, "Waiter");
    note("post", "/lobby/queue", &waiter.join(&pool));
    note("post", "/lobby/queue", &waiter.join(&pool));
    waiter.wait_status("seated");
    assert_eq!(waiter.join(&pool).json()["status"], "seated");
    note(
        "delete",
        "/lobby/queue",
        &waiter.call("DELETE", "/lobby/queue", &Value::Null),
    );
    gather(&system.url, &pool, &mut note);
    // Other tests check the 101 of the handshakes and the 302 of a hosted front end.
    for socket in [
        "get /lobby 101",
        "get /game/{relay} 101",
        "get / 302",
        "get /app 302",
        "get /feedback 302",
    ] {
        called.insert(socket.to_owned());
    }
    assert_eq!(called, documented());
}

/// The calls for rooms that players make, up to a rematch.
fn gather(url: &str, pool: &str, note: &mut impl FnMut(&str, &str, &Answer)) {
    let players = [0, 1, 2, 3].map(|n| Player::guest(url, &format!("friend-{n}")));
    let settings = json!({ "match_seconds": 1 });
    let made = players[0].call(
        "POST",
        "/lobby/rooms",
        &json!({ "pool": pool, "settings": settings, "visibility": "listed" }),
    );
    note("post", "/lobby/rooms", &made);
    let path = format!("/lobby/rooms?pool={pool}&where=free:gte:1&sort=-players");
    let list = players[1].call("GET", &path, &Value::Null);
    assert_eq!(list.json()["rooms"][0]["code"], made.json()["code"]);
    note("get", "/lobby/rooms", &list);
    let made = made.json();
    let text = |name: &str| made[name].as_str().expect(name);
    let (room, code) = (format!("/lobby/rooms/{}", text("room")), text("code"));
    let path = format!("/lobby/codes/{code}");
    let view = players[1].call("GET", &path, &Value::Null);
    note("get", "/lobby/codes/{code}", &view);
    for player in &players[1..] {
        let joined = player.call("POST", "/lobby/rooms/join", &json!({ "code": code }));
        note("post", "/lobby/rooms/join", &joined);
    }
    let mut change = |method: &str, action: &str, player: &Player, body: &Value| {
        let answer = player.call(method, &format!("{room}{action}"), body);
        note(
            &method.to_lowercase(),
            &format!("/lobby/rooms/{{room}}{action}"),
            &answer,
        );
    };
    let [host, other, kicked] = [&players[0], &players[1], &players[3]];
    let next = json!({ "player_id": other.id });
    change("PATCH", "", host, &json!({ "seats": 4, "name": "Ours" }));
    change("POST", "/ready", other, &json!({ "ready": true }));
    change("POST", "/kick", host, &json!({ "player_id": kicked.id }));
    change("POST", "/host", host, &next);
    let mut lobby = other.lobby();
    change("POST", "/start", other, &Value::Null);
    let started = lobby.expect("match_started");
    change("POST", "/watch", other, &Value::Null);
    let any = other.call("POST", "/lobby/rooms/watch", &json!({ "pool": pool }));
    let (mut game, _) = game::open(&started["game"]);
    game.expect("over");
    change("POST", "/rematch", host, &json!({ "leave": true }));
    let own = kicked.call("POST", "/lobby/rooms", &json!({ "pool": pool }));
    let path = format!(
        "/lobby/rooms/{}/queue",
        own.json()["room"].as_str().expect("room")
    );
    let queued = kicked.call("POST", &path, &Value::Null);
    note("post", "/lobby/rooms/{room}/queue", &queued);
    note("post", "/lobby/rooms/watch", &any);
    kicked.call("DELETE", "/lobby/queue", &Value::Null);
}

/// Every successful response in the document, except those of operators' calls, which the functions' own tests make.
fn documented() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (path, calls) in openapi()["paths"].as_object().expect("paths") {
        let calls = calls.as_object().expect("calls").iter();
        for (method, call) in calls.filter(|(_, call)| call["tags"][0] != "admin") {
            let statuses = call["responses"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(status, _)| status);
            let good = statuses.filter(|status| status.starts_with(['1', '2', '3']));
            all.extend(good.map(|status| format!("{method} {path} {status}")));
        }
    }
    all
}
