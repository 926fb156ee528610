//! A player with the binary subprotocol `skirmish.v1`: binary frames and text frames.

use std::collections::BTreeMap;

use arena::Arena;
use futures_util::{SinkExt, StreamExt};
use game::{InputFields as _, Pad, View};
use protocol::binary::{
    FrameKind, InputBatch, Layout, SnapshotHeader, decode_snapshot, encode_input,
};
use protocol::{ServerMessage, decode_server};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::{Seated, World, soon};

/// A client that keeps the snapshots that it received.
struct Player {
    socket: WebSocketStream<TcpStream>,
    known: BTreeMap<u32, View>,
}

impl Player {
    async fn open(seated: &Seated) -> Self {
        let url = format!("{}?ticket={}", seated.game.url, seated.game.ticket);
        let mut request = url.into_client_request().expect("a url");
        let offered = "skirmish.json.v1, skirmish.v1".parse().expect("names");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", offered);
        let address = request.uri().authority().expect("a host").to_string();
        let stream = TcpStream::connect(address).await.expect("it listens");
        let (socket, answer) = soon("a handshake", client_async(request, stream))
            .await
            .expect("admitted");
        assert_eq!(answer.headers()["sec-websocket-protocol"], "skirmish.v1");
        Self {
            socket,
            known: BTreeMap::new(),
        }
    }

    async fn next(&mut self) -> Message {
        let message = soon("a message", self.socket.next()).await;
        message.expect("the connection is there").expect("a frame")
    }

    /// The next snapshot, decoded with those before it.
    async fn snapshot(&mut self) -> SnapshotHeader {
        loop {
            let Message::Binary(frame) = self.next().await else {
                continue;
            };
            if !matches!(
                FrameKind::of(&frame),
                Ok(FrameKind::Full | FrameKind::Delta)
            ) {
                continue;
            }
            let mut view = View::default();
            let find = |tick| self.known.get(&tick);
            let header = decode_snapshot(Layout::of::<Arena>(), &frame, find, &mut view);
            self.known.insert(view.tick, view);
            return header.expect("a snapshot");
        }
    }

    async fn text(&mut self) -> ServerMessage {
        loop {
            if let Message::Text(text) = self.next().await {
                return decode_server(text.as_bytes()).expect("a message");
            }
        }
    }

    async fn send(&mut self, message: Message) {
        self.socket.send(message).await.expect("sent");
    }
}

/// A player with the binary subprotocol and two with JSON.
async fn play_among_others() -> (World, Player, Vec<crate::support::Client>) {
    let world = World::start("{}").await;
    let seated = world.seat_three().await;
    let mut others = Vec::new();
    for one in &seated[1..] {
        others.push(world.open(one).await);
    }
    let player = Player::open(&seated[0]).await;
    (world, player, others)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inputs_and_snapshots_travel_as_bits() {
    let (_world, mut player, _others) = play_among_others().await;
    let ServerMessage::Welcome(welcome) = player.text().await else {
        panic!("welcome comes first")
    };
    assert_eq!(welcome.rates.snapshot_hz, 60);
    let first = player.snapshot().await;
    assert_eq!(first.baseline, None);
    let mut header = first;
    while header.ack.is_none() {
        let input = Pad {
            aim: 700,
            ..Pad::default()
        };
        let stamp = header.tick + 10;
        let batch =
            InputBatch::new(stamp, &[input.into(); 4], Some(header.tick), 0).expect("inputs");
        let mut frame = Vec::new();
        encode_input(Pad::SCHEMA, &batch, &mut frame);
        player.send(Message::binary(frame)).await;
        let next = player.snapshot().await;
        assert_eq!(next.baseline, Some(header.tick), "built on the last one");
        header = next;
    }
    let view = &player.known[&header.tick];
    let own = game::Seat::new(welcome.seat.into()).and_then(|seat| view.seat(seat));
    assert_eq!(own.expect("the own seat")[2], 700);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_players_message_reaches_every_player() {
    let (_world, mut player, mut others) = play_among_others().await;
    let wave = r#"{"type":"message","name":"wave","payload":[1]}"#;
    player.send(Message::text(wave)).await;
    for other in &mut others {
        let heard = other.next("message").await;
        assert_eq!(
            (&heard["name"], &heard["payload"][0]),
            (&"wave".into(), &1.into())
        );
    }
    loop {
        if let ServerMessage::Message(heard) = player.text().await {
            assert_eq!(heard.name, "wave");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_bits_end_the_connection() {
    let (_world, mut player, _others) = play_among_others().await;
    player.send(Message::binary(vec![0xff; 9])).await;
    loop {
        if let Message::Close(close) = player.next().await {
            let close = close.expect("a code");
            assert_eq!(
                (u16::from(close.code), close.reason.as_str()),
                (4010, "unknown kind of frame")
            );
            return;
        }
    }
}
