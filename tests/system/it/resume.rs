//! Redis goes away and comes back during play, and Redis as a cluster.

use std::time::{Duration, Instant};

use serde_json::Value;
use support::system::{Options, System};
use support::{Player, game};

const MATCH: &str = r#"{"match_seconds":15}"#;

#[test]
fn matches_go_on_without_redis_and_nothing_acknowledged_is_lost_by_its_restart() {
    let mut system = System::start(Options {
        settings: MATCH.to_owned(),
        ..Options::default()
    });
    let url = system.url.clone();
    let mut players = game::start(&url, "main", 3);
    let waiting: Vec<Player> = (0..2)
        .map(|n| {
            let player = Player::guest(&url, &format!("waiting-{n}"));
            assert_eq!(player.join("main").status, 202);
            player
        })
        .collect();

    let stack = system.stack_mut();
    stack.kill("redis").expect("it was there");
    let refused = waiting[0].join("main");
    assert_eq!(refused.problem(), "503 unavailable");
    assert!(refused.header("retry-after").is_some());
    let tick =
        |players: &mut Vec<game::InMatch>| players[0].game.expect("snapshot")["tick"].as_u64();
    let before = tick(&mut players);
    let later = |message: &Value| message["tick"].as_u64() > before.map(|tick| tick + 60);
    players[0].game.expect_where("snapshot", later);
    stack.start_again("redis").expect("it starts");

    for player in &waiting {
        let me = testkit::eventually("the lobby answers again", || {
            let answer = player.call("GET", "/lobby/me", &Value::Null);
            (answer.status == 200).then(|| answer.json())
        });
        assert!(
            ["queued", "seated"].contains(&me["status"].as_str().unwrap_or_default()),
            "{me}"
        );
    }
    let third = Player::guest(&url, "third");
    assert_eq!(third.join("main").status, 202);
    third.wait_status("playing");
    let over = players[0].game.expect("over");
    let room = players[0].started["room_id"]
        .as_str()
        .expect("a room")
        .to_owned();
    let board = testkit::eventually("the match is counted", || {
        let path = format!("/leaderboard/{room}");
        let answer = players[1].player.call("GET", &path, &Value::Null);
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!(
        board.as_array().map(Vec::len),
        over["scores"].as_array().map(Vec::len)
    );
}

#[test]
fn a_gateway_that_hangs_delays_no_join_and_says_later_what_it_owes() {
    let mut system = System::start(Options::default());
    let player = Player::guest(&system.url, "Waiting");
    let mut lobby = player.lobby();
    lobby.send(&serde_json::json!({ "action": "ping" }));
    lobby.expect("pong");

    let stack = system.stack_mut();
    stack.pause("gateway").expect("it was there");
    let asked = Instant::now();
    assert_eq!(player.join("main").status, 202);
    let took = asked.elapsed();
    stack.resume("gateway").expect("it is there");
    assert!(took <= Duration::from_secs(1), "{took:?}");
    lobby.expect("queued");
}

/// How long Redis hangs: longer than any lease, and than a page is patient.
const HANG: Duration = Duration::from_secs(15);

/// Calls are refused while Redis hangs; afterwards everybody is where they were.
#[test]
fn a_redis_that_hangs_throws_nobody_out() {
    let mut system = System::start(Options::default());
    let mut waiting: Vec<_> = (0..2)
        .map(|n| {
            let player = Player::guest(&system.url, &format!("waiting-{n}"));
            let lobby = player.lobby();
            assert_eq!(player.join("main").status, 202);
            (player, lobby)
        })
        .collect();
    let stack = system.stack_mut();
    stack.pause("redis").expect("it was there");
    let hung = Instant::now();
    while hung.elapsed() < HANG {
        let (player, _) = &waiting[0];
        assert_eq!(player.call("GET", "/lobby/me", &Value::Null).status, 503);
    }
    let stack = system.stack_mut();
    stack.resume("redis").expect("it is there");
    let third = Player::guest(&system.url, "third");
    testkit::eventually("the lobby takes a third player", || {
        (third.join("main").status < 300).then_some(())
    });
    for (player, lobby) in &mut waiting {
        lobby.expect("match_started");
        assert_eq!(player.me()["status"], "playing");
    }
}

#[test]
fn pools_of_a_cluster_play_side_by_side() {
    let system = System::start(Options {
        // Their names lie in the slots of different primaries.
        pools:
            r#"{"main":{"countdown_ms":300},"eu":{"countdown_ms":300},"us":{"countdown_ms":300}}"#
                .to_owned(),
        settings: r#"{"match_seconds":3}"#.to_owned(),
        cluster: true,
        ..Options::default()
    });
    let matches: Vec<_> = ["main", "eu", "us"]
        .iter()
        .map(|pool| (*pool, game::start(&system.url, pool, 3)))
        .collect();
    for (pool, mut players) in matches {
        for player in &mut players {
            player.game.expect("over");
            let over = player.lobby.expect("match_over");
            assert_eq!(over["scores"].as_array().map(Vec::len), Some(3), "{over}");
        }
        let path = format!("/leaderboard?pool={pool}");
        let board = players[0].player.call("GET", &path, &Value::Null).json();
        assert_eq!(board.as_array().map(Vec::len), Some(3), "{pool}: {board}");
    }
}
