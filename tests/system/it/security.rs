//! Attacks on the front door. Malformed bodies, messages and frames are in `bad_input`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use devstack::nginx::Limits;
use testkit::{PATIENCE, eventually};

use crate::security_door::{Door, GENEROUS};
use crate::security_tls::with_certificate;

#[test]
fn a_request_head_that_arrives_too_slowly_is_cut_off() {
    let door = Door::open(GENEROUS);
    trickle(&door, b"GET /lobby?token=x HTTP/1.1\r\nhost: x\r\nx: ");
    // Also a TLS handshake that is never complete.
    let (tls, _) = with_certificate(GENEROUS);
    trickle(&tls, &[0x16, 0x03, 0x01, 0x40, 0x00]);
}

#[test]
fn a_request_body_that_never_arrives_is_cut_off() {
    let door = Door::open(GENEROUS);
    let mut stream = door.connect();
    let head = "POST /lobby/queue HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{";
    stream.write_all(head.as_bytes()).expect("sent");
    assert_eq!(stream.read(&mut [0; 1000]).ok().filter(|n| *n > 0), None);
    assert_eq!(
        door.seen(),
        Vec::<String>::new(),
        "no request was passed on"
    );
}

#[test]
fn a_client_that_does_not_read_is_disconnected() {
    let door = Door::open(GENEROUS);
    // More than the buffers of both sides can hold.
    std::fs::write(door.folder.join("web/big.bin"), vec![0; 64 << 20]).expect("a file");
    let mut stream = door.connect();
    stream
        .write_all(b"GET /app/big.bin HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    let line = eventually("nginx gives up", || {
        let log = door.log();
        let line = log.lines().find(|line| line.contains("/app/*"));
        line.map(str::to_owned)
    });
    let sent: u64 = line
        .split(' ')
        .nth(5)
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{line}"));
    assert!(sent < 64 << 20, "{line}");
    drop(stream);
}

#[test]
fn an_address_that_sends_too_many_requests_gets_429() {
    let door = Door::open(Limits {
        rate: 1,
        burst: 10,
        ..GENEROUS
    });
    let answers: Vec<_> = (0..40).map(|_| door.ask("GET /lobby/me", "")).collect();
    let refused: Vec<_> = answers.iter().filter(|it| it.status != 200).collect();
    assert!((1..40).contains(&refused.len()), "{} of 40", refused.len());
    for answer in refused {
        assert_eq!(answer.problem(), "429 too-many-requests");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let (status, _) = door.shake("/lobby", "");
    assert_eq!(status, 429, "handshakes count");
    let claimed = door.ask("GET /lobby/me", "x-forwarded-for: 9.9.9.9\r\n");
    assert_eq!(claimed.status, 429, "no header changes the address");
}

#[test]
fn the_sockets_of_one_address_are_limited() {
    let door = Door::open(Limits {
        connections: 4,
        ..GENEROUS
    });
    let paths = ["/lobby", "/game/relay-1", "/lobby", "/game/relay-1"];
    let mut open: Vec<TcpStream> = Vec::new();
    for path in paths {
        let (status, stream) = door.shake(path, "");
        assert_eq!(status, 101, "{path}");
        open.push(stream);
    }
    for path in paths {
        assert_eq!(door.shake(path, "").0, 429, "{path}");
    }
    assert_eq!(door.ask("GET /lobby/me", "").problem(), "503 unavailable");
    open.pop();
    eventually("a place is free again", || {
        (door.shake("/lobby", "").0 == 101).then_some(())
    });
}

#[test]
fn the_function_calls_of_one_address_are_limited() {
    let door = Door::open(Limits {
        calls: 2,
        ..GENEROUS
    });
    door.hold();
    thread::scope(|scope| {
        let held = ["GET /lobby/me", "GET /leaderboard"]
            .map(|line| scope.spawn(|| door.ask(line, "").status));
        eventually("two are under way", || {
            (door.seen().len() == 2).then_some(())
        });
        let refused = door.ask("GET /lobby/me", "");
        assert_eq!(refused.problem(), "503 unavailable");
        assert_eq!(door.shake("/lobby", "").0, 101, "a socket is not a call");
        assert_eq!(door.ask("GET /app", "").status, 200, "a page is not a call");
        door.let_go();
        for one in held {
            assert_eq!(one.join().expect("an answer"), 200);
        }
    });
}

#[test]
fn requests_that_are_too_large_are_refused() {
    let door = Door::open(GENEROUS);
    let header = |bytes: usize| format!("x: {}\r\n", "y".repeat(bytes));
    assert_eq!(door.ask("GET /lobby/me", &header(7_000)).status, 200);
    let line = format!("GET /lobby/me?token={}", "t".repeat(40_000));
    assert_eq!(door.ask(&line, "").problem(), "400 bad-request");
    let many: String = (0..8).map(|_| header(7_000)).collect();
    assert_eq!(
        door.ask("GET /lobby/me", &many).problem(),
        "400 bad-request"
    );
    let body = door.ask("POST /lobby/queue", "content-length: 16385\r\n");
    assert_eq!(body.problem(), "413 payload-too-large");
    assert_eq!(door.seen().len(), 1, "{:?}", door.seen());
}

#[test]
fn an_encoded_path_reaches_no_other_route() {
    let door = Door::open(GENEROUS);
    for path in [
        "/game/..%2flobby/me",
        "/game/..%2Fapp/index.html",
        "/game/../lobby/me",
        "/game/relay-1%2f..%2f..%2flobby%2fme",
        "/game/relay-1/../relay-1",
        "/game/%72elay-1",
        "/game/127.0.0.1:6379",
        "/game/relay-1@127.0.0.1",
        "/lobby/./me",
        "/lobby/rooms/..%2f..%2fqueue",
        "/lobby/rooms/a%0d%0ax:y",
        "/app/..%2fnginx.conf",
        "/app/%2e%2e/nginx.conf",
        "/app/....//nginx.conf",
        "/lambda-url/sweep/",
        "/.problem/bad-request",
    ] {
        for headers in ["", "upgrade: websocket\r\n"] {
            let answer = door.ask(&format!("GET {path}"), headers);
            assert_eq!(answer.problem(), "404 not-found", "{path}");
        }
    }
    for path in ["/game/relay-1%00", "/game/%zz"] {
        let answer = door.ask(&format!("GET {path}"), "");
        assert_eq!(answer.problem(), "400 bad-request", "{path}");
    }
    assert_eq!(door.seen(), Vec::<String>::new());
    // The query is not part of the path.
    assert_eq!(door.ask("GET /leaderboard?pool=..%2f", "").status, 200);
}

#[test]
fn pages_of_other_sites_open_no_socket() {
    let door = Door::open(GENEROUS);
    let host = door.host();
    let check = |origin: &str, expected: u16| {
        for path in ["/lobby?token=x", "/game/relay-1?ticket=x"] {
            let header = format!("origin: {origin}\r\n");
            assert_eq!(door.shake(path, &header).0, expected, "{origin} {path}");
            if expected != 101 {
                let headers = format!("{header}upgrade: websocket\r\n");
                let answer = door.ask(&format!("GET {path}"), &headers);
                assert_eq!(answer.problem(), "403 forbidden", "{origin}");
            }
        }
    };
    check(&format!("http://{host}"), 101);
    check(&format!("https://{host}"), 101);
    check("https://play.example.org", 101);
    check("https://evil.example", 403);
    check("https://play.example.org.evil.example", 403);
    check("http://play.example.org", 403);
    check(&format!("http://{host}.evil.example"), 403);
    check(&format!("http://evil.example/{host}"), 403);
    check("http://127.0.0.1:1", 403);
    check("http://127.0.0.1", 403);
    check("null", 403);
    assert_eq!(door.shake("/lobby", "").0, 101, "not a browser");
}

#[test]
fn no_header_of_a_client_sets_its_identity() {
    let door = Door::open(GENEROUS);
    let lies = "x-forwarded-for: 9.9.9.9\r\nx-real-ip: 9.9.9.9\r\nforwarded: for=9.9.9.9\r\n\
                x-forwarded-proto: gopher\r\n";
    assert_eq!(door.ask("GET /lobby/me", lies).status, 200);
    for path in ["/lobby", "/game/relay-1"] {
        assert_eq!(door.shake(path, lies).0, 101);
    }
    for head in door.seen() {
        assert!(head.contains("\nx-forwarded-for: 127.0.0.1"), "{head}");
        for lie in ["9.9.9.9", "gopher", "\nforwarded:"] {
            assert!(!head.contains(lie), "{lie}: {head}");
        }
    }
}

#[test]
fn pages_have_security_headers() {
    let door = Door::open(GENEROUS);
    for path in [
        "/app",
        "/app/",
        "/app/feedback.html",
        "/console",
        "/console/",
    ] {
        let page = door.ask(&format!("GET {path}"), "");
        assert_eq!(page.status, 200, "{path}");
        let header = |name: &str| page.header(name).unwrap_or_default();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none';",
            "script-src 'self' 'wasm-unsafe-eval';",
            "frame-ancestors 'none'",
            "base-uri 'none';",
            // Games are at the page's own address, regardless of its name, and WebTransport at its host name.
            "connect-src 'self' https://127.0.0.1:*;",
        ] {
            assert!(policy.contains(part), "{path}: {part}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert!(header("permissions-policy").contains("camera=()"), "{path}");
        assert_eq!(header("strict-transport-security"), "", "there is no TLS");
    }
    for path in ["/lobby/me", "/nothing", "/", "/healthz", "/lobby"] {
        let answer = door.ask(&format!("GET {path}"), "");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        let server = answer.header("server").unwrap_or_default();
        assert_eq!(server, "nginx", "{path}: the version is hidden");
    }
}

/// Sends these bytes, then one byte after the other, never idle, until the front door closes the connection.
fn trickle(door: &Door, begins: &[u8]) {
    let mut stream = door.connect();
    stream.write_all(begins).expect("sent");
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .expect("a timeout");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let sent = stream.write_all(b"a");
        let read = stream.read(&mut [0; 1000]);
        let waits = read
            .as_ref()
            .is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        if sent.is_err() || !waits {
            break;
        }
        assert!(Instant::now() < deadline, "still listened to");
    }
    assert_eq!(door.seen(), Vec::<String>::new());
}
