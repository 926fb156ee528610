//! The binary: one line of error when it cannot start, and a clean end on a signal.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

use expect_test::{Expect, expect};
use testkit::{Redis, eventually, free_port};

/// Starts the binary, with these variables beside those of the test.
fn start(env: &[(&str, &str)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relay"));
    command.envs(env.iter().copied()).stderr(Stdio::piped());
    command.spawn().expect("the binary is built")
}

/// Runs the binary until it ends.
fn run(env: &[(&str, &str)]) -> Output {
    start(env).wait_with_output().expect("an exit")
}

fn check(env: &[(&str, &str)], expected: &Expect) {
    let output = run(env);
    assert!(!output.status.success());
    expected.assert_eq(&String::from_utf8_lossy(&output.stderr));
}

fn health(port: u16) -> Option<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let request = b"GET /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    let mut reply = String::new();
    stream.write_all(request).ok()?;
    stream.read_to_string(&mut reply).ok()?;
    reply.starts_with("HTTP/1.1 200").then_some(())
}

#[test]
fn a_game_that_there_is_not_is_refused_with_the_list_of_games() {
    let pools = r#"{"main":{},"solo":{"game":"chess"}}"#;
    let output = run(&[("POOLS", pools)]);
    let games = registry::NAMES.join(", ");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!("relay: POOLS: solo: no game \"chess\"; the games are {games}\n")
    );
}

#[test]
fn a_start_error_is_one_line() {
    let settings = r#"{"livse":3}"#;
    check(
        &[("SETTINGS", settings)],
        &expect![[r"
        relay: SETTINGS: unknown setting `livse`
    "]],
    );
    check(
        &[("POOLS", "[]")],
        &expect![[r"
        relay: configuration: POOLS: invalid type: sequence, expected a map at line 1 column 0
    "]],
    );
    let env = [("LISTEN", "127.0.0.1:0"), ("REDIS_URL", "here")];
    check(
        &env,
        &expect![[r"
        relay: configuration: REDIS_URL: Redis URL did not parse - InvalidClientConfig
    "]],
    );
    check(
        &[("LOG", "relay=loud")],
        &expect![[r#"
        relay: LOG: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
    "#]],
    );
    let busy = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = busy.local_addr().expect("an address").to_string();
    let output = run(&[("LISTEN", &address)]);
    let printed = String::from_utf8_lossy(&output.stderr).replace(&address, "<address>");
    expect![[r"
        relay: cannot listen on <address>: Address already in use (os error 98)
    "]]
    .assert_eq(&printed);
}

#[test]
fn it_serves_until_a_signal() {
    let redis = Redis::start();
    for signal in ["-TERM", "-INT"] {
        let logged = serve(&redis, signal, &[("RELAY_ID", "relay-1"), ("LOG", "error")]);
        assert_eq!(logged, "");
        let relays = redis.command(&["zrange", "relays", "0", "-1"]);
        assert!(!relays.contains("relay-1"), "{relays}");
    }
}

#[test]
fn without_a_name_it_has_that_of_its_host() {
    let logged = serve(&Redis::start(), "-TERM", &[("LOG", "info")]);
    let host = Command::new("uname").arg("-n").output().expect("uname");
    let host = String::from_utf8_lossy(&host.stdout).to_lowercase();
    let id = host.trim().split('.').next().unwrap_or_default();
    assert!(logged.contains(&format!("\"/game/{id}\"")), "{logged}");
}

/// Serves until it is healthy and gets the signal; returns what it logged.
fn serve(redis: &Redis, signal: &str, env: &[(&str, &str)]) -> String {
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let always = [
        ("LISTEN", listen.as_str()),
        ("REDIS_URL", &redis.url),
        ("LAMBDA_URL", "http://127.0.0.1:1"),
    ];
    let process = start(&[&always, env].concat());
    eventually("health", || health(port));
    let id = process.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.expect("kill").success());
    let output = process.wait_with_output().expect("an exit");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
