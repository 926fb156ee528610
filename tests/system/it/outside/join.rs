//! Joining and leaving the queue over HTTP.

use serde_json::{Value, json};
use support::{Player, System};

#[test]
fn a_guest_joins_keeps_the_place_and_leaves() {
    let system = System::shared();
    let pool = system.pool();
    let player = Player::guest(&system.url, "Ada");

    let joined = player.join(&pool);
    assert_eq!(joined.status, 202);
    assert_eq!(
        joined.json(),
        json!({ "status": "queued", "pool": pool, "position": 1 })
    );
    let again = player.join(&pool);
    assert_eq!(again.status, 200, "{}", again.text());
    let me = player.me();
    assert!(me["status"] == "queued" || me["status"] == "seated", "{me}");

    for _ in 0..2 {
        let left = player.call("DELETE", "/lobby/queue", &Value::Null);
        assert_eq!(left.status, 204);
    }
    assert_eq!(player.me(), json!({ "status": "out" }));
}

#[test]
fn one_game_at_a_time_over_all_pools() {
    let system = System::shared();
    let (here, there) = (system.pool(), system.pool());
    let player = Player::guest(&system.url, "Ada");
    assert_eq!(player.join(&here).status, 202);
    let refused = player.join(&there);
    assert_eq!(refused.problem(), "409 other-pool");
    assert_eq!(refused.json()["pool"], here);
    assert_eq!(
        player.call("DELETE", "/lobby/queue", &Value::Null).status,
        204
    );
    assert_eq!(player.join(&there).status, 202);
}

#[test]
fn the_same_idempotency_key_gets_the_same_answer() {
    let system = System::shared();
    let pool = system.pool();
    let player = Player::guest(&system.url, "Ada");
    let join = || {
        let body = json!({ "pool": pool });
        player.call_with(
            "POST",
            "/lobby/queue",
            &[("idempotency-key", "once")],
            &body,
        )
    };
    let first = join();
    assert_eq!(first.status, 202);
    player.wait_status("seated");
    let repeated = join();
    assert_eq!((repeated.status, repeated.json()), (202, first.json()));
    assert_eq!(player.me()["status"], "seated");
}

#[test]
fn a_token_that_the_lobby_did_not_issue_is_accepted() {
    let system = System::shared();
    let pool = system.pool();
    let claims = json!({ "name": "Grace", "priority": 3 });
    let player = Player::with_claims(&system.url, "7c9e6679-7425-40de-944b-e07fc1f90ae7", &claims);
    assert_eq!(player.join(&pool).status, 202);
    let me = player.wait_status("seated");
    let room = me["room"].as_str().expect("a room");
    let view = player
        .call("GET", &format!("/lobby/rooms/{room}"), &Value::Null)
        .json();
    assert_eq!(view["players"][&player.id]["name"], "Grace");

    // The lobby maps any other subject to a UUID, always the same one.
    let named = Player::with_claims(&system.url, "auth0|1234", &json!({}));
    assert_eq!(named.join(&pool).status, 202);
    let me = named.wait_status("seated");
    let room = me["room"].as_str().expect("a room");
    let view = named
        .call("GET", &format!("/lobby/rooms/{room}"), &Value::Null)
        .json();
    assert_eq!(
        view["players"].as_object().map(serde_json::Map::len),
        Some(2)
    );
}
