//! Responses of the front door itself, and the host names that it accepts.

use crate::security_door::{Door, GENEROUS};

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
];

/// Each path, and the methods that it accepts.
const PATHS: [(&str, &str); 30] = [
    ("/", "GET, HEAD"),
    ("/healthz", "GET, HEAD"),
    ("/app", "GET, HEAD"),
    ("/app/", "GET, HEAD"),
    ("/app/index.html", "GET, HEAD"),
    ("/robots.txt", "GET, HEAD"),
    ("/favicon.ico", "GET, HEAD"),
    ("/apple-touch-icon.png", "GET, HEAD"),
    ("/manifest.webmanifest", "GET, HEAD"),
    ("/feedback", "GET, HEAD, POST"),
    ("/lobby", "GET"),
    ("/lobby/guest", "POST"),
    ("/lobby/queue", "POST, DELETE"),
    ("/lobby/match", "DELETE"),
    ("/match/report", "POST"),
    ("/lobby/me", "GET, PATCH"),
    ("/lobby/pools", "GET"),
    ("/lobby/regions", "GET"),
    ("/lobby/rooms", "GET, POST"),
    ("/lobby/rooms/main.1", "GET, PATCH"),
    ("/lobby/rooms/main.1/ready", "POST"),
    ("/lobby/rooms/main.1/rematch", "POST"),
    ("/lobby/rooms/main.1/watch", "POST"),
    ("/lobby/codes/BCD-FGH", "GET"),
    ("/leaderboard", "GET"),
    ("/leaderboard/main.1", "GET"),
    ("/replays/main.1", "GET"),
    ("/game/relay-1", "GET"),
    ("/ping/relay-1", "GET, HEAD"),
    ("/nothing", ""),
];

#[test]
fn every_method_of_every_path_is_answered_or_refused_with_a_problem_document() {
    let door = Door::open(GENEROUS);
    for file in [
        "robots.txt",
        "favicon.ico",
        "apple-touch-icon.png",
        "manifest.webmanifest",
    ] {
        std::fs::write(door.folder.join("web").join(file), "a file").expect("a file");
    }
    for (path, takes) in PATHS {
        for method in METHODS {
            let what = format!("{method} {path}");
            let answer = door.ask(&what, "content-length: 0\r\n");
            let taken = takes.split(", ").any(|taken| taken == method);
            // A socket is only opened by an upgrade, which HEAD cannot request.
            let is_socket = path == "/lobby" || path.starts_with("/game/");
            let expected = match (taken || is_socket && method == "HEAD", takes) {
                // nginx refuses it before it checks the path.
                _ if method == "TRACE" => "405 method-not-allowed",
                (false, "") => "404 not-found",
                (false, _) => "405 method-not-allowed",
                (true, _) if is_socket => "426 upgrade-required",
                (true, _) => {
                    // The feedback page is hosted elsewhere.
                    let is_elsewhere = path == "/feedback" && method != "POST";
                    let status = if is_elsewhere { 302 } else { 200 };
                    assert_eq!(answer.status, status, "{what}");
                    continue;
                }
            };
            if method == "HEAD" {
                assert_eq!(format!("{}", answer.status), expected[..3], "{what}");
                continue;
            }
            assert_eq!(answer.problem(), expected, "{what}");
            if answer.status == 405 && !takes.is_empty() {
                assert_eq!(answer.header("allow"), Some(takes), "{what}");
            }
        }
    }
}

#[test]
fn what_nginx_refuses_by_itself_is_a_problem_document() {
    let door = Door::open(GENEROUS);
    let encoded = "transfer-encoding: gzip\r\n";
    let past = "if-unmodified-since: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
    for (line, headers, expected) in [
        ("POST /lobby/queue", encoded, "501 not-implemented"),
        ("GET /lobby", encoded, "501 not-implemented"),
        ("GET /game/relay-1", encoded, "501 not-implemented"),
        ("GET /app", "if-match: \"x\"\r\n", "412 precondition-failed"),
        ("GET /app/index.html", past, "412 precondition-failed"),
        ("GET /healthz", past, "412 precondition-failed"),
        (
            "GET /app/index.html",
            "range: bytes=9999-\r\n",
            "416 range-not-satisfiable",
        ),
        ("GET /robots.txt", past, "404 not-found"),
    ] {
        let mut answer = door.ask(line, headers);
        // nginx keeps the character set of the file that it does not send.
        for (name, value) in &mut answer.headers {
            if name == "content-type" {
                *value = value.replace("; charset=utf-8", "");
            }
        }
        assert_eq!(answer.problem(), expected, "{line} {headers}");
    }
    let long = "y".repeat(9_000);
    for (bytes, expected) in [
        ("NONSENSE\r\n\r\n".to_owned(), "400 bad-request"),
        (
            "get / HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
            "400 bad-request",
        ),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "400 bad-request"),
        (
            "GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n".to_owned(),
            "400 bad-request",
        ),
        (
            "GET / HTTP/1.1\r\nhost: x/y\r\n\r\n".to_owned(),
            "400 bad-request",
        ),
        (
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
            "400 bad-request",
        ),
        (
            "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
            "400 bad-request",
        ),
        (
            "CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
            "400 bad-request",
        ),
        (
            format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"),
            "400 bad-request",
        ),
        (
            format!("GET / HTTP/1.1\r\nhost: x\r\nx: {long}\r\n\r\n"),
            "400 bad-request",
        ),
        (
            "GET / HTTP/3.0\r\nhost: x\r\n\r\n".to_owned(),
            "505 http-version",
        ),
    ] {
        assert_eq!(door.say(&bytes).problem(), expected, "{bytes}");
    }
    assert_eq!(door.seen(), Vec::<String>::new());
    // A part of a file, which a browser requests to play a sound, is still served.
    let range = door.ask("GET /app/index.html", "range: bytes=0-8\r\n");
    assert_eq!((range.status, range.text().as_str()), (206, "<!doctype"));
}

#[test]
fn pages_and_files_are_compressed_and_have_vary_headers() {
    let door = Door::open(GENEROUS);
    std::fs::write(door.folder.join("web/a.js"), "//".repeat(100)).expect("a file");
    for path in ["/app", "/app/", "/app/a.js"] {
        for (headers, encoding) in [("", None), ("accept-encoding: gzip\r\n", Some("gzip"))] {
            let answer = door.ask(&format!("GET {path}"), headers);
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("content-encoding"), encoding, "{path}");
            assert_eq!(answer.header("vary"), Some("Accept-Encoding"), "{path}");
        }
    }
}

#[test]
fn the_root_is_the_page_for_a_browser_and_an_index_for_a_program() {
    let door = Door::open(GENEROUS);
    let accept = "accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n";
    let browser = door.ask("GET /?room=x", accept);
    assert_eq!(
        (browser.status, browser.header("location")),
        (302, Some("/app?room=x"))
    );
    for headers in ["", "accept: */*\r\n", "accept: application/json\r\n"] {
        let program = door.ask("GET /", headers);
        assert_eq!(program.json()["lobby"], "/lobby", "{headers}");
        assert_eq!(program.header("vary"), Some("Accept"), "{headers}");
    }
}

#[test]
fn files_that_browsers_request_at_the_root_are_files_of_the_page() {
    let door = Door::open(GENEROUS);
    for (file, kind) in [
        ("robots.txt", "text/plain; charset=utf-8"),
        ("favicon.ico", "image/x-icon"),
        ("apple-touch-icon.png", "image/png"),
        ("manifest.webmanifest", "application/manifest+json"),
    ] {
        let path = format!("GET /{file}");
        assert_eq!(door.ask(&path, "").problem(), "404 not-found", "{file}");
        std::fs::write(door.folder.join("web").join(file), "a file").expect("a file");
        let answer = door.ask(&path, "");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(kind)),
            "{file}"
        );
    }
    assert_eq!(door.ask("GET /index.html", "").problem(), "404 not-found");
}

/// Checks both sockets, with a page at `origin` and the front door reached as `host`.
fn check_origin(door: &Door, host: &str, origin: &str, headers: &str, expected: u16) {
    let headers = format!("origin: {origin}\r\n{headers}");
    for path in ["/lobby?token=x", "/game/relay-1?ticket=x"] {
        let (status, _) = door.shake_at(host, path, &headers);
        assert_eq!(status, expected, "{path} at {host} from {origin} {headers}");
    }
}

#[test]
fn a_page_opens_both_sockets_of_its_own_host_in_every_spelling() {
    let door = Door::open(GENEROUS);
    for (host, origin) in [
        ("example.org", "http://example.org"),
        ("example.org:80", "http://example.org"),
        ("example.org:443", "https://example.org"),
        ("example.org", "https://example.org:443"),
        ("example.org.", "https://example.org"),
        ("example.org.:443", "https://example.org."),
        ("Example.ORG", "http://example.org"),
        ("localhost:9999", "http://localhost:9999"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("[::1]:80", "http://[::1]"),
    ] {
        check_origin(&door, host, origin, "", 101);
    }
    for (host, origin) in [
        ("example.org", "http://example.com"),
        ("example.org", "http://www.example.org"),
        ("example.org", "http://example.org.evil.example"),
        ("example.org", "http://evil.example/example.org"),
        ("example.org", "http://evil.example@example.org"),
        ("example.org:8080", "http://example.org"),
        ("example.org", "http://example.org:8080"),
        ("example.org", "ftp://example.org"),
        ("example.org", "http://"),
        ("example.org", "null"),
    ] {
        check_origin(&door, host, origin, "", 403);
    }
    // A tunnel reaches the front door by an internal host, and reports the client's host in a header. A page in a
    // browser cannot set that header.
    let tunnel = "x-forwarded-host: x-8080.app.github.dev\r\nx-forwarded-proto: https\r\n";
    check_origin(
        &door,
        "localhost:8080",
        "https://x-8080.app.github.dev",
        tunnel,
        101,
    );
    check_origin(
        &door,
        "localhost:8080",
        "http://localhost:8080",
        tunnel,
        101,
    );
    check_origin(&door, "localhost:8080", "https://evil.example", tunnel, 403);
}

#[test]
fn the_parts_behind_the_front_door_get_the_scheme_and_host_of_the_client() {
    let door = Door::open(GENEROUS);
    let origin_for = |headers: &str| {
        assert_eq!(door.ask("GET /lobby/me", headers).status, 200);
        for path in ["/lobby", "/game/relay-1"] {
            assert_eq!(door.shake(path, headers).0, 101);
        }
        let seen = door.seen();
        let last = &seen[seen.len() - 3..];
        let one = |head: &String, name: &str| {
            let mut lines = head.lines().filter_map(|line| line.strip_prefix(name));
            let value = lines.next().unwrap_or_default().to_owned();
            assert_eq!(lines.next(), None, "{head}");
            value
        };
        let origins: Vec<_> = last
            .iter()
            .map(|head| {
                let proto = one(head, "x-forwarded-proto: ");
                format!("{proto}://{}", one(head, "x-forwarded-host: "))
            })
            .collect();
        assert!(origins.iter().all(|it| *it == origins[0]), "{origins:?}");
        origins[0].clone()
    };
    let plain = format!("http://{}", door.host());
    assert_eq!(origin_for(""), plain);
    let outside = "x-forwarded-host: Play.example.org:8443\r\nx-forwarded-proto: https\r\n";
    assert_eq!(origin_for(outside), "https://play.example.org:8443");
    let chain = "x-forwarded-host: [::1]:9\r\nx-forwarded-proto: https,http\r\n";
    assert_eq!(origin_for(chain), "https://[::1]:9");
    for wrong in ["a/b", "a b", "a@b", "a,b", "a;b", "\u{e9}", "a:b", ""] {
        let headers = format!("x-forwarded-host: {wrong}\r\nx-forwarded-proto: gopher\r\n");
        assert_eq!(origin_for(&headers), plain, "{wrong}");
    }
}

#[test]
fn the_server_of_a_socket_gets_only_what_a_handshake_needs() {
    let door = Door::open(GENEROUS);
    let needed = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\
                  sec-websocket-protocol: skirmish.v1, bearer.x\r\nuser-agent: test\r\n";
    let more = format!("cookie: c={}\r\n", "y".repeat(7_000)).repeat(3);
    let many = "x: y\r\n".repeat(100);
    for path in ["/lobby", "/game/relay-1"] {
        for extra in [
            &more,
            &many,
            &"lambda-runtime-client-context: x\r\n".to_owned(),
        ] {
            assert_eq!(
                door.shake(path, &format!("{needed}{extra}")).0,
                101,
                "{path}"
            );
        }
    }
    for head in door.seen() {
        let mut names: Vec<&str> = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split(':').next())
            .collect();
        names.sort_unstable();
        let expected = [
            "connection",
            "host",
            "sec-websocket-key",
            "sec-websocket-protocol",
            "sec-websocket-version",
            "upgrade",
            "user-agent",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-proto",
            "x-real-ip",
        ];
        assert_eq!(names, expected);
    }
}
