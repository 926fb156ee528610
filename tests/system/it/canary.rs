//! Recognizable tokens and tickets, sent in every place that a client can choose: no log contains
//! them.

use serde_json::json;
use support::http::raw;
use support::player::ws;
use support::system::Options;
use support::{Player, Socket, System, game, tokens};

const PLAYER: &str = "0b0e2c1e-6d0f-4c55-9a53-1f3c0a2d7eca";
/// A word in capitals is also accepted as a method.
const CANARY: &str = "CANARYCANARYCANARY";

#[test]
fn no_log_has_a_token_or_a_ticket() {
    // The most verbose log of this project's own code.
    let filter = "info,relay=trace,room=trace,gateway=trace,functions=trace,lobby=trace";
    let system = System::start(Options {
        environment: vec![("LOG".to_owned(), filter.to_owned())],
        ..Options::default()
    });
    let secrets = [used_rightly(&system), sent_wherever(&system)].concat();
    // Every process has logged a call when it answers; nginx logs it soon after.
    testkit::eventually("nginx has logged the last call", || {
        let log = std::fs::read_to_string(system.stack().run_dir().join("nginx/access.log"));
        log.is_ok_and(|log| log.contains("PUT /lobby/me 405"))
            .then_some(())
    });
    let mut files = 0;
    each_log(system.stack().run_dir(), &mut |path, text| {
        files += 1;
        for secret in &secrets {
            // Part of a secret is enough for an attacker to recognize whose it is.
            for part in [secret.as_str(), &secret[secret.len().saturating_sub(16)..]] {
                let line = text.lines().find(|line| line.contains(part));
                assert_eq!(line, None, "{path}");
            }
        }
        let lower = text.to_lowercase();
        assert!(!lower.contains("canarycanary"), "{path}");
    });
    assert!(files > 15, "{files} logs");
}

/// Plays a match as intended. Returns the token and the tickets in it.
fn used_rightly(system: &System) -> Vec<String> {
    let players = game::start(&system.url, "main", 3);
    let mut secrets = Vec::new();
    for one in &players {
        let (url, token) = (&system.url, &one.player.token);
        let tool = Socket::open(&format!("{}/lobby?token={token}", ws(url)), &[]);
        assert!(tool.is_ok());
        let me = one.player.me();
        secrets.push(one.player.token.clone());
        for game in [&one.started["game"], &me["game"]] {
            secrets.push(game["ticket"].as_str().expect("a ticket").to_owned());
        }
        let used = game::url(&one.started["game"]);
        assert!(Socket::open(&used, &[game::PROTOCOL]).is_err(), "used up");
    }
    secrets
}

/// Sends secrets in every place where a client's mistake could put one.
fn sent_wherever(system: &System) -> Vec<String> {
    let good = Player::with_claims(&system.url, PLAYER, &json!({ "name": "Ada" }));
    let bad = tokens::signed(
        &json!({ "sub": CANARY }),
        "somebody else's secret of enough bytes",
    );
    for secret in [good.token.as_str(), bad.as_str(), CANARY] {
        for path in [
            format!("/lobby/me?token={secret}&ticket={secret}"),
            format!("/lobby/rooms/{secret}"),
            format!("/leaderboard/{secret}"),
            format!("/leaderboard?pool={secret}&limit={secret}"),
            format!("/replays/{secret}"),
            format!("/game/relay-1/{secret}"),
            format!("/game/{}?ticket={secret}", secret.to_lowercase()),
            format!("/app/{secret}"),
            format!("/{secret}"),
            format!("/%{secret}"),
            format!("/lobby/{}", secret.repeat(200)),
        ] {
            send(
                system,
                "GET",
                &path,
                &format!("authorization: Bearer {secret}\r\n"),
                "",
            );
        }
        for body in [
            secret.to_owned(),
            json!({ "pool": secret }).to_string(),
            json!({ "token": secret, "color": secret }).to_string(),
        ] {
            let headers = format!(
                "authorization: {secret}\r\nidempotency-key: {secret}\r\ncookie: {secret}\r\norigin: {secret}\r\n"
            );
            for path in ["/lobby/queue", "/lobby/guest", "/feedback"] {
                send(system, "POST", path, &headers, &body);
            }
        }
        for name in ["authorization", "referer", "user-agent", "x-forwarded-for"] {
            let headers = format!("{name}: {secret}\u{1}\r\nhost: {secret}\r\n");
            send(system, "GET", "/lobby/me", &headers, "");
        }
        send(system, secret, "/lobby/me", "", "");
        sockets(system, secret);
    }
    send(system, "PUT", "/lobby/me", "", "");
    vec![good.token, bad]
}

fn sockets(system: &System, secret: &str) {
    let base = ws(&system.url);
    let lobby = "skirmish.lobby.v1";
    for (path, protocols) in [
        (format!("/lobby?token={secret}"), vec![]),
        (format!("/lobby?token={secret}"), vec![lobby, secret]),
        (format!("/lobby?ticket={secret}"), vec![lobby, secret]),
        (format!("/game/relay-1?ticket={secret}"), vec![]),
        (format!("/game/relay-1?ticket={secret}"), vec![secret]),
        (
            format!("/game/relay-1?ticket=main.{secret}&token={secret}"),
            vec![game::PROTOCOL, secret],
        ),
    ] {
        if let Ok(mut socket) = Socket::open(&format!("{base}{path}"), &protocols) {
            socket.send_text(secret);
            socket.send(&json!({ "action": secret, "token": secret }));
            socket.expect("error");
        }
    }
    let bearer = format!("bearer.{secret}");
    let _ = Socket::open(&format!("{base}/lobby"), &["skirmish.lobby.v1", &bearer]);
}

/// Any answer is accepted, and so is none.
fn send(system: &System, method: &str, path: &str, headers: &str, body: &str) {
    let host = support::connection::host(&system.url);
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw(&system.url, request.as_bytes());
    assert!(answer.status < 500, "{method} {path}: {}", answer.status);
}

/// The output of processes, and nginx's access log. Redis' data is not a log.
fn each_log(folder: &std::path::Path, check: &mut dyn FnMut(&str, &str)) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            each_log(&path, check);
        } else if path.extension().is_some_and(|kind| kind == "log") {
            let bytes = std::fs::read(&path).expect("a log");
            check(
                &path.display().to_string(),
                &String::from_utf8_lossy(&bytes),
            );
        }
    }
}
