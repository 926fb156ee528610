//! Parts of `up` that end or do not answer: they are reported and restarted, and players continue.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use devstack::builds;
use devstack::http;
use serde_json::Value;
use support::game;
use support::page::run_with;
use support::player::{Player, ws};
use support::socket::Socket;
use support::system::own_folder;
use testkit::eventually;

use super::process::{Up, descendants, kill, process_of};

#[test]
fn a_match_continues_when_its_relay_is_killed_as_in_the_readme() {
    let folder = own_folder("up");
    let data = folder.join(".skirmish");
    let (up, url) = Up::ready_with(&data, &["--relays", "2", "--bots", "0"]);
    let mut players = game::start(&url, "main", 3);
    let relay = relay_of(&players[0].started["game"]);
    let shown = players[0].game.expect("snapshot")["tick"].as_u64();

    // The commands name the first relay; the match may be on the other one.
    let command = kill_command().replace("relay-1", &relay);
    let killed = Command::new("sh")
        .args(["-c", &command])
        .current_dir(&folder)
        .status();
    assert!(killed.is_ok_and(|status| status.success()), "{command}");

    up.expect_stderr(&format!(
        "{relay} ended (signal: 9 (SIGKILL)): restarting it"
    ));
    let player = &players[0].player;
    // On the other relay, or on the same one, which was restarted in the meantime.
    let mut socket = eventually("the match is played again", || {
        let me = player.wait_status("playing");
        Socket::open(&game::url(&me["game"]), &[game::PROTOCOL]).ok()
    });
    let later = |message: &Value| message["tick"].as_u64() > shown;
    socket.expect_where("snapshot", later);
    up.expect_stderr(&format!("{relay} runs again"));
    drop(up);
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn a_match_continues_in_the_page_when_an_operator_kills_its_relay_in_the_console() {
    let data = own_folder("up");
    let (up, url) = Up::ready_with(&data, &["--runtime", "own"]);
    up.expect_stderr("ready after");
    let printed = up.stderr();
    let link = printed.split_once("/console#token=");
    let (_, token) = link.expect("a link to the console");
    let token = token.lines().next().expect("a token");
    run_with("kill", &[token], &url, |request| {
        panic!("the console asks for {request}")
    });
    up.expect_stderr("relay-1 ended (signal: 9 (SIGKILL)): restarting it");
    drop(up);
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn every_part_of_up_may_be_killed() {
    let data = own_folder("up");
    let (up, url) = Up::ready_with(&data, &["--bots", "0"]);
    for part in ["redis", "nginx", "gateway", "queue-join", "cargo-lambda"] {
        let before = process_of(&data, part);
        kill(before, "KILL");
        up.expect_stderr(&format!(
            "{part} ended (signal: 9 (SIGKILL)): restarting it"
        ));
        eventually(&format!("{part} runs again"), || {
            (process_of(&data, part) != before).then_some(())
        });
        up.expect_stderr(&format!("{part} runs again"));
        serves(&url);
    }
    eventually("a lobby socket opens", || {
        let player = Player::guest(&url, "guest");
        let bearer = format!("bearer.{}", player.token);
        Socket::open(
            &format!("{}/lobby", ws(&url)),
            &["skirmish.lobby.v1", &bearer],
        )
        .ok()
    });
    let players = game::start(&url, "main", 3);
    assert_eq!(players.len(), 3);
    drop(up);
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn every_part_of_up_may_be_stopped() {
    let data = own_folder("up");
    let (up, url) = Up::ready_with(&data, &["--bots", "0"]);
    for part in ["queue-join", "cargo-lambda", "relay-1", "gateway"] {
        let before = process_of(&data, part);
        kill(before, "STOP");
        up.expect_stderr(&format!("{part} has been stopped (SIGSTOP) for"));
        eventually(&format!("{part} runs again"), || {
            (process_of(&data, part) != before).then_some(())
        });
        // A call that the emulator gave to the stopped process may be lost; then the emulator is restarted as well.
        up.expect_stderr(&format!("{part} runs again"));
        serves(&url);
    }
    assert!(!up.stderr().contains("nginx"), "{}", up.stderr());
    drop(up);
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn a_part_that_ends_five_times_in_a_minute_stops_up() {
    let data = own_folder("up");
    let (mut up, _) = Up::ready_with(&data, &["--bots", "0"]);
    let children = descendants(up.child.id());
    for time in 1..=5 {
        let relay = process_of(&data, "relay-1");
        kill(relay, "KILL");
        if time < 5 {
            eventually("the relay runs again", || {
                (process_of(&data, "relay-1") != relay).then_some(())
            });
        }
    }
    let status = up.child.wait().expect("it ends");
    let errors = up.errors();
    assert_eq!(status.code(), Some(1), "{errors}");
    let last = "error: relay-1 ended 5 times in a minute; the last lines it printed:";
    assert!(errors.contains(last), "{errors}");
    for (pid, name) in children {
        assert!(
            !Path::new(&format!("/proc/{pid}")).exists(),
            "{name} is left"
        );
    }
    // The output of each part remains.
    assert!(data.join("logs/relay-1.log").is_file());
    let _ = std::fs::remove_dir_all(data);
}

/// Asserts that two functions answer through the front door: a guest is created, and a join without a token is
/// refused.
fn serves(url: &str) {
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.expect("a port");
    let ask = |path, body| http::post_status(port, path, body, Duration::from_secs(2));
    eventually("functions answer", || {
        let answers = (ask("/lobby/guest", "{}"), ask("/lobby/queue", ""));
        (answers == (Some(201), Some(401))).then_some(())
    });
}

/// The relay in a game's URL: `relay-1`.
fn relay_of(game: &Value) -> String {
    let url = game["url"].as_str().expect("a url");
    url.rsplit('/').next().expect("a relay").to_owned()
}

/// The command of the README that kills a relay.
fn kill_command() -> String {
    let readme = std::fs::read_to_string(builds::workspace().join("README.md")).expect("README.md");
    let (_, section) = readme
        .split_once("## Kill a server and keep playing")
        .expect("a section");
    let line = section.lines().find(|line| line.starts_with("kill -9"));
    line.expect("a command")
        .split(" #")
        .next()
        .expect("a command")
        .to_owned()
}
