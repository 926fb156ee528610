//! Drain: a stopping server's matches continue on another server, or wait for it to restart.

use std::time::Duration;

use relay::GameServer;
use serde_json::Value;
use tokio::time::timeout;

use crate::support::{Client, GAMES, Seated, World, check_replay, soon};

const SETTINGS: &str = r#"{"match_seconds":4}"#;
/// A frozen room sends no snapshot for this long.
const SILENCE: Duration = Duration::from_millis(500);

/// A second server, which the lobby prefers.
async fn second(world: &World, settings: &str) -> GameServer {
    let mut config = world.config();
    "relay-2".clone_into(&mut config.relay_id);
    config.capacity = 100;
    settings.clone_into(&mut config.settings);
    let server = GameServer::start(GAMES, config)
        .await
        .expect("a second server");
    crate::support::healthy(server.address()).await;
    server
}

async fn play(world: &World, relay: &str) -> (Vec<Seated>, Vec<Client>) {
    let (seated, mut clients) = world.play_three().await;
    assert_eq!(seated[0].game.relay, relay);
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(60))
        .await;
    (seated, clients)
}

/// The newest tick that a snapshot showed, and the `moved` message.
async fn be_moved(mut client: Client) -> (u64, Value) {
    let mut shown = 0;
    let moved = loop {
        let message = client.any().await;
        match message["type"].as_str() {
            Some("snapshot") => shown = message["tick"].as_u64().expect("a tick"),
            Some("moved") => break message,
            _ => {}
        }
    };
    assert_eq!(client.closed().await, 4003);
    (shown, moved)
}

async fn come_back(url: &str, ticket: &str, shown: u64) -> Client {
    let mut client = Client::open(url, ticket).await.expect("admitted");
    let welcome = client.next("welcome").await;
    assert!(welcome["tick"].as_u64() >= Some(shown), "{welcome} {shown}");
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_player_gets_the_new_address_at_their_own_origin() {
    let world = World::start_with(SETTINGS, |config| config.public_url = None).await;
    let leaving = second(&world, SETTINGS).await;
    let host = leaving.address();
    let (_, clients) = play(&world, "relay-2").await;
    let stopping = tokio::spawn(leaving.shutdown());
    for client in clients {
        let (_, moved) = be_moved(client).await;
        assert_eq!(moved["url"], format!("ws://{host}/game/relay-1"));
        assert_eq!(moved["path"], "/game/relay-1");
    }
    soon("the end", stopping).await.expect("no panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_server_hands_its_matches_over_without_a_lost_tick() {
    let world = World::start(SETTINGS).await;
    let leaving = second(&world, SETTINGS).await;
    let (seated, clients) = play(&world, "relay-2").await;
    let stopping = tokio::spawn(leaving.shutdown());
    let mut back = Vec::new();
    for client in clients {
        let (shown, moved) = be_moved(client).await;
        assert_eq!(moved["epoch"], seated[0].game.epoch + 1);
        let text = |name: &str| moved[name].as_str().expect("a text").to_owned();
        back.push(come_back(&text("url"), &text("ticket"), shown).await);
    }
    soon("the end", stopping).await.expect("no panic");
    let mut over = Value::Null;
    for mut client in back {
        over = client.next("over").await;
        assert_eq!(client.closed().await, 4000);
    }
    check_replay(&world, &seated[0], &over).await;
    assert!((world.metric("skirmish_rooms_resumed_total").await - 1.0).abs() < 0.5);
    // The last checkpoint had them all.
    assert!(world.metric("skirmish_resumed_ticks").await < 0.5);
    let relays = world.redis.command(&["zrange", "relays", "0", "-1"]);
    assert_eq!(relays.trim(), "relay-1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_matches_are_handed_over_concurrently() {
    let world = World::start_with(SETTINGS, |config| config.capacity = 50).await;
    let leaving = second(&world, "{}").await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        clients.push(world.play_three().await.1.remove(0));
    }
    clients[39]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    let stopping = tokio::spawn(leaving.shutdown());
    let moved = futures_util::future::join_all(clients.into_iter().map(be_moved)).await;
    assert_eq!(moved.len(), 40);
    soon("the end", stopping).await.expect("no panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn last_checkpoints_are_written_behind_those_in_flight() {
    let world = World::start_with(SETTINGS, |config| config.capacity = 50).await;
    let leaving = second(&world, "{}").await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(world.play_three().await.1.remove(0));
    }
    clients[5]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    world.redis.pause();
    let stopping = tokio::spawn(leaving.shutdown());
    // The rooms freeze when the renewal of the lease gets no answer for a second. By then most of
    // them wait for the answer to a checkpoint.
    while timeout(SILENCE, clients[5].next("snapshot")).await.is_ok() {}
    world.redis.resume();
    let moved = futures_util::future::join_all(clients.into_iter().map(be_moved)).await;
    soon("the end", stopping).await.expect("no panic");
    for (shown, moved) in moved {
        let text = |name: &str| moved[name].as_str().expect("a text").to_owned();
        come_back(&text("url"), &text("ticket"), shown).await;
    }
    assert!((world.metric("skirmish_rooms_resumed_total").await - 6.0).abs() < 0.5);
    // The last checkpoints had every tick.
    assert!(world.metric("skirmish_resumed_ticks").await < 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_alone_finds_its_matches_again() {
    let mut world = World::start(SETTINGS).await;
    let (seated, clients) = play(&world, "relay-1").await;
    let again = world.config();
    soon("the end", world.server.shutdown()).await;
    let mut shown = Vec::new();
    for client in clients {
        let (tick, code) = client.last_shown().await;
        assert_eq!(code, Some(1012));
        shown.push(tick);
    }
    world.server = GameServer::start(GAMES, again)
        .await
        .expect("it starts again");
    let mut over = Value::Null;
    let mut back = Vec::new();
    for (one, shown) in seated.iter().zip(shown) {
        let now = world.moved(one, "relay-1").await;
        back.push(come_back(&now.game.url, &now.game.ticket, shown).await);
    }
    for mut client in back {
        over = client.next("over").await;
    }
    check_replay(&world, &seated[0], &over).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_that_just_ended_is_still_counted() {
    let world = World::start(r#"{"match_seconds":1}"#).await;
    let (seated, mut clients) = world.play_three().await;
    clients[0].next("over").await;
    soon("the end", world.server.shutdown()).await;
    for client in clients {
        assert_eq!(client.closed().await, 4000);
    }
    let ranks = world.lobby.leaderboard.of_room(&seated[0].room).await;
    assert!(ranks.expect("an answer").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once() {
    let world = World::start(SETTINGS).await;
    let (process, address) = world.process(SETTINGS).await;
    play(&world, "relay-2").await;
    // Without Redis it would wait for ten minutes, its `STOP_MS`.
    world.redis.pause();
    process.signal("-TERM");
    crate::support::until("it stops", async || {
        let health = crate::support::get(address, "/healthz").await;
        (health.status == 503).then_some(())
    })
    .await;
    process.signal("-TERM");
    assert!(process.end().await.status.success());
    world.redis.resume();
}
