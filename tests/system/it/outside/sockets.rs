//! The lobby socket, and the handshake of the game socket.

use serde_json::{Value, json};
use support::http::request;
use support::{Player, Socket, System, game, player::ws, tokens};

#[test]
fn the_lobby_socket_answers_ping_sync_and_invalid_messages() {
    let system = System::shared();
    let player = Player::guest(&system.url, "Ada");
    let mut lobby = player.lobby();
    assert_eq!(lobby.protocol.as_deref(), Some("skirmish.lobby.v1"));
    lobby.send(&json!({ "action": "ping" }));
    lobby.expect("pong");
    lobby.send(&json!({ "action": "sync" }));
    assert_eq!(
        lobby.expect("state"),
        json!({ "type": "state", "status": "out" })
    );
    for nonsense in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"action":7}"#,
        r#"{"action":"dance"}"#,
        "\u{0}",
    ] {
        lobby.send_text(nonsense);
        let error = lobby.expect("error");
        assert_eq!(
            error["problem"]["type"], "urn:skirmish:problem:bad-request",
            "{nonsense:?}"
        );
    }
    lobby.send_binary(vec![0xff, 0x00]);
    lobby.expect("error");
    lobby.send(&json!({ "action": "ping" }));
    lobby.expect("pong");
}

#[test]
fn tools_may_pass_the_token_in_the_query() {
    let system = System::shared();
    let player = Player::guest(&system.url, "Tool");
    let url = format!("{}/lobby?token={}", ws(&system.url), player.token);
    let mut lobby = Socket::open(&url, &[]).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(lobby.protocol, None);
    lobby.send(&json!({ "action": "sync" }));
    assert_eq!(lobby.expect("state")["status"], "out");
}

#[test]
fn a_second_lobby_socket_supersedes_the_first() {
    let system = System::shared();
    let pool = system.pool();
    let player = Player::guest(&system.url, "Twice");
    let mut first = player.lobby();
    let mut second = player.lobby();
    assert_eq!(first.expect("removed")["reason"], "superseded");
    assert_eq!(first.expect_close().code, Some(1000));
    assert_eq!(player.join(&pool).status, 202);
    second.expect("queued");
}

#[test]
fn only_a_valid_token_opens_the_lobby_socket() {
    let system = System::shared();
    let past =
        json!({ "sub": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "exp": tokens::now_s() - 3600 });
    let future =
        json!({ "sub": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "exp": tokens::now_s() + 3600 });
    let bad = [
        String::new(),
        "nonsense".to_owned(),
        tokens::signed(&past, support::system::JWT_SECRET),
        tokens::signed(&future, "somebody else's secret of enough bytes"),
        unsigned(&future),
    ];
    for token in bad {
        let protocols = ["skirmish.lobby.v1".to_owned(), format!("bearer.{token}")];
        let protocols = protocols.each_ref().map(String::as_str);
        let refusal = Socket::open(&format!("{}/lobby", ws(&system.url)), &protocols).err();
        assert_eq!(
            refusal.as_ref().map(|refusal| refusal.0),
            Some(401),
            "{token:?}: {refusal:?}"
        );
        let answer = request(
            &system.url,
            "GET",
            "/lobby/me",
            &[("authorization", &format!("Bearer {token}"))],
            b"",
        );
        assert_eq!(answer.problem(), "401 unauthorized", "{token:?}");
        assert!(
            answer
                .header("www-authenticate")
                .is_some_and(|value| value.starts_with("Bearer"))
        );
    }
}

#[test]
fn a_seat_ticket_admits_once_and_only_to_its_relay() {
    let system = System::shared();
    let pool = system.pool();
    let players = game::start(&system.url, &pool, 3);
    let open =
        |url: &str, protocols: &[&str]| Socket::open(url, protocols).err().map(|refusal| refusal.0);

    // The ticket is used.
    let used = game::url(&players[0].started["game"]);
    assert_eq!(open(&used, &[game::PROTOCOL]), Some(401));

    // The ticket is for another relay.
    let me = players[0].player.me();
    let here = me["game"]["relay"].as_str().expect("a relay");
    let relays = system.relays();
    let other = relays.iter().find(|relay| *relay != here).expect("two");
    let elsewhere = game::url(&me["game"]).replace(here, other);
    assert_eq!(open(&elsewhere, &[game::PROTOCOL]), Some(403));

    // No ticket, an invalid ticket, an unknown relay, no subprotocol.
    let base = format!("{}/game/{here}", ws(&system.url));
    assert_eq!(open(&base, &[game::PROTOCOL]), Some(401));
    assert_eq!(
        open(
            &format!("{base}?ticket=quick-1.invented"),
            &[game::PROTOCOL]
        ),
        Some(401)
    );
    assert_eq!(
        open(
            &format!("{base}?ticket={}", "a".repeat(4000)),
            &[game::PROTOCOL]
        ),
        Some(401)
    );
    assert_eq!(
        open(
            &format!("{}/game/nobody?ticket=x", ws(&system.url)),
            &[game::PROTOCOL]
        ),
        Some(404)
    );
    let fresh = game::url(&players[0].player.me()["game"]);
    assert_eq!(open(&fresh, &[]), Some(400));
    // A handshake that is refused for another reason does not use the ticket.
    let (mut socket, _) = game::open_url(&fresh);
    socket.expect("over");
}

/// A token without a signature (`alg: none`).
fn unsigned(claims: &Value) -> String {
    let signed = tokens::signed(claims, support::system::JWT_SECRET);
    let body = signed.split('.').nth(1).unwrap_or_default();
    // {"alg":"none","typ":"JWT"}
    format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.")
}
