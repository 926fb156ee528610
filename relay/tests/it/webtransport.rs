//! Players over WebTransport: a match, refusals, and what an attacker sends.

use std::net::{SocketAddr, UdpSocket};

use lobby::WebTransport;
use relay::{Config, GameServer};
use serde_json::Value;

use crate::support::{
    GAMES, Received, WebClient, World, closed, eager_endpoint, healthy, soon, unread_session,
    until, web_input,
};

const SHORT: &str = r#"{"match_seconds":1}"#;

/// A server with WebTransport.
async fn start(settings: &str) -> World {
    World::start_with(settings, with_webtransport).await
}

fn with_webtransport(config: &mut Config) {
    "127.0.0.1:0".clone_into(&mut config.webtransport_address);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_is_played_over_datagrams_to_its_end() {
    let world = start(SHORT).await;
    let seated = world.seat_three().await;
    let mut others = Vec::new();
    for one in &seated[1..] {
        others.push(world.open(one).await);
    }
    let mut client = WebClient::start(&seated[0].game).await;
    let welcome = client.text("welcome").await;
    assert_eq!(welcome["player_id"], seated[0].player.as_str());
    let first = client.snapshot().await.expect("a snapshot");
    assert_eq!(
        (first.0.baseline, first.1),
        (None, false),
        "full, by the stream"
    );
    world
        .until_metric("skirmish_webtransport_sessions", 1.0)
        .await;
    let (mut deltas, mut own) = (0, 0);
    while let Some((header, is_datagram)) = client.snapshot().await {
        assert!(is_datagram);
        deltas += u32::from(header.baseline.is_some());
        own = own.max(header.ack.unwrap_or(0));
        client.acknowledge(header.tick);
        if header.tick >= 55 {
            break;
        }
    }
    assert!(deltas > 20 && own > 20, "{deltas} deltas, input {own}");
    let over = client.text("over").await;
    assert_eq!(over["scores"].as_array().map(Vec::len), Some(3));
    assert_eq!(client.closed().await, (4000, "match over".to_owned()));
    for other in others {
        assert_eq!(other.closed().await, 4000);
    }
    until("the session is gone", async || {
        (world.metric("skirmish_webtransport_sessions").await == 0.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_admits_once_over_either_transport() {
    let world = start("{}").await;
    let seated = world.seat_three().await;
    let game = &seated[0].game;
    let url = &game.webtransport.as_ref().expect("an address").url;
    let refused = async |url: String| WebClient::open_at(game, &url).await.err();
    assert_eq!(refused(url.clone()).await, Some(401), "no ticket");
    assert_eq!(refused(format!("{url}?ticket=main.x")).await, Some(401));
    assert_eq!(
        refused(format!("{url}2?ticket={}", game.ticket)).await,
        Some(404)
    );
    let mut first = WebClient::start(game).await;
    first.text("welcome").await;
    assert_eq!(WebClient::open(game).await.err(), Some(401), "used");
    assert_eq!(
        crate::support::Client::open(&game.url, &game.ticket)
            .await
            .err(),
        Some(401)
    );
    let mut second = world.open(&world.ticket(&seated[0].player).await).await;
    second.next("welcome").await;
    assert_eq!(first.closed().await.0, 4001);
    let last = &seated[1].game;
    let mut third = world.open(&seated[1]).await;
    third.next("welcome").await;
    assert_eq!(
        WebClient::open(last).await.err(),
        Some(401),
        "used over WebSocket"
    );
}

/// What a client sends after its `welcome`.
enum Sent {
    Stream(Vec<u8>),
    Datagram(Vec<u8>),
    Datagrams(usize),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_the_rules_ends_the_session_with_the_code_of_the_websocket() {
    let world = start("{}").await;
    let seated = world.seat_three().await;
    for (sent, expected) in [
        (
            Sent::Datagram(vec![0xff; 9]),
            (4010, "unknown kind of frame"),
        ),
        (Sent::Datagram(vec![]), (4010, "too short")),
        (Sent::Datagram(vec![0x20; 1_025]), (1009, "message too big")),
        (Sent::Datagrams(2_000), (4011, "too many messages")),
        (
            Sent::Stream(vec![1, 1, 0, 0, 4, 1]),
            (1009, "message too big"),
        ),
        (
            Sent::Stream(vec![1, 1, 0xff, 0xff, 0xff, 0xff]),
            (1009, "message too big"),
        ),
        (
            Sent::Stream(vec![1, 1, 0, 0, 0, 1, 0xff]),
            (1007, "not UTF-8"),
        ),
        (
            Sent::Stream(vec![1, 3, 0, 0, 0, 0]),
            (4010, "unknown kind of message"),
        ),
        (
            Sent::Stream(vec![2]),
            (4010, "unknown version of the stream"),
        ),
        (
            Sent::Stream([&[1][..], &[1, 0, 0, 0, 2, b'{', b'}'].repeat(20)].concat()),
            (4010, ""),
        ),
        (
            Sent::Stream(
                [
                    &[1][..],
                    &message(br#"{"type":"input","move":[0,0],"aim":0,"fire":false}"#).repeat(400),
                ]
                .concat(),
            ),
            (4011, "too many messages"),
        ),
    ] {
        let ticket = world.ticket(&seated[0].player).await;
        let mut client = WebClient::open(&ticket.game).await.expect("admitted");
        match sent {
            Sent::Stream(bytes) => client.write(&bytes).await,
            Sent::Datagram(bytes) => {
                client.write(&[1]).await;
                client.datagram(&bytes);
            }
            Sent::Datagrams(count) => {
                client.write(&[1]).await;
                client.text("welcome").await;
                for at in 0..count {
                    client.datagram(&web_input(5_000, None));
                    if at % 16 == 0 {
                        client.next().await;
                    }
                }
            }
        }
        let (code, reason) = client.closed().await;
        assert_eq!(code, expected.0, "{reason}");
        assert!(expected.1.is_empty() || reason == expected.1, "{reason}");
    }
    // The room is as it was.
    let mut client = WebClient::start(&world.ticket(&seated[0].player).await.game).await;
    client.text("welcome").await;
}

/// A text message of the stream.
fn message(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).expect("short").to_be_bytes();
    [&[1][..], &length, text].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captured_datagram_moves_nobody_later() {
    let world = start("{}").await;
    let (seated, _others) = {
        let seated = world.seat_three().await;
        let mut others = Vec::new();
        for one in &seated[1..] {
            others.push(world.open(one).await);
        }
        (seated, others)
    };
    let mut client = WebClient::start(&seated[0].game).await;
    let (header, _) = client.snapshot().await.expect("a snapshot");
    let stamp = header.tick + 20;
    let captured = web_input(stamp, Some(header.tick));
    client.datagram(&captured);
    until("the input counts", async || {
        let (header, _) = client.snapshot().await.expect("a snapshot");
        (header.ack == Some(stamp)).then_some(())
    })
    .await;
    let taken = world.metric("skirmish_inputs_total").await;
    // The same bytes from a new connection.
    let mut client = WebClient::start(&world.ticket(&seated[0].player).await.game).await;
    client.text("welcome").await;
    let late = "skirmish_inputs_refused_total{kind=\"late\"}";
    let before = world.metric(late).await;
    client.datagram(&captured);
    world.until_metric(late, before + 1.0).await;
    assert!((world.metric("skirmish_inputs_total").await - taken).abs() < 0.5);
    let (header, _) = client.snapshot().await.expect("a snapshot");
    assert_eq!((header.baseline, header.ack), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_without_an_end_do_not_keep_others_out_and_there_is_no_0_rtt() {
    let world = start("{}").await;
    let seated = world.seat_three().await;
    let url = &seated[0]
        .game
        .webtransport
        .as_ref()
        .expect("an address")
        .url;
    let url = reqwest::Url::parse(url).expect("a url");
    let server = format!("127.0.0.1:{}", url.port().expect("a port"));
    let server: SocketAddr = server.parse().expect("an address");
    let client = eager_endpoint();
    let retries = "skirmish_webtransport_retries_total";
    // They never send a request.
    let mut idle = Vec::new();
    for _ in 0..70 {
        let connecting = client.connect(server, "relay").expect("a client");
        let connecting = connecting.into_0rtt().err().expect("no 0-RTT");
        idle.push(
            soon("a connection", connecting)
                .await
                .expect("a connection"),
        );
    }
    assert!((world.metric(retries).await - 6.0).abs() < 0.5);
    let mut player = WebClient::start(&seated[0].game).await;
    player.text("welcome").await;
    assert!((world.metric(retries).await - 7.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_address_changes_keeps_its_session() {
    let world = start("{}").await;
    let seated = world.seat_three().await;
    let _others = (world.open(&seated[1]).await, world.open(&seated[2]).await);
    let endpoint = eager_endpoint();
    let mut client = WebClient::start_from(&endpoint, &seated[0].game).await;
    client.text("welcome").await;
    client.apply_input().await;
    let before = endpoint.local_addr().expect("an address");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    endpoint.rebind(socket).expect("another address");
    assert_ne!(endpoint.local_addr().expect("an address"), before);
    let (header, is_datagram) = client.apply_input().await;
    assert!(is_datagram && header.baseline.is_some(), "{header:?}");
    assert!((world.metric("skirmish_sessions").await - 3.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_is_closed_with_the_code_and_the_reason() {
    let world = World::start_with("{}", |config| {
        config.game = Some("loud".to_owned());
        with_webtransport(config);
    })
    .await;
    let seated = world.seat_three().await;
    let _others = (
        WebClient::start(&seated[1].game).await,
        WebClient::start(&seated[2].game).await,
    );
    let (session, _send, _unread) = unread_session(&seated[0].game, 4_096).await;
    assert_eq!(closed(&session).await, (4012, "too slow".to_owned()));
    // The others play on.
    assert!((world.metric("skirmish_sessions").await - 2.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_that_moves_goes_on_over_webtransport() {
    let world = start("{}").await;
    let mut config = world.config();
    with_webtransport(&mut config);
    "relay-2".clone_into(&mut config.relay_id);
    // The lobby prefers it.
    config.capacity = 100;
    let leaving = GameServer::start(GAMES, config).await.expect("a server");
    healthy(leaving.address()).await;
    let seated = world.seat_three().await;
    let mut client = WebClient::start(&seated[0].game).await;
    client.snapshot().await.expect("a snapshot");
    let stopping = tokio::spawn(leaving.shutdown());
    let moved = client.text("moved").await;
    assert_eq!(client.closed().await.0, 4003);
    let mut game = seated[0].game.clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    game.ticket = text(&moved["ticket"]);
    game.webtransport = Some(WebTransport {
        url: text(&moved["webtransport"]["url"]),
        certificate_sha256: text(&moved["webtransport"]["certificate_sha256"]),
    });
    let mut client = WebClient::start(&game).await;
    let welcome = client.text("welcome").await;
    assert_eq!(welcome["epoch"], moved["epoch"]);
    let (header, _) = client.snapshot().await.expect("a snapshot");
    assert_eq!(header.baseline, None);
    soon("the end", stopping).await.expect("no panic");
}

/// The tick of a binary frame: 26 bits after the 3 of its kind.
fn tick_of(frame: &[u8]) -> u32 {
    let head = frame.first_chunk().expect("a frame");
    u32::from_be_bytes(*head) << 3 >> 6
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_wakes_a_sleeping_room_whose_snapshots_go_by_the_stream() {
    let world = World::start_with(r#"{"turn_seconds":1}"#, |config| {
        config.game = Some("turns".to_owned());
        with_webtransport(config);
    })
    .await;
    let seated = world.seat_three().await;
    let _others = (world.open(&seated[1]).await, world.open(&seated[2]).await);
    let mut client = WebClient::start(&seated[0].game).await;
    client.text("welcome").await;
    // All players have come: only the end of a turn wakes the room.
    let mut newest = 0;
    while newest < 60 {
        match client.next().await.expect("a message") {
            Received::Binary(frame) => newest = tick_of(&frame),
            Received::Datagram(_) => panic!("a datagram"),
            Received::Text(_) => {}
        }
    }
    let command = br#"{"type":"command","id":1,"name":"move","args":{}}"#;
    client.write(&message(command)).await;
    let result = client.text("command_result").await;
    let tick = result["tick"].as_u64().expect("a tick");
    assert_ne!(tick % 60, 0, "it was applied when the turn ended");
}
