//! The page in a headless Chromium: a node script (`tests/browser`) does what a person does, and looks at what is shown.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::system::{Options, System};
use xtask::{builds, command};

#[test]
fn one_person_and_two_bots_play_a_match_with_keys_and_pointer() {
    let mut system = system(r#"{"match_seconds":12}"#);
    system.add_bots(2);
    story("match", &system);
}

#[test]
fn three_people_play_a_match() {
    story("three", &system(r#"{"match_seconds":8}"#));
}

#[test]
fn who_closes_the_tab_comes_back() {
    let mut system = system(r#"{"match_seconds":120}"#);
    system.add_bots(2);
    story("rejoin", &system);
}

#[test]
fn a_phone_is_enough() {
    let mut system = system(r#"{"match_seconds":12}"#);
    system.add_bots(2);
    story("phone", &system);
}

#[test]
fn on_a_slow_line_the_own_player_moves_in_the_next_frame() {
    let mut system = system(r#"{"match_seconds":120}"#);
    system.add_bots(2);
    story("latency", &system);
}

#[test]
fn a_match_goes_on_in_the_page_when_its_server_is_killed() {
    outlives("kill", 2);
}

#[test]
fn a_match_goes_on_in_the_page_when_its_only_server_is_killed_and_starts_again() {
    outlives("restart", 1);
}

#[test]
fn a_match_goes_on_in_the_page_when_its_server_ends_for_a_newer_one() {
    outlives("drain", 2);
}

#[test]
fn a_match_is_watched_again_back_and_forth() {
    let mut system = system(r#"{"match_seconds":12}"#);
    system.add_bots(2);
    story("replay", &system);
}

#[test]
fn so_is_a_match_of_another_game() {
    let mut system = System::start(Options {
        environment: vec![("GAME".to_owned(), "tag".to_owned())],
        ..options(r#"{"match_seconds":12}"#)
    });
    system.add_bots(2);
    story("replay", &system);
}

#[test]
fn feedback_arrives() {
    let system = system("{}");
    story("feedback", &system);
    let length = Command::new("redis-cli")
        .args(["-u", &system.stack().redis_url, "XLEN", "feedback"])
        .output()
        .expect("redis-cli runs");
    assert_eq!(String::from_utf8_lossy(&length.stdout).trim(), "1");
}

/// The relay of a running match ends, as this word says.
fn outlives(how: &str, relays: u32) {
    let mut system = System::start(Options {
        relays,
        ..options(r#"{"match_seconds":30}"#)
    });
    system.add_bots(2);
    told("outlive", &[how], &mut system, end_relay);
}

/// What a story may ask for.
fn end_relay(system: &mut System, how: &str, relay: &str) {
    let stack = system.stack_mut();
    match how {
        "kill" => stack.kill(relay).expect("the relay is killed"),
        "restart" => {
            stack.kill(relay).expect("the relay is killed");
            stack.start_again(relay).expect("the relay starts");
        }
        _ => {
            let in_time = stack.terminate(relay, Duration::from_secs(20));
            assert!(in_time.expect("there is a relay"), "{relay} does not end");
        }
    }
}

fn system(settings: &str) -> System {
    System::start(options(settings))
}

fn options(settings: &str) -> Options {
    Options {
        pools: r#"{"main":{"countdown_ms":1000}}"#.to_owned(),
        settings: settings.to_owned(),
        ..Options::default()
    }
}

fn story(name: &str, system: &System) {
    tell(name, &[], &system.url, |request| {
        panic!("{name} asks for {request}")
    });
}

/// A story in which something happens to the system: its `please HOW RELAY` is done by `act`.
fn told(name: &str, words: &[&str], system: &mut System, act: fn(&mut System, &str, &str)) {
    let url = system.url.clone();
    tell(name, words, &url, |request| {
        let (how, relay) = request.split_once(' ').expect("two words");
        act(system, how, relay);
    });
}

fn tell(name: &str, words: &[&str], url: &str, mut act: impl FnMut(&str)) {
    let chromium = command::find("chromium").expect("chromium");
    let mut node = Command::new("node")
        .args(["stories.mjs", name, url])
        .args(words)
        .current_dir(builds::workspace().join("tests/browser"))
        .env("CHROMIUM", chromium)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut answers = node.stdin.take().expect("an input");
    let lines = BufReader::new(node.stdout.take().expect("an output")).lines();
    let mut errors = node.stderr.take().expect("an output for errors");
    let errors = std::thread::spawn(move || {
        let mut said = String::new();
        let _ = errors.read_to_string(&mut said);
        said
    });
    let mut said = String::new();
    for line in lines.map_while(Result::ok) {
        match line.strip_prefix("please ") {
            Some(request) => {
                act(request);
                writeln!(answers, "done").expect("the story listens");
            }
            None => said = said + &line + "\n",
        }
    }
    let status = node.wait().expect("node ends");
    let errors = errors.join().unwrap_or_default();
    assert!(status.success(), "{name}: {errors}{said}");
}
