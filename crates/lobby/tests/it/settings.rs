//! Configuration: valid settings, and the errors for invalid ones.

use expect_test::{Expect, expect};
use lobby::{Error, Lobby, Pools};

fn check(json: &str, expected: &Expect) {
    let text = match Pools::parse(json) {
        Ok(pools) => pools.0.keys().cloned().collect::<Vec<_>>().join(" "),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&text);
}

#[test]
fn pools_are_read_and_checked() {
    check(
        r#"{"main":{},"eu-1":{"countdown_ms":3000}}"#,
        &expect!["eu-1 main"],
    );
    check(
        "{}",
        &expect!["configuration: POOLS: there must be at least one pool"],
    );
    check(
        "[",
        &expect!["configuration: POOLS: invalid type: sequence, expected a map at line 1 column 0"],
    );
    check(
        r#"{"Main":{}}"#,
        &expect![[r#"configuration: POOLS: "Main" is not a pool name ([a-z0-9-], 1 to 32)"#]],
    );
    check(
        r#"{"a.b":{}}"#,
        &expect![[r#"configuration: POOLS: "a.b" is not a pool name ([a-z0-9-], 1 to 32)"#]],
    );
    check(
        r#"{"m":{"seats":3}}"#,
        &expect![
            "configuration: POOLS: unknown field `seats`, expected one of `game`, `settings`, `seats_min`, `seats_max`, `countdown_ms`, `room_ttl_ms`, `player_ttl_ms`, `claim_room_ms`, `replay_ttl_ms`, `leaderboard_max`, `late`, `meta`, `bots`, `teams`, `lanes`, `watch`, `watch_delay_ms` at line 1 column 13"
        ],
    );
    check(
        r#"{"m":{"seats_min":4,"seats_max":3}}"#,
        &expect!["configuration: POOLS: m: seats_min must be 1 to seats_max (3), it is 4"],
    );
    check(
        r#"{"m":{"seats_min":0}}"#,
        &expect!["configuration: POOLS: m: seats_min must be 1 to seats_max (5), it is 0"],
    );
    check(
        r#"{"m":{"seats_max":65}}"#,
        &expect!["configuration: POOLS: m: seats_max must be at most 64, it is 65"],
    );
    check(
        r#"{"m":{"game":"tag","settings":{"match_seconds":60}}}"#,
        &expect!["m"],
    );
    check(
        r#"{"m":{"game":"Tag!"}}"#,
        &expect![[
            r#"configuration: POOLS: m: "Tag!" is not the name of a game ([a-z0-9_-], 1 to 32)"#
        ]],
    );
    check(
        r#"{"m":{"settings":{"match_seconds":1.5}}}"#,
        &expect![
            "configuration: POOLS: invalid type: floating point `1.5`, expected i64 at line 1 column 37"
        ],
    );
    check(
        r#"{"m":{"seats_max":4,"bots":{"fill_to":5}}}"#,
        &expect![
            "configuration: POOLS: m: bots.fill_to must be seats_min (3) to seats_max (4), it is 5"
        ],
    );
    check(
        r#"{"m":{"bots":{"fill_to":2}}}"#,
        &expect![
            "configuration: POOLS: m: bots.fill_to must be seats_min (3) to seats_max (5), it is 2"
        ],
    );
    check(
        r#"{"m":{"bots":{"fill_to":4,"after_ms":600001}}}"#,
        &expect!["configuration: POOLS: m: bots.after_ms must be at most 600000, it is 600001"],
    );
    check(
        r#"{"m":{"bots":{"fill_to":4,"replace_after_ms":0}}}"#,
        &expect!["configuration: POOLS: m: bots.replace_after_ms must be 1000 to 3600000, it is 0"],
    );
    check(
        r#"{"m":{"bots":{"fill_to":4,"after_ms":0,"replace_after_ms":1000}}}"#,
        &expect!["m"],
    );
    check(
        r#"{"m":{"room_ttl_ms":0}}"#,
        &expect!["configuration: POOLS: m: room_ttl_ms must be more than 0"],
    );
    check(
        r#"{"m":{"countdown_ms":-1}}"#,
        &expect![
            "configuration: POOLS: invalid value: integer `-1`, expected u64 at line 1 column 23"
        ],
    );
}

#[test]
fn watching_requires_replays() {
    check(
        r#"{"m":{"watch":"all","watch_delay_ms":600000}}"#,
        &expect!["m"],
    );
    check(
        r#"{"m":{"watch":"friends"}}"#,
        &expect![
            "configuration: POOLS: unknown variant `friends`, expected one of `off`, `code`, `all` at line 1 column 23"
        ],
    );
    check(
        r#"{"m":{"watch":"code","replay_ttl_ms":0}}"#,
        &expect![
            "configuration: POOLS: m: watch must be off, because replay_ttl_ms is 0 and watchers get the replay"
        ],
    );
    check(
        r#"{"m":{"watch_delay_ms":600001}}"#,
        &expect!["configuration: POOLS: m: watch_delay_ms must be at most 600000, it is 600001"],
    );
}

#[test]
fn teams_must_have_places_for_all_seats() {
    check(r#"{"m":{"lanes":64}}"#, &expect!["m"]);
    check(
        r#"{"m":{"lanes":0}}"#,
        &expect!["configuration: POOLS: m: lanes must be 1 to 64, it is 0"],
    );
    check(
        r#"{"m":{"lanes":65}}"#,
        &expect!["configuration: POOLS: m: lanes must be 1 to 64, it is 65"],
    );
    check(r#"{"m":{"teams":{"count":2,"size":3}}}"#, &expect!["m"]);
    check(
        r#"{"m":{"teams":{"count":1,"size":5}}}"#,
        &expect!["configuration: POOLS: m: teams.count must be 2 to seats_max (5), it is 1"],
    );
    check(
        r#"{"m":{"teams":{"count":2,"size":2}}}"#,
        &expect![
            "configuration: POOLS: m: teams.size must be 1 to 64, and 2 teams must have places for seats_max (5) players, it is 2"
        ],
    );
    check(
        r#"{"m":{"teams":{"count":2,"size":3},"late":{"until_s":5}}}"#,
        &expect!["m"],
    );
}

#[tokio::test]
async fn an_invalid_url_is_an_error() {
    let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
    let error = Lobby::connect("nonsense", pools)
        .await
        .err()
        .expect("an error");
    assert!(matches!(error, Error::Config(_)), "{error}");
}

#[tokio::test]
async fn an_unknown_pool_is_an_error() {
    let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
    let lobby = Lobby::connect("redis://127.0.0.1:1", pools)
        .await
        .expect("a lobby");
    assert!(matches!(lobby.pool("other"), Err(Error::UnknownPool(name)) if name == "other"));
}
