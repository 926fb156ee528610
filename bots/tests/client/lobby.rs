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
            assert_eq!(peer.hear().await, json!({"action": "sync"}));
            talk(index, peer).await;
        })
    })
    .await;
    let lobby = Client::with_token(&fake.url, "t")
        .expect("an address")
        .lobby();
    (fake, lobby)
}

/// The positions heard, up to and with the one that ends the test.
async fn positions(lobby: &mut Lobby, last: u64) -> Vec<u64> {
    let mut heard = Vec::new();
    while heard.last() != Some(&last) {
        if let LobbyMessage::Queued { position, .. } = soon(lobby.next()).await.expect("a message")
        {
            heard.push(position);
        }
    }
    heard
}

#[tokio::test]
async fn a_repeated_message_is_heard_once() {
    let (_fake, mut lobby) = lobby(|_, mut peer| async move {
        for (seq, position) in [(10, 1), (11, 2), (10, 1), (11, 2), (9, 7), (12, 3)] {
            peer.say(queued(seq, position)).await;
        }
        peer.hear().await;
    })
    .await;
    assert_eq!(positions(&mut lobby, 3).await, [1, 2, 3]);
}

#[tokio::test]
async fn after_a_lost_connection_nothing_is_missed_or_repeated() {
    let (_fake, mut lobby) = lobby(|index, mut peer| async move {
        if index == 0 {
            peer.say(state("queued")).await;
            peer.say(queued(10, 1)).await;
            return peer.close(1001).await;
        }
        peer.say(state("seated")).await;
        peer.say(queued(10, 1)).await;
        peer.say(queued(11, 2)).await;
        peer.hear().await;
    })
    .await;
    let mut heard = Vec::new();
    while heard.len() < 4 {
        heard.push(match soon(lobby.next()).await.expect("a message") {
            LobbyMessage::State(me) => format!("{:?}", me.status),
            LobbyMessage::Queued { position, .. } => position.to_string(),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(heard, ["Queued", "1", "Seated", "2"]);
}

#[tokio::test]
async fn what_is_unknown_does_no_harm() {
    let (_fake, mut lobby) = lobby(|_, mut peer| async move {
        peer.say(json!({"type": "invented_later", "seq": 1, "x": [1]}))
            .await;
        peer.say(json!(["no", "message"])).await;
        peer.say(json!({"type": "queued", "seq": 2, "position": "no number"}))
            .await;
        peer.say(queued(3, 5)).await;
        peer.hear().await;
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
        peer.say(state("out")).await;
        assert_eq!(peer.hear().await, json!({"action": "sync"}));
        peer.say(state("queued")).await;
        peer.hear().await;
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
async fn the_socket_that_was_superseded_stays_away() {
    let (_fake, mut lobby) = lobby(|index, mut peer| async move {
        assert_eq!(index, 0, "it came back");
        peer.say(json!({"type": "removed", "seq": 1, "reason": "superseded"}))
            .await;
        peer.hear().await;
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
