//! The game socket: inputs out, snapshots in, and the match found again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bots::{Client, CommandMessage, Error, GameTicket, Match, MatchEvent};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::fake::{Fake, Peer, Reply, Request};
use crate::soon;

const PROTOCOL: &str = "skirmish.v1";

/// A frame that a client of this level only carries.
const FRAME: [u8; 3] = [0x40, 1, 2];

fn welcome() -> Value {
    json!({
        "type": "welcome", "seat": 1, "player_id": "p", "tick": 5, "rates": {"tick_hz": 60, "snapshot_hz": 60},
        "room_id": "main.1", "epoch": 1, "game": "arena", "arena": {"width": 824, "settings": {}}, "players": [],
    })
}

fn over() -> Value {
    json!({"type": "over", "scores": [{"player_id": "p", "name": "Ada", "score": 2, "rank": 1}]})
}

/// A lobby whose `GET /lobby/me` answers with `me(n-th ask, ws base)`, and a game server whose n-th
/// socket talks.
async fn playing<F>(
    me: impl Fn(usize, &str) -> Value + Send + Sync + 'static,
    talk: impl Fn(usize, String, Peer) -> F + Send + Sync + Copy + 'static,
) -> (Fake, Match)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (asks, sockets) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let fake = Fake::start(move |request: Request| {
        if request.path == "/lobby/me" {
            let base = format!("ws://{}", request.headers["host"]);
            return Reply::json(200, me(asks.fetch_add(1, Ordering::SeqCst), &base));
        }
        assert_eq!(request.headers["sec-websocket-protocol"], PROTOCOL);
        let index = sockets.fetch_add(1, Ordering::SeqCst);
        Reply::socket(PROTOCOL, move |peer| talk(index, request.path, peer))
    })
    .await;
    let game = GameTicket {
        url: format!("{}/game/relay-1", fake.url.replacen("http", "ws", 1)),
        webtransport: None,
        ticket: "first".to_owned(),
        relay: "relay-1".to_owned(),
        epoch: 1,
    };
    let client = Client::with_token(&fake.url, "t").expect("an address");
    let game = soon(client.play(game)).await.expect("a match");
    (fake, game)
}

fn still_playing(base: &str, relay: &str, epoch: u64) -> Value {
    let game = json!({"url": format!("{base}/game/{relay}"), "ticket": "next", "relay": relay, "epoch": epoch});
    json!({"status": "playing", "room": "main.1", "game": game})
}

/// What happens until the end, in short.
async fn story(game: &mut Match) -> Vec<String> {
    let mut story = Vec::new();
    while let Some(event) = soon(game.next()).await.expect("an event") {
        story.push(match event {
            MatchEvent::Moved { relay, epoch } => format!("moved {relay} {epoch}"),
            MatchEvent::Welcome(welcome) => format!("welcome {}", welcome.seat),
            MatchEvent::Frame(frame) => format!("frame {frame:?}"),
            MatchEvent::CommandResult(result) => format!("result {}", result.id),
            MatchEvent::Refused(refused) => format!("refused {}", refused.code),
            MatchEvent::Over(over) => format!("over {}", over.scores.len()),
            MatchEvent::Ended { reason } => format!("ended {reason:?}"),
        });
    }
    story
}

#[tokio::test]
async fn a_match_from_welcome_to_over() {
    let (_fake, mut game) = playing(
        |_, _| json!({"status": "out"}),
        |_, path, mut peer| async move {
            assert_eq!(path, "/game/relay-1?ticket=first");
            peer.send(welcome()).await;
            peer.say_bits(&FRAME).await;
            assert_eq!(peer.receive_bits().await, [0x20, 9]);
            peer.send(json!({"type": "error", "code": 4011, "message": "no"}))
                .await;
            peer.send(over()).await;
            peer.close(4000).await;
        },
    )
    .await;
    assert!(matches!(
        soon(game.next()).await,
        Ok(Some(MatchEvent::Welcome(_)))
    ));
    assert!(matches!(
        soon(game.next()).await,
        Ok(Some(MatchEvent::Frame(_)))
    ));
    soon(game.send(vec![0x20, 9])).await.expect("sent");
    assert_eq!(story(&mut game).await, ["refused 4011", "over 1"]);
    assert_eq!(game.reconnects(), 0);
}

#[tokio::test]
async fn after_a_lost_socket_the_lobby_names_the_server() {
    let (_fake, mut game) = playing(
        |_, base| still_playing(base, "relay-2", 2),
        |index, path, mut peer| async move {
            peer.send(welcome()).await;
            if index == 0 {
                peer.say_bits(&FRAME).await;
                return;
            }
            assert_eq!(path, "/game/relay-2?ticket=next");
            peer.send(over()).await;
        },
    )
    .await;
    assert_eq!(
        story(&mut game).await,
        [
            "welcome 1",
            r#"frame b"@\x01\x02""#,
            "moved relay-2 2",
            "welcome 1",
            "over 1"
        ]
    );
    assert_eq!(game.reconnects(), 1);
}

#[tokio::test]
async fn a_command_that_is_sent_again_on_the_next_connection_has_its_result() {
    let (_fake, mut game) = playing(
        |_, base| still_playing(base, "relay-2", 2),
        |index, _, mut peer| async move {
            peer.send(welcome()).await;
            let command = json!({"type": "command", "id": 7, "name": "bet", "args": {"chips": 3}, "text": ""});
            assert_eq!(peer.receive().await, command);
            if index == 0 {
                return;
            }
            peer.send(json!({"type": "command_result", "id": 7, "status": "applied", "tick": 9}))
                .await;
            peer.send(over()).await;
        },
    )
    .await;
    let command = CommandMessage {
        id: 7,
        name: "bet".to_owned(),
        args: vec![("chips".to_owned(), 3)],
        text: String::new(),
    };
    for _ in 0..2 {
        while !matches!(soon(game.next()).await, Ok(Some(MatchEvent::Welcome(_)))) {}
        soon(game.send_command(command.clone())).await;
    }
    assert_eq!(story(&mut game).await, ["result 7", "over 1"]);
}

#[tokio::test]
async fn a_silent_server_is_left_when_the_lobby_names_another() {
    let asks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asks);
    let (_fake, mut game) = playing(
        move |ask, base| {
            counted.fetch_add(1, Ordering::SeqCst);
            still_playing(base, "relay-1", if ask == 0 { 1 } else { 2 })
        },
        |index, _, mut peer| async move {
            peer.send(welcome()).await;
            if index == 1 {
                peer.send(over()).await;
            }
            peer.receive().await;
        },
    )
    .await;
    assert_eq!(
        story(&mut game).await,
        ["welcome 1", "moved relay-1 2", "welcome 1", "over 1"]
    );
    assert_eq!(asks.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_move_is_followed_without_a_lookup() {
    let (_fake, mut game) = playing(
        |_, _| panic!("it asked"),
        |index, path, mut peer| async move {
            peer.send(welcome()).await;
            if index == 0 {
                // The address of this very server: the client came here by it.
                let moved = json!({"type": "moved", "url": peer.url("/game/relay-2"), "ticket": "moved", "epoch": 2});
                peer.send(moved).await;
                return peer.close(4003).await;
            }
            assert_eq!(path, "/game/relay-2?ticket=moved");
            peer.send(over()).await;
        },
    )
    .await;
    assert_eq!(
        story(&mut game).await,
        ["welcome 1", "moved relay-2 2", "welcome 1", "over 1"]
    );
}

#[tokio::test]
async fn a_move_on_the_lobby_socket_is_followed_at_once_and_only_once() {
    let (fake, mut game) = playing(
        |_, _| panic!("it asked"),
        |index, path, mut peer| async move {
            peer.send(welcome()).await;
            if index == 1 {
                assert_eq!(path, "/game/relay-2?ticket=pushed");
                peer.send(over()).await;
            }
            peer.receive().await;
        },
    )
    .await;
    let place = |epoch| GameTicket {
        url: format!("{}/game/relay-2", fake.url.replacen("http", "ws", 1)),
        webtransport: None,
        ticket: "pushed".to_owned(),
        relay: "relay-2".to_owned(),
        epoch,
    };
    assert!(matches!(
        soon(game.next()).await,
        Ok(Some(MatchEvent::Welcome(_)))
    ));
    assert!(game.follow("main.1", &place(1)).is_none(), "known already");
    assert!(game.follow("main.0", &place(3)).is_none(), "another match");
    assert!(game.follow("main.1", &place(2)).is_some());
    assert!(game.follow("main.1", &place(2)).is_none(), "on the way");
    assert_eq!(story(&mut game).await, ["welcome 1", "over 1"]);
}

#[tokio::test]
async fn a_match_is_over_when_the_lobby_has_the_player_in_another() {
    let (_fake, mut game) = playing(
        |_, base| {
            let mut me = still_playing(base, "relay-1", 2);
            me["room"] = "main.2".into();
            me
        },
        |_, _, mut peer| async move { peer.send(welcome()).await },
    )
    .await;
    assert_eq!(story(&mut game).await, ["welcome 1", "ended None"]);
}

#[tokio::test]
async fn a_caller_that_cancels_often_reconnects_too() {
    let (_fake, mut game) = playing(
        |_, base| still_playing(base, "relay-1", 2),
        |index, _, mut peer| async move {
            peer.send(welcome()).await;
            if index == 1 {
                peer.send(over()).await;
                peer.receive().await;
            }
        },
    )
    .await;
    let until_over = async {
        loop {
            let next = tokio::time::timeout(Duration::from_micros(100), game.next());
            if let Ok(event) = next.await
                && let Some(MatchEvent::Over(_)) = event.expect("an event")
            {
                return;
            }
        }
    };
    soon(until_over).await;
    assert_eq!(game.reconnects(), 1);
}

#[tokio::test]
async fn a_match_that_ended_in_between_has_a_reason() {
    let (_fake, mut game) = playing(
        |_, _| json!({"status": "out", "reason": "room_failed"}),
        |_, _, peer| async move { peer.close(4004).await },
    )
    .await;
    assert_eq!(story(&mut game).await, [r#"ended Some("room_failed")"#]);
}

#[tokio::test]
async fn the_last_messages_arrive_even_after_a_lookup() {
    static ASKED: Notify = Notify::const_new();
    let (_fake, mut game) = playing(
        |_, _| {
            ASKED.notify_one();
            json!({"status": "out", "reason": "match_over"})
        },
        |_, _, mut peer| async move {
            peer.send(welcome()).await;
            ASKED.notified().await;
            peer.send(over()).await;
            peer.receive().await;
        },
    )
    .await;
    assert_eq!(story(&mut game).await, ["welcome 1", "over 1"]);
}

#[tokio::test]
async fn an_invalid_message_from_the_server_is_an_error() {
    let (_fake, mut game) = playing(
        |_, _| json!({"status": "out"}),
        |_, _, mut peer| async move {
            peer.send(json!({"type": "snapshot", "tick": "soon"})).await;
            peer.receive().await;
        },
    )
    .await;
    assert!(matches!(soon(game.next()).await, Err(Error::Unexpected(_))));
}
