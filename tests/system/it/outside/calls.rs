//! Every call of the HTTP API, with every success that its document lists.

use std::collections::BTreeSet;

use serde_json::Value;
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
    let view = player.call("GET", &format!("/lobby/rooms/{room}"), &Value::Null);
    note("get", "/lobby/rooms/{room}", &view);
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

/// Every successful response in the document.
fn documented() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (path, calls) in openapi()["paths"].as_object().expect("paths") {
        for (method, call) in calls.as_object().expect("calls") {
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
