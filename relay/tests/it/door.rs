//! Who gets in, who does not, and what he is told.

use std::time::Duration;

use arena::Arena;
use expect_test::{Expect, expect};
use relay::{Config, GameServer, Limits};

use crate::support::{Client, World, get, request, soon};

const UPGRADE: &str = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const PROTOCOL: &str = "sec-websocket-protocol: skirmish.json.v1\r\n";

async fn check(world: &World<Arena>, line: &str, headers: &str, expected: Expect) {
    let head = format!("{line} HTTP/1.1\r\nhost: test\r\n{headers}\r\n");
    let reply = request(world.server.address(), &head)
        .await
        .expect("an answer");
    let extra: Vec<&str> = reply
        .head
        .lines()
        .filter(|line| {
            ["allow", "retry", "www", "upgrade"]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .collect();
    expected.assert_eq(&format!("{} {extra:?} {}", reply.status, reply.body));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_problem_documents() {
    let world = World::<Arena>::start("{}").await;
    let path = "GET /game/relay-1?ticket=nonsense";
    check(&world, "GET /", "", expect![[r#"404 [] {"detail":"no such path on this server","status":404,"title":"Not Found","type":"urn:skirmish:problem:not-found"}"#]]).await;
    check(&world, "GET /game/relay-2?ticket=x", UPGRADE, expect![[r#"404 [] {"detail":"no such path on this server","status":404,"title":"Not Found","type":"urn:skirmish:problem:not-found"}"#]]).await;
    check(
        &world,
        "GET /game/relay-1/more?ticket=x",
        UPGRADE,
        expect![[r#"404 [] {"detail":"no such path on this server","status":404,"title":"Not Found","type":"urn:skirmish:problem:not-found"}"#]],
    )
    .await;
    check(
        &world,
        "POST /game/relay-1",
        "content-length: 0\r\n",
        expect![[r#"405 ["allow: get"] {"detail":"only GET is understood here","status":405,"title":"Method Not Allowed","type":"urn:skirmish:problem:method-not-allowed"}"#]],
    )
    .await;
    check(
        &world,
        "POST /healthz",
        "content-length: 0\r\n",
        expect![[r#"405 ["allow: get"] {"detail":"only GET is understood here","status":405,"title":"Method Not Allowed","type":"urn:skirmish:problem:method-not-allowed"}"#]],
    )
    .await;
    check(&world, path, "", expect![[r#"426 ["upgrade: websocket"] {"detail":"this is a WebSocket, version 13: ask for an upgrade","status":426,"title":"Upgrade Required","type":"urn:skirmish:problem:upgrade-required"}"#]]).await;
    check(&world, path, &UPGRADE.replace("13", "8"), expect![[r#"426 ["upgrade: websocket"] {"detail":"this is a WebSocket, version 13: ask for an upgrade","status":426,"title":"Upgrade Required","type":"urn:skirmish:problem:upgrade-required"}"#]]).await;
    check(&world, path, &UPGRADE.replace("dGhl", ""), expect![[r#"400 [] {"detail":"the WebSocket handshake is incomplete","status":400,"title":"Bad Request","type":"urn:skirmish:problem:bad-request"}"#]]).await;
    check(&world, path, UPGRADE, expect![[r#"400 [] {"detail":"offer a subprotocol that is spoken here: skirmish.json.v1","status":400,"title":"Bad Request","type":"urn:skirmish:problem:bad-request"}"#]]).await;
    check(
        &world,
        path,
        &format!("{UPGRADE}sec-websocket-protocol: chat\r\n"),
        expect![[r#"400 [] {"detail":"offer a subprotocol that is spoken here: skirmish.json.v1","status":400,"title":"Bad Request","type":"urn:skirmish:problem:bad-request"}"#]],
    )
    .await;
    check(&world, path, &format!("{UPGRADE}{PROTOCOL}"), expect![[r#"401 ["www-authenticate: bearer"] {"detail":"the seat ticket is missing, unknown, used or expired: GET /lobby/me gives a fresh one","status":401,"title":"Unauthorized","type":"urn:skirmish:problem:unauthorized"}"#]]).await;
    check(
        &world,
        "GET /game/relay-1",
        &format!("{UPGRADE}{PROTOCOL}"),
        expect![[r#"401 ["www-authenticate: bearer"] {"detail":"the seat ticket is missing, unknown, used or expired: GET /lobby/me gives a fresh one","status":401,"title":"Unauthorized","type":"urn:skirmish:problem:unauthorized"}"#]],
    )
    .await;
    world
        .until_metric("skirmish_handshakes_refused_total{reason=\"ticket\"}", 2.0)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_admits_once() {
    let world = World::<Arena>::start("{}").await;
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
async fn a_ticket_for_another_server_is_refused_and_stays_good() {
    let world = World::<Arena>::start("{}").await;
    let seated = world.seat_three().await;
    let game = &seated[0].game;
    let mut config = world.config();
    config.relay_id = "relay-2".to_owned();
    let other = GameServer::<Arena>::start(config)
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
async fn a_dripping_handshake_is_cut() {
    let change = |config: &mut Config| config.limits.handshake = Duration::from_millis(300);
    let world = World::<Arena>::start_with("{}", change).await;
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
async fn a_head_without_end_is_refused() {
    let world = World::<Arena>::start("{}").await;
    let many = "x: y\r\n".repeat(100);
    let reply = request(
        world.server.address(),
        &format!("GET /healthz HTTP/1.1\r\n{many}\r\n"),
    )
    .await;
    assert_eq!(reply.expect("an answer").status, 431);
    let long = format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(20_000));
    let reply = request(world.server.address(), &long).await;
    assert!(reply.is_none_or(|reply| reply.status == 431));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_metrics_are_shown() {
    let world = World::<Arena>::start("{}").await;
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
async fn the_end_of_the_server_is_told_and_the_registration_goes() {
    let world = World::<Arena>::start("{}").await;
    let (_, mut clients) = world.play_three().await;
    for client in &mut clients {
        client.next("snapshot").await;
    }
    soon("the shutdown", world.server.shutdown()).await;
    for client in clients {
        assert_eq!(client.closed().await, 1001);
    }
    assert!(
        !world
            .redis
            .cli(&["zrange", "relays", "0", "-1"])
            .contains("relay-1")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_start_says_why_in_one_line() {
    let world = World::<Arena>::start("{}").await;
    let check = async |change: fn(&mut Config), expected: &str| {
        let mut config = world.config();
        change(&mut config);
        let error = GameServer::<Arena>::start(config)
            .await
            .err()
            .expect("no start")
            .to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains('\n'), "{error}");
    };
    check(
        |config| config.settings = r#"{"livse":3}"#.to_owned(),
        "SETTINGS: unknown setting `livse`",
    )
    .await;
    check(|config| config.pools = "[]".to_owned(), "configuration: ").await;
    let taken = world.server.address();
    let mut config = world.config();
    config.listen = taken;
    let error = GameServer::<Arena>::start(config)
        .await
        .err()
        .expect("no start")
        .to_string();
    assert!(
        error.starts_with(&format!("cannot listen on {taken}: ")),
        "{error}"
    );
}

#[test]
fn the_defaults_are_as_the_documents_say() {
    let Limits {
        handshake,
        idle,
        ping,
        messages_per_second,
        messages_burst,
    } = Limits::default();
    expect!["5s 15s 5s 120 300"].assert_eq(&format!(
        "{handshake:?} {idle:?} {ping:?} {messages_per_second} {messages_burst}"
    ));
}
