//! The leaderboard after a match.

use serde_json::{Value, json};
use support::http::request;
use support::{System, game};

#[test]
fn a_match_counts_once_on_the_leaderboards() {
    let system = System::shared();
    let pool = system.pool();
    let get = |path: &str| request(&system.url, "GET", path, &[], b"");
    assert_eq!(get(&format!("/leaderboard?pool={pool}")).json(), json!([]));

    let mut players = game::start(&system.url, &pool, 3);
    let over = players[0].lobby.expect("match_over");
    let scores = over["scores"].clone();
    let room = over["room_id"].as_str().expect("a room");
    assert_eq!(
        by_player(&get(&format!("/leaderboard/{room}")).json()),
        by_player(&scores)
    );
    assert_eq!(
        by_player(&get(&format!("/leaderboard?pool={pool}")).json()),
        by_player(&scores)
    );
    let first = get(&format!("/leaderboard?pool={pool}&limit=1")).json();
    assert_eq!(first.as_array().map(Vec::len), Some(1));
    assert_eq!(first[0]["rank"], 1);
}

#[test]
fn unknown_leaderboards_and_invalid_limits_are_refused() {
    let system = System::shared();
    let get = |path: &str| request(&system.url, "GET", path, &[], b"").problem();
    assert_eq!(get("/leaderboard?pool=nowhere"), "404 unknown-pool");
    assert_eq!(get("/leaderboard/quick-1.nothing"), "404 unknown-room");
    assert_eq!(get("/leaderboard?pool=quick-1&limit=0"), "400 bad-request");
    assert_eq!(
        get("/leaderboard?pool=quick-1&limit=101"),
        "400 bad-request"
    );
    assert_eq!(
        get("/leaderboard?pool=quick-1&limit=ten"),
        "400 bad-request"
    );
}

/// Players and scores, sorted by player: the order of equal scores is not defined.
fn by_player(rows: &Value) -> Vec<(String, i64)> {
    let mut rows: Vec<(String, i64)> = rows
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| {
            (
                row["player_id"].to_string(),
                row["score"].as_i64().unwrap_or(-1),
            )
        })
        .collect();
    rows.sort();
    rows
}
