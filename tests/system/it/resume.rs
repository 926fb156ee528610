//! Redis becomes unreachable and returns during play, and Redis as a cluster.

use std::thread;
use std::time::{Duration, Instant};

use devstack::redis;
use serde_json::Value;
use support::connection::host;
use support::http::raw;
use support::player::ws;
use support::system::{Options, System, own_folder};
use support::{Player, Socket, game};

const MATCH: &str = r#"{"match_seconds":15}"#;

#[test]
fn matches_continue_without_redis_and_its_restart_loses_nothing_acknowledged() {
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
fn stopped_servers_delay_no_join_and_their_handshakes_are_answered_504_in_time() {
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

    for server in ["gateway", "relay-1"] {
        system.stack_mut().pause(server).expect("it was there");
    }
    let url = &system.url;
    thread::scope(|scope| {
        for path in ["/lobby?token=x", "/game/relay-1?ticket=x"] {
            scope.spawn(move || handshake_is_answered_504_in_time(url, path));
        }
    });
    for server in ["gateway", "relay-1"] {
        system.stack_mut().resume(server).expect("it is there");
    }
    drop(Player::guest(&system.url, "Later").lobby());
    let game = format!("{}/game/relay-1?ticket=x", ws(&system.url));
    let refused = Socket::open(&game, &[game::PROTOCOL]).err();
    assert_eq!(refused.map(|(status, _)| status), Some(401));
}

fn handshake_is_answered_504_in_time(url: &str, path: &str) {
    let began = Instant::now();
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        host(url)
    );
    let answer = raw(url, head.as_bytes());
    assert_eq!(answer.problem(), "504 unavailable", "{path}");
    assert_eq!(answer.header("retry-after"), Some("1"), "{path}");
    // PROTOCOL.md says 10 s.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(15), "{path}: {took:?}");
}

/// How long Redis is suspended: longer than any lease, and longer than a page waits for an answer.
const HANG: Duration = Duration::from_secs(15);

/// Calls are refused while Redis is suspended. Afterwards every player is where they were. The same holds when its
/// clock is set back or forward by more than the time after which a silent player is removed.
#[test]
fn a_redis_that_is_suspended_or_whose_clock_jumps_removes_nobody() {
    let clock = redis::Clock::new(&own_folder("clock"));
    let mut system = System::start(Options {
        clock: clock.clone(),
        ..Options::default()
    });
    let mut waiting = waiting_players(&system, 2);
    let stack = system.stack_mut();
    stack.pause("redis").expect("it was there");
    let hung = Instant::now();
    while hung.elapsed() < HANG {
        let (player, _) = &waiting[0];
        assert_eq!(player.call("GET", "/lobby/me", &Value::Null).status, 503);
    }
    let stack = system.stack_mut();
    stack.resume("redis").expect("it is there");
    a_third_player_starts_their_match(&system, &mut waiting);
    let Some(clock) = clock else {
        eprintln!("skipped: the clock of Redis (libfaketime is missing: apt-get install faketime)");
        return;
    };
    for offset_s in [-120, 400] {
        let mut waiting = waiting_players(&system, 2);
        clock.set(offset_s).expect("the clock is set");
        a_third_player_starts_their_match(&system, &mut waiting);
    }
}

/// Players in the queue, with open lobby sockets.
fn waiting_players(system: &System, count: usize) -> Vec<(Player, Socket)> {
    let players = (0..count).map(|n| {
        let player = Player::guest(&system.url, &format!("waiting-{n}"));
        let lobby = player.lobby();
        assert_eq!(player.join("main").status, 202);
        (player, lobby)
    });
    players.collect()
}

fn a_third_player_starts_their_match(system: &System, waiting: &mut [(Player, Socket)]) {
    let third = Player::guest(&system.url, "third");
    testkit::eventually("the lobby takes a third player", || {
        (third.join("main").status < 300).then_some(())
    });
    for (player, lobby) in waiting {
        let message = lobby.expect_any(&["match_started", "removed"]);
        assert_eq!(message["type"], "match_started", "{message}");
        assert_eq!(player.me()["status"], "playing");
    }
}

#[test]
fn pools_of_a_cluster_play_side_by_side() {
    let system = System::start(Options {
        // The pools' names are in the slots of different primaries.
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
