//! The lobby socket: each message once and in order, and reconnection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bots::{Client, Error, Lobby, LobbyMessage, Status};
use serde_json::{Value, json};

use crate::fake::{Fake, Peer, Reply};
use crate::soon;

const PROTOCOL: &str = "skirmish.lobby.v1";

fn queued(seq: u64, position: u64) -> Value {
    json!({"type": "queued", "seq": seq, "pool": "main", "position": position})
}

fn state(status: &str) -> Value {
    json!({"type": "state", "status": status})
}

/// A lobby whose n-th socket (from 0) talks like this, once it was asked to sync.
async fn lobby<F>(talk: impl Fn(usize, Peer) -> F + Send + Sync + Copy + 'static) -> (Fake, Lobby)
where
    F: Future<Output = ()> + Send + 'static,
{
    let count = Arc::new(AtomicUsize::new(0));
    let fake = Fake::start(move |request| {
        assert_eq!(request.path, "/lobby");
        assert_eq!(
            request.headers["sec-websocket-protocol"],
            "skirmish.lobby.v1, bearer.t"
        );
        let index = count.fetch_add(1, Ordering::SeqCst);
        Reply::socket(PROTOCOL, move |mut peer: Peer| async move {
            assert_eq!(peer.receive().await, json!({"action": "sync"}));
            talk(index, peer).await;
        })
    })
    .await;
    let lobby = Client::with_token(&fake.url, "t")
        .expect("an address")
        .lobby();
    (fake, lobby)
}

/// The positions received, up to and with the one that ends the test.
async fn positions(lobby: &mut Lobby, last: u64) -> Vec<u64> {
    let mut received = Vec::new();
    while received.last() != Some(&last) {
        if let LobbyMessage::Queued { position, .. } = soon(lobby.next()).await.expect("a message")
        {
            received.push(position);
        }
    }
    received
}

#[tokio::test]
async fn a_repeated_message_is_returned_once() {
    let (_fake, mut lobby) = lobby(|_, mut peer| async move {
        for (seq, position) in [(10, 1), (11, 2), (10, 1), (11, 2), (9, 7), (12, 3)] {
            peer.send(queued(seq, position)).await;
        }
        peer.receive().await;
    })
    .await;
    assert_eq!(positions(&mut lobby, 3).await, [1, 2, 3]);
}

#[tokio::test]
async fn after_a_lost_connection_nothing_is_missed_or_repeated() {
    let (_fake, mut lobby) = lobby(|index, mut peer| async move {
        if index == 0 {
            peer.send(state("queued")).await;
            peer.send(queued(10, 1)).await;
            return peer.close(1001).await;
        }
        peer.send(state("seated")).await;
        peer.send(queued(10, 1)).await;
        peer.send(queued(11, 2)).await;
        peer.receive().await;
    })
    .await;
    let mut received = Vec::new();
    while received.len() < 4 {
        received.push(match soon(lobby.next()).await.expect("a message") {
            LobbyMessage::State(me) => format!("{:?}", me.status),
            LobbyMessage::Queued { position, .. } => position.to_string(),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(received, ["Queued", "1", "Seated", "2"]);
}

#[tokio::test]
async fn unknown_messages_and_fields_are_ignored() {
    let (_fake, mut lobby) = lobby(|_, mut peer| async move {
        peer.send(json!({"type": "invented_later", "seq": 1, "x": [1]}))
            .await;
        peer.send(json!(["no", "message"])).await;
        peer.send(json!({"type": "queued", "seq": 2, "position": "no number"}))
            .await;
        peer.send(queued(3, 5)).await;
        peer.receive().await;
    })
    .await;
    assert_eq!(
        soon(lobby.next()).await.expect("a message"),
        LobbyMessage::Other
    );
    assert_eq!(positions(&mut lobby, 5).await, [5]);
}

#[tokio::test]
async fn a_sync_on_demand_is_answered() {
    let (_fake, mut lobby) = lobby(|_, mut peer| async move {
        peer.send(state("out")).await;
        assert_eq!(peer.receive().await, json!({"action": "sync"}));
        peer.send(state("queued")).await;
        peer.receive().await;
    })
    .await;
    for expected in [Status::Out, Status::Queued] {
        let message = soon(lobby.next()).await.expect("a message");
        assert!(
            matches!(&message, LobbyMessage::State(me) if me.status == expected),
            "{message:?}"
        );
        lobby.sync();
    }
}

#[tokio::test]
async fn a_superseded_socket_does_not_reconnect() {
    let (_fake, mut lobby) = lobby(|index, mut peer| async move {
        assert_eq!(index, 0, "it came back");
        peer.send(json!({"type": "removed", "seq": 1, "reason": "superseded"}))
            .await;
        peer.receive().await;
    })
    .await;
    assert!(matches!(soon(lobby.next()).await, Err(Error::Superseded)));
    assert!(matches!(soon(lobby.next()).await, Err(Error::Superseded)));
}

#[tokio::test]
async fn a_refused_token_ends_it_and_a_busy_lobby_does_not() {
    let count = AtomicUsize::new(0);
    let fake = Fake::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::problem(503, "unavailable", json!({})),
        _ => Reply::problem(401, "unauthorized", json!({})),
    })
    .await;
    let mut lobby = Client::with_token(&fake.url, "t")
        .expect("an address")
        .lobby();
    assert!(
        soon(lobby.next())
            .await
            .expect_err("refused")
            .is_unauthorized()
    );
}
