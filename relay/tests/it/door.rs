//! Admission: accepted and refused handshakes, and their answers.

use std::time::Duration;

use expect_test::expect;
use relay::{Config, GameServer, Limits};

use crate::support::{Client, GAMES, World, get, request, soon};

const UPGRADE: &str = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const PROTOCOL: &str = "sec-websocket-protocol: skirmish.json.v1\r\n";

/// Status, what the headers add, and the problem of the answer.
async fn refusal(world: &World, line: &str, headers: &str) -> String {
    let head = format!("{line} HTTP/1.1\r\nhost: test\r\n{headers}\r\n");
    let reply = request(world.server.address(), &head)
        .await
        .expect("an answer");
    assert!(
        reply
            .head
            .contains("content-type: application/problem+json"),
        "{}",
        reply.head
    );
    let names = ["allow", "retry-after", "www-authenticate", "upgrade"];
    let extra = reply
        .head
        .lines()
        .filter(|line| names.iter().any(|name| line.starts_with(name)));
    let extra: Vec<&str> = extra.collect();
    let problem: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!(problem["status"], reply.status);
    let kind = problem["type"]
        .as_str()
        .expect("a type")
        .trim_start_matches("urn:skirmish:problem:");
    format!(
        "{} {extra:?} {kind}: {}\n",
        reply.status,
        problem["detail"].as_str().expect("a detail")
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_problem_documents() {
    let world = World::start("{}").await;
    let path = "GET /game/relay-1?ticket=nonsense";
    let mut refusals = String::new();
    for (line, headers) in [
        ("GET /", String::new()),
        ("GET /game/relay-2?ticket=x", UPGRADE.to_owned()),
        ("GET /game/relay-1/more?ticket=x", UPGRADE.to_owned()),
        ("POST /game/relay-1", "content-length: 0\r\n".to_owned()),
        ("POST /healthz", "content-length: 0\r\n".to_owned()),
        ("POST /ping/relay-1", "content-length: 0\r\n".to_owned()),
        ("GET /ping/relay-2", String::new()),
        (path, String::new()),
        (path, UPGRADE.replace("13", "8")),
        (path, UPGRADE.replace("dGhl", "")),
        (path, UPGRADE.to_owned()),
        (path, format!("{UPGRADE}sec-websocket-protocol: chat\r\n")),
        (path, format!("{UPGRADE}{PROTOCOL}")),
        ("GET /game/relay-1", format!("{UPGRADE}{PROTOCOL}")),
        (
            "GET /game/relay-1?ticket=x&from=-1",
            format!("{UPGRADE}{PROTOCOL}"),
        ),
    ] {
        refusals += &refusal(&world, line, &headers).await;
    }
    expect![[r#"
        404 [] not-found: no such path on this server
        404 [] not-found: no such path on this server
        404 [] not-found: no such path on this server
        405 ["allow: get"] method-not-allowed: only GET is understood here
        405 ["allow: get"] method-not-allowed: only GET is understood here
        405 ["allow: get"] method-not-allowed: only GET is understood here
        404 [] not-found: no such path on this server
        426 ["upgrade: websocket"] upgrade-required: this path is a WebSocket of version 13: request an upgrade
        426 ["upgrade: websocket"] upgrade-required: this path is a WebSocket of version 13: request an upgrade
        400 [] bad-request: the WebSocket handshake is incomplete
        400 [] bad-request: offer a supported subprotocol: skirmish.v1, skirmish.json.v1
        400 [] bad-request: offer a supported subprotocol: skirmish.v1, skirmish.json.v1
        401 ["www-authenticate: bearer"] unauthorized: the seat ticket is missing, unknown, used or expired: GET /lobby/me gives a fresh one
        401 ["www-authenticate: bearer"] unauthorized: the seat ticket is missing, unknown, used or expired: GET /lobby/me gives a fresh one
        400 [] bad-request: `from` must be a number of bytes
    "#]].assert_eq(&refusals);
    world
        .until_metric("skirmish_handshakes_refused_total{reason=\"ticket\"}", 2.0)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_admits_once() {
    let world = World::start("{}").await;
    let seated = world.seat_three().await;
    let game = &seated[0].game;
    let mut client = Client::open(&game.url, &game.ticket)
        .await
        .expect("admitted");
    client.next("welcome").await;
    assert_eq!(Client::open(&game.url, &game.ticket).await.err(), Some(401));
    // The one who is in does not notice.
    client.next("snapshot").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_over_the_limit_is_refused_and_its_ticket_stays_valid() {
    let change = |config: &mut Config| config.limits.sockets = 2;
    let world = World::start_with("{}", change).await;
    let seated = world.seat_three().await;
    let mut first = world.open(&seated[0]).await;
    let mut second = world.open(&seated[1]).await;
    for client in [&mut first, &mut second] {
        client.next("welcome").await;
    }
    let ticket = &seated[2].game.ticket;
    let line = format!("GET /game/relay-1?ticket={ticket}");
    let refused = refusal(&world, &line, &format!("{UPGRADE}{PROTOCOL}")).await;
    expect![[r#"
        503 ["retry-after: 1"] unavailable: the server has no connection left
    "#]]
    .assert_eq(&refused);
    assert_eq!(get(world.server.address(), "/healthz").await.status, 200);
    let ping = "GET /ping/relay-1 HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    let answer = request(world.server.address(), ping).await.expect("a pong");
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    for header in ["cache-control: no-store", "access-control-allow-origin: *"] {
        assert!(answer.head.contains(header), "{}", answer.head);
    }
    drop(first);
    crate::support::until("a place", async || {
        Client::open(&seated[2].game.url, ticket).await.ok()
    })
    .await
    .next("welcome")
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_head_that_the_front_door_allows_is_read() {
    let world = World::start("{}").await;
    let long = format!("x: {}\r\n", "y".repeat(8_000)).repeat(4);
    let headers = format!("{long}{UPGRADE}{PROTOCOL}");
    let refused = refusal(&world, "GET /game/relay-1?ticket=x", &headers).await;
    assert!(refused.starts_with("401 "), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_for_another_server_is_refused_and_stays_valid() {
    let world = World::start("{}").await;
    let seated = world.seat_three().await;
    let game = &seated[0].game;
    let mut config = world.config();
    config.relay_id = "relay-2".to_owned();
    let other = GameServer::start(GAMES, config)
        .await
        .expect("a second server");
    let wrong = format!("ws://{}/game/relay-2", other.address());
    assert_eq!(Client::open(&wrong, &game.ticket).await.err(), Some(403));
    Client::open(&game.url, &game.ticket)
        .await
        .expect("admitted")
        .next("welcome")
        .await;
    other.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_handshake_is_cut_off() {
    let change = |config: &mut Config| config.limits.handshake = Duration::from_millis(300);
    let world = World::start_with("{}", change).await;
    let reply = request(
        world.server.address(),
        "GET /game/relay-1?ticket=x HTTP/1.1\r\nhost: te",
    )
    .await;
    assert!(reply.is_none(), "{reply:?}");
    world
        .until_metric("skirmish_handshakes_refused_total{reason=\"timeout\"}", 1.0)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_head_is_refused() {
    let world = World::start("{}").await;
    let many = "x: y\r\n".repeat(100);
    let reply = request(
        world.server.address(),
        &format!("GET /healthz HTTP/1.1\r\n{many}\r\n"),
    )
    .await;
    assert_eq!(reply.expect("an answer").status, 431);
    let long = format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(60_000));
    let reply = request(world.server.address(), &long).await;
    assert!(reply.is_none_or(|reply| reply.status == 431));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_metrics_are_served() {
    let world = World::start("{}").await;
    let health = get(world.server.address(), "/healthz").await;
    expect![[r#"{"status":"ok"}"#]].assert_eq(&health.body);
    let metrics = get(world.server.address(), "/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(
        metrics
            .head
            .contains("content-type: text/plain; version=0.0.4"),
        "{}",
        metrics.head
    );
    for line in metrics.body.lines() {
        let is_series = line.starts_with("skirmish_")
            && line
                .rsplit_once(' ')
                .is_some_and(|(_, n)| n.parse::<f64>().is_ok());
        assert!(
            is_series
                || line.starts_with("# HELP skirmish_")
                || line.starts_with("# TYPE skirmish_"),
            "{line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_server_closes_its_sessions_and_removes_its_registration() {
    let world = World::start("{}").await;
    let (_, mut clients) = world.play_three().await;
    for client in &mut clients {
        client.next("snapshot").await;
    }
    soon("the shutdown", world.server.shutdown()).await;
    for client in clients {
        assert_eq!(client.closed().await, 1012);
    }
    assert!(
        !world
            .redis
            .command(&["zrange", "relays", "0", "-1"])
            .contains("relay-1")
    );
}

#[test]
fn the_defaults_match_the_documents() {
    let Limits {
        handshake,
        idle,
        ping,
        messages_per_second,
        messages_burst,
        watchers,
        watchers_of_room,
        watch_interval,
        // As many as there are files.
        sockets: _,
    } = Limits::default();
    expect!["5s 15s 5s 120 300"].assert_eq(&format!(
        "{handshake:?} {idle:?} {ping:?} {messages_per_second} {messages_burst}"
    ));
    expect!["1000 32 1s"].assert_eq(&format!("{watchers} {watchers_of_room} {watch_interval:?}"));
}
