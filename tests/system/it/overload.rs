//! Overload by untrusted clients: afterwards everything answers. Runs with both back ends of the runtime.

use std::io::Write as _;
use std::thread;

use serde_json::Value;
use support::connection::{Connection, connect, host};
use support::http::{Answer, raw, request};
use support::system::Options;
use support::{Player, System, tokens};
use testkit::eventually;

/// Headers that affect the transport of an invocation, or that are hop-by-hop.
const OF_OTHERS: [&str; 12] = [
    "Lambda-Runtime-Aws-Request-Id",
    "Lambda-Runtime-Client-Context",
    "Lambda-Runtime-Cognito-Identity",
    "Lambda-Runtime-Deadline-Ms",
    "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Runtime-Trace-Id",
    "Lambda-Extension-Identifier",
    "X-Amz-Invocation-Type",
    "X-Amzn-Trace-Id",
    "Forwarded",
    "Proxy-Connection",
    "X-Forwarded-For",
];

#[test]
fn untrusted_requests_stop_nothing_in_front_of_cargo_lambda() {
    untrusted_requests(&System::start(Options::default()));
}

#[test]
fn untrusted_requests_stop_nothing_with_our_own_runtime() {
    untrusted_requests(&own());
}

#[test]
fn after_an_overload_everything_answers_in_front_of_cargo_lambda() {
    too_much_at_once(System::start(Options::default()));
}

#[test]
fn after_an_overload_everything_answers_with_our_own_runtime() {
    too_much_at_once(own());
}

#[test]
fn a_call_of_a_killed_function_gets_an_answer() {
    let mut system = own();
    let player = Player::guest(&system.url, "Ada");
    let url = system.url.clone();
    system.stack_mut().pause("me").expect("a process");
    thread::scope(|scope| {
        let asked = scope.spawn(|| player.call("GET", "/lobby/me", &Value::Null));
        eventually("the function has the call", || {
            (of(&status(&system), "me", "running") == 1).then_some(())
        });
        system.stack_mut().kill("me").expect("a process");
        let answer = asked.join().expect("an answer");
        assert_eq!(answer.problem(), "502 unavailable");
    });
    system.stack_mut().start_again("me").expect("a process");
    assert_eq!(player.call("GET", "/lobby/me", &Value::Null).status, 200);
    assert_eq!(request(&url, "GET", "/leaderboard", &[], b"").status, 200);
}

fn own() -> System {
    System::start(Options {
        own_runtime: true,
        ..Options::default()
    })
}

fn untrusted_requests(system: &System) {
    let player = Player::guest(&system.url, "Ada");
    let bearer = format!("authorization: Bearer {}", player.token);
    let ask = |header: &[u8]| -> Answer {
        let head = format!(
            "GET /lobby/me HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            host(&system.url)
        );
        raw(
            &system.url,
            &[head.as_bytes(), header, b"\r\n\r\n"].concat(),
        )
    };
    for name in OF_OTHERS {
        let answer = ask(format!("{bearer}\r\n{name}: x").as_bytes());
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
    for name in [
        "X-City",
        "Cookie",
        "User-Agent",
        "Accept",
        "Idempotency-Key",
    ] {
        let header = [format!("{bearer}\r\n{name}: Torrej").as_bytes(), b"\xf3n"].concat();
        assert_eq!(ask(&header).status, 200, "{name}");
    }
    assert_eq!(
        ask(b"Authorization: Bearer \xf3").problem(),
        "401 unauthorized"
    );
    // The same headers in the two handshakes.
    let encoding = "sec-websocket-protocol: skirmish.json.v1\r\n";
    for (path, more, status) in [
        (format!("/lobby?token={}", player.token), "", 101),
        ("/game/relay-1?ticket=none".to_owned(), encoding, 401),
    ] {
        let more = format!("lambda-runtime-client-context: x\r\n{more}x-city: ");
        let head = handshake(&system.url, &path, &more);
        let head = head.strip_suffix("\r\n").expect("the end of the head");
        let head = [head.as_bytes(), b"Torrej\xf3n\r\nuser-agent: \xf3\r\n\r\n"].concat();
        let mut stream = connect(&system.url);
        stream.write_all(&head).expect("nginx reads");
        assert_eq!(status_of(stream.as_mut()), status, "{path}");
    }
    assert_all_is_well(system);
}

fn too_much_at_once(mut system: System) {
    let url = system.url.clone();
    let player = Player::guest(&url, "Ada");
    assert_soft_limit_is_raised(&system);
    lobby_sockets_open_and_end_concurrently(&system, 500);
    thread::scope(|scope| {
        let asked: Vec<_> = (0..200)
            .map(|_| scope.spawn(|| player.call("GET", "/lobby/me", &Value::Null).status))
            .collect();
        for one in asked {
            assert_eq!(one.join().expect("an answer"), 200);
        }
    });
    for _ in 0..10 {
        drop(ask_without_reading(&player, 100));
    }
    // Redis is paused while pages send requests, give up and send them again. Here they have given up before it
    // continues.
    system.stack_mut().pause("redis").expect("a process");
    for _ in 0..4 {
        let asked = ask_without_reading(&player, 40);
        eventually("the function has one of them", || {
            (of(&status(&system), "me", "running") > 0).then_some(())
        });
        drop(asked);
    }
    system.stack_mut().resume("redis").expect("a process");
    assert_all_is_well(&system);
}

/// Each of them causes a `$connect` and a `$disconnect`.
fn lobby_sockets_open_and_end_concurrently(system: &System, count: usize) {
    let begin = |n| {
        let token = tokens::token(&format!("00000000-0000-4000-8000-{n:012}"), &Value::Null);
        let mut stream = connect(&system.url);
        let head = handshake(&system.url, &format!("/lobby?token={token}"), "");
        stream.write_all(head.as_bytes()).expect("nginx reads");
        stream
    };
    let mut sockets: Vec<_> = (0..count).map(begin).collect();
    for (n, socket) in sockets.iter_mut().enumerate() {
        // On a machine without a free processor, some wait longer than a handshake may take.
        eventually("a socket opens", || {
            let status = status_of(socket.as_mut());
            if status != 101 {
                assert!([503, 504].contains(&status), "{status}");
                *socket = begin(n);
            }
            (status == 101).then_some(())
        });
    }
    let open = || {
        let redis = &system.stack().redis_url;
        let keys = testkit::redis::command(redis, &["KEYS", "session:*"]).expect("Redis answers");
        keys.lines().filter(|key| !key.is_empty()).count()
    };
    assert_eq!(open(), count);
    drop(sockets);
    eventually("each $disconnect is handled", || {
        (open() == 0).then_some(())
    });
}

/// `ulimit -n` is a soft limit in most shells, and too low for a server.
fn assert_soft_limit_is_raised(system: &System) {
    for part in ["relay-1", "gateway"] {
        let file = format!("/proc/{}/limits", system.process(part).id());
        let limits = std::fs::read_to_string(file).expect("the limits of a process");
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max open files"));
        let numbers: Vec<&str> = line.expect("a limit").split_whitespace().skip(3).collect();
        assert_eq!(numbers[0], numbers[1], "{part}: soft and hard limit");
    }
}

/// The head of a WebSocket handshake, with these additional headers.
fn handshake(url: &str, path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n",
        host(url)
    )
}

/// Pages that have requested their state and wait for the answer.
fn ask_without_reading(player: &Player, count: usize) -> Vec<Box<dyn Connection>> {
    let head = format!(
        "GET /lobby/me HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
        host(&player.url),
        player.token
    );
    let ask = |_| {
        let mut stream = connect(&player.url);
        stream.write_all(head.as_bytes()).expect("nginx reads");
        stream
    };
    (0..count).map(ask).collect()
}

/// Asserts that every part of the lobby answers, and that no call waits.
fn assert_all_is_well(system: &System) {
    let ready = |answer: &Answer| answer.status == 200;
    let player = eventually("a guest is let in", || {
        let body = br#"{"name":"Grace"}"#;
        let headers = [("content-type", "application/json")];
        let answer = request(&system.url, "POST", "/lobby/guest", &headers, body);
        (answer.status < 300).then(|| Player::guest(&system.url, "Grace"))
    });
    eventually("the lobby answers", || {
        ready(&player.call("GET", "/lobby/me", &Value::Null)).then_some(())
    });
    let mut lobby = player.lobby();
    lobby.send(&serde_json::json!({ "action": "sync" }));
    lobby.expect("state");
    eventually("nothing waits", || {
        let status = status(system);
        let functions = status["functions"].as_object().expect("functions").clone();
        let waits = |name: &String| of(&status, name, "queued") + of(&status, name, "running") > 0;
        (!functions.keys().any(waits)).then_some(())
    });
}

fn status(system: &System) -> Value {
    let answer = raw(
        &system.stack().lambda_url,
        b"GET /status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    answer.json()
}

fn of(status: &Value, function: &str, what: &str) -> u64 {
    status["functions"][function][what].as_u64().unwrap_or(0)
}

/// The status of an answer, which may be that of a WebSocket handshake.
fn status_of(stream: &mut dyn Connection) -> u16 {
    let mut line = [0; 12];
    stream.read_exact(&mut line).expect("an answer");
    let text = std::str::from_utf8(&line).expect("HTTP");
    text[9..].parse().expect("a status")
}
