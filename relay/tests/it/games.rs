//! Pools of different games on one relay.

use std::time::{Duration, Instant};

use protocol::replay::ReplayHeader;
use relay::GameServer;
use serde_json::{Value, json};

use crate::support::{Client, GAMES, World, check_replay, healthy, until};

/// The arena, with the settings of the relay, beside another game, with settings of its own.
const POOLS: &str = r#"{
    "main": {"seats_min": 3, "seats_max": 3},
    "other": {"seats_min": 3, "seats_max": 3, "game": "fragile", "settings": {"match_seconds": 6}}
}"#;
const SETTINGS: &str = r#"{"match_seconds":3}"#;
/// Breaks the game `fragile`.
const UP: &str = r#"{"type":"input","move":[0,0],"aim":-1.5707963,"fire":true}"#;

/// A relay with one worker.
async fn start() -> World {
    World::start_with(SETTINGS, |config| {
        POOLS.clone_into(&mut config.pools);
        config.workers = Some(1);
    })
    .await
}

/// The game and its match time in a new player's `welcome`.
async fn played(client: &mut Client) -> Value {
    let welcome = client.next("welcome").await;
    json!([
        welcome["game"],
        welcome["arena"]["settings"]["match_seconds"]
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_game_that_panics_ends_its_room_and_no_tick_of_a_room_of_another_game_is_missing() {
    let world = start().await;
    let (seated, mut fine) = world.play_three_in("main").await;
    let (failed, mut doomed) = world.play_three_in("other").await;
    assert_eq!(played(&mut fine[0]).await, json!(["arena", 3]));
    assert_eq!(played(&mut doomed[0]).await, json!(["fragile", 6]));
    let is_running = |snapshot: &Value| snapshot["tick"] != 0;
    fine[1].find("snapshot", is_running).await;
    doomed[1].find("snapshot", is_running).await;
    doomed[0].send(UP).await;
    for client in doomed {
        assert_eq!(client.closed().await, 4004);
    }
    let reason = until("the room is gone", async || {
        let me = world.lobby.players.me(&failed[1].player).await;
        me.expect("an answer").reason
    });
    assert_eq!(reason.await, "room_failed");
    let over = fine[0].next("over").await;
    let replay = check_replay(&world, &seated[0], &over).await;
    assert!(replay.ticks() >= 3 * 60, "{}", replay.ticks());
    assert!((world.metric("skirmish_room_panics_total").await - 1.0).abs() < 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_of_60_and_of_20_hz_share_a_worker_and_each_keeps_its_rate() {
    let world = World::start_with("{}", |config| {
        POOLS
            .replace("\"fragile\"", "\"steady\"")
            .clone_into(&mut config.pools);
        config.workers = Some(1);
    })
    .await;
    let (_, mut fast) = world.play_three_in("main").await;
    let (seated, mut steady) = world.play_three_in("other").await;
    assert_eq!(fast[0].next("welcome").await["rates"]["tick_hz"], 60);
    let welcome = steady[0].next("welcome").await;
    let rates = json!({"tick_hz": 20, "snapshot_hz": 20});
    assert_eq!(
        (&welcome["game"], &welcome["rates"]),
        (&json!("steady"), &rates)
    );
    let at = |snapshot: &Value, tick: u64| snapshot["tick"].as_u64() >= Some(tick);
    fast[0].find("snapshot", |shown| at(shown, 1)).await;
    steady[0].find("snapshot", |shown| at(shown, 1)).await;
    let began = Instant::now();
    steady[0].find("snapshot", |shown| at(shown, 41)).await;
    let slow = began.elapsed();
    let shown = fast[0].find("snapshot", |shown| at(shown, 121)).await;
    assert!(at(&shown, 121), "{shown}");
    // 40 ticks are two seconds. A busy machine takes longer, and never less.
    assert!(slow > Duration::from_millis(1_800), "{slow:?}");
    steady[0].next("over").await;
    let replay = world.replay(&seated[0]).await.expect("a replay");
    let (_, records) = ReplayHeader::split(&replay).expect("a header");
    let ticks = protocol::record::prefixed(records).count();
    assert_eq!(ticks, 6 * 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_a_game_that_is_not_the_relays_default_is_verified() {
    let world = World::start_with("{}", |config| {
        POOLS
            .replace("\"match_seconds\": 6", "\"match_seconds\": 1")
            .clone_into(&mut config.pools);
    })
    .await;
    let (seated, mut clients) = world.play_three_in("other").await;
    clients[0].next("over").await;
    world
        .until_metric("skirmish_replays_verified_total", 1.0)
        .await;
    assert!(world.metric("skirmish_hash_mismatches_total").await < 0.5);
    let bytes = world.replay(&seated[0]).await.expect("a replay");
    let (header, _) = ReplayHeader::split(&bytes).expect("a header");
    assert_eq!(
        (header.pool.as_str(), header.game.as_str()),
        ("other", "fragile")
    );
    assert_eq!(header.settings["match_seconds"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_continues_with_the_game_and_the_settings_that_it_began_with() {
    let world = start().await;
    let (_, mut clients) = world.play_three_in("other").await;
    assert_eq!(played(&mut clients[0]).await, json!(["fragile", 6]));
    let is_running = |snapshot: &Value| snapshot["tick"].as_u64() > Some(30);
    clients[0].find("snapshot", is_running).await;
    let mut config = world.config();
    "relay-2".clone_into(&mut config.relay_id);
    r#"{"main":{},"other":{}}"#.clone_into(&mut config.pools);
    let second = GameServer::start(GAMES, config)
        .await
        .expect("a second server");
    healthy(second.address()).await;
    let mut client = clients.remove(0);
    let (moved, ()) = tokio::join!(client.next("moved"), world.server.shutdown());
    let text = |name: &str| moved[name].as_str().expect(name).to_owned();
    let mut again = Client::open(&text("url"), &text("ticket"))
        .await
        .expect("admitted");
    assert_eq!(played(&mut again).await, json!(["fragile", 6]));
    second.shutdown().await;
}
