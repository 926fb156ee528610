//! End-to-end tests of the page that need a particular game, long matches, or a killed part.

use std::process::Command;
use std::time::Duration;

use serde_json::json;
use support::UdpForwarder;
use support::page::{run, run_with};
use support::system::{ADMIN_JWT_SECRET, Options, System};
use support::tokens::{now_s, signed};
use testkit::free_port;

#[test]
fn a_player_who_closes_the_tab_returns_to_the_match() {
    run("rejoin", &lasting().url);
}

#[test]
fn a_reload_and_back_and_another_name_leave_the_same_player() {
    run("around", &lasting().url);
}

#[test]
fn a_player_who_is_out_of_a_match_plays_again_at_once() {
    let mut system = System::start(options(r#"{"match_seconds":120,"lives":1}"#));
    system.add_bots(2);
    run("out", &system.url);
}

#[test]
fn on_a_slow_connection_the_own_player_moves_in_the_next_frame() {
    run("latency", &lasting().url);
}

#[test]
fn a_match_continues_in_the_page_and_for_a_watcher_when_its_relay_is_killed() {
    outlives("kill", 2);
}

#[test]
fn a_match_continues_in_the_page_when_its_only_relay_is_killed_and_restarted() {
    outlives("restart", 1);
}

#[test]
fn a_match_continues_in_the_page_when_its_relay_drains() {
    outlives("drain", 2);
}

#[test]
fn a_match_over_webtransport_continues_over_a_websocket_when_udp_is_cut() {
    let relay = free_port();
    let udp = UdpForwarder::to(relay);
    let environment = [
        ("WEBTRANSPORT_ADDRESS", format!("127.0.0.1:{relay}")),
        (
            "WEBTRANSPORT_URL",
            format!("https://127.0.0.1:{}", udp.port),
        ),
    ];
    let mut system = System::start(Options {
        environment: environment
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        ..options(r#"{"match_seconds":120}"#)
    });
    system.add_bots(2);
    run_with("udp", &[], &system.url, |request| {
        assert_eq!(request, "cut");
        udp.cut();
    });
}

#[test]
fn a_match_of_another_game_has_a_replay() {
    let mut system = System::start(Options {
        environment: vec![("GAME".to_owned(), "tag".to_owned())],
        ..options(r#"{"match_seconds":12}"#)
    });
    system.add_bots(2);
    run("replay", &system.url);
}

#[test]
fn a_player_chooses_one_of_two_games() {
    let mut system = System::start(Options {
        pools: r#"{"main":{"countdown_ms":300},"tag":{"game":"tag","countdown_ms":300}}"#
            .to_owned(),
        ..options(r#"{"match_seconds":8}"#)
    });
    system.add_bots_to(&["main", "tag"], 2);
    run("games", &system.url);
}

#[test]
fn two_players_play_cards_to_the_end_and_a_watcher_sees_no_hand() {
    let system = System::start(Options {
        pools: r#"{"main":{},"cards":{"game":"cards","seats_min":2,"seats_max":2,"watch":"all"}}"#
            .to_owned(),
        ..options(r#"{"match_seconds":300}"#)
    });
    run("cards", &system.url);
}

#[test]
fn a_player_who_waits_watches_another_match() {
    let system = System::start(Options {
        pools: r#"{"main":{"seats_min":2,"seats_max":2,"countdown_ms":300,"watch":"all"}}"#
            .to_owned(),
        ..options(r#"{"match_seconds":120}"#)
    });
    run("meanwhile", &system.url);
}

#[test]
fn a_player_dashes_and_chooses_an_item_in_swarm_among_bots() {
    let mut system = System::start(Options {
        pools: r#"{"main":{},"swarm":{"game":"swarm","seats_min":4,"seats_max":50,"countdown_ms":300}}"#
            .to_owned(),
        ..options(r#"{"match_seconds":20}"#)
    });
    system.add_bots_to(&["swarm"], 5);
    run("swarm", &system.url);
}

#[test]
fn two_players_meet_by_a_code_play_and_gather_again() {
    let system = System::start(Options {
        pools: r#"{"main":{"game":"swarm","seats_min":2,"seats_max":8}}"#.to_owned(),
        ..options(r#"{"match_seconds":300}"#)
    });
    run("friends", &system.url);
}

/// Both checks use one system, because neither affects the other.
#[test]
fn feedback_arrives_and_an_operator_sees_a_room_and_closes_its_pool() {
    let system = System::start(Options {
        pools: r#"{"main":{"game":"tag","countdown_ms":300,"bots":{"fill_to":3,"after_ms":300}}}"#
            .to_owned(),
        ..options(r#"{"match_seconds":120}"#)
    });
    run("feedback", &system.url);
    let length = Command::new("redis-cli")
        .args(["-u", &system.stack().redis_url, "XLEN", "feedback"])
        .output()
        .expect("redis-cli runs");
    assert_eq!(String::from_utf8_lossy(&length.stdout).trim(), "1");
    let claims =
        json!({ "sub": "olga", "aud": "skirmish-admin", "role": "operate", "exp": now_s() + 600 });
    let token = signed(&claims, ADMIN_JWT_SECRET);
    run_with("console", &[&token], &system.url, |request| {
        panic!("the console asks for {request}")
    });
}

/// The relay of a running match is ended in this way, and the match continues.
fn outlives(how: &str, relays: u16) {
    let mut system = System::start(Options {
        relays,
        ..options(r#"{"match_seconds":30}"#)
    });
    system.add_bots(2);
    let url = system.url.clone();
    run_with("outlive", &[how], &url, |request| {
        let (how, relay) = request.split_once(' ').expect("two words");
        end_relay(&mut system, how, relay);
    });
}

/// Performs the actions that a script may request.
fn end_relay(system: &mut System, how: &str, relay: &str) {
    let stack = system.stack_mut();
    match how {
        "kill" => stack.kill(relay).expect("the relay is killed"),
        "restart" => {
            stack.kill(relay).expect("the relay is killed");
            stack.start_again(relay).expect("the relay starts");
        }
        _ => {
            let in_time = stack.terminate(&[relay.to_owned()], Duration::from_secs(20));
            assert!(in_time.expect("there is a relay"), "{relay} does not end");
        }
    }
}

/// Two minutes of match against two bots.
fn lasting() -> System {
    let mut system = System::start(options(r#"{"match_seconds":120}"#));
    system.add_bots(2);
    system
}

fn options(settings: &str) -> Options {
    Options {
        pools: r#"{"main":{"countdown_ms":1000,"watch":"all"}}"#.to_owned(),
        settings: settings.to_owned(),
        ..Options::default()
    }
}
