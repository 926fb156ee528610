//! Rooms that sleep until there is something to do.

use std::mem;

use relay::GameServer;
use serde_json::{Value, json};

use crate::support::{Client, GAMES, World, healthy, until};

const TICKS: &str = "skirmish_ticks_total";

/// A relay with one worker, whose second pool plays `turns` with turns of this many seconds.
async fn start(turn_seconds: u32) -> World {
    World::start_with("{}", |config| {
        let main = json!({"seats_min": 3, "seats_max": 3, "settings": {"match_seconds": 3}});
        let settings = json!({"turn_seconds": turn_seconds});
        let turns = json!({"seats_min": 3, "seats_max": 3, "game": "turns", "settings": settings});
        config.pools = json!({"main": main, "turns": turns}).to_string();
        config.workers = Some(1);
    })
    .await
}

fn command(id: u32, name: &str) -> String {
    json!({"type": "command", "id": id, "name": name}).to_string()
}

fn has_begun(snapshot: &Value) -> bool {
    snapshot["tick"].as_u64() > Some(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_room_costs_no_step_while_another_room_plays_a_match() {
    let world = start(600).await;
    let (seated, mut turns) = world.play_three_in("turns").await;
    let welcome = turns[0].next("welcome").await;
    let rates = json!({"tick_hz": 60, "snapshot_hz": 0});
    assert_eq!(welcome["rates"], rates);
    turns[0].find("snapshot", has_begun).await;
    let before = world.metric(TICKS).await;
    let (_, mut fast) = world.play_three_in("main").await;
    fast[0].next("over").await;
    let stepped = world.metric(TICKS).await - before;
    // 180 of the arena, and one or two more for the players of the other room who came late.
    assert!((180.0..190.0).contains(&stepped), "{stepped} steps");
    // The lobby expects no checkpoint for two minutes, and then waits as long as for every match.
    let member = format!("room:{}", seated[0].room);
    let deadline = world
        .redis
        .command(&["zscore", "{turns}:deadlines", &member]);
    let clock = world.redis.command(&["time"]);
    let seconds = |text: &str| text.lines().next()?.parse::<f64>().ok();
    let deadline_s = seconds(&deadline).expect("a deadline") / 1_000.0;
    let left_s = deadline_s - seconds(&clock).expect("a time");
    assert!((120.0..=150.0).contains(&left_s), "{left_s} s");
    // And it still answers.
    turns[1].send(&command(1, "move")).await;
    let result = turns[1].next("command_result").await;
    assert_eq!(result["status"], "applied", "{result}");
    // The time of the match has passed meanwhile: the arena's, at least.
    assert!(result["tick"].as_u64() >= Some(180), "{result}");
    let moved = |shown: &Value| shown["match"]["turn"] == 1;
    let shown = turns[2].find("snapshot", moved).await;
    assert_eq!(shown["tick"], result["tick"]);
    turns[1].send(&command(2, "resign")).await;
    let result = turns[1].next("command_result").await;
    assert_eq!(result["reason"], "no_reason", "{result}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_room_wakes_when_its_timer_ends_and_when_its_match_does() {
    let world = start(1).await;
    let (seated, mut turns) = world.play_three_in("turns").await;
    let later = |shown: &Value| shown["match"]["turn"].as_u64() >= Some(2);
    let shown = turns[0].find("snapshot", later).await;
    assert_eq!(shown["tick"], 120, "{shown}");
    turns[0].send(&command(1, "end")).await;
    turns[1].next("over").await;
    let replay = world.replay(&seated[0]).await.expect("a replay");
    world
        .until_metric("skirmish_replays_verified_total", 1.0)
        .await;
    assert!(world.metric("skirmish_hash_mismatches_total").await < 0.5);
    assert!(replay.len() < 2_000, "{} bytes", replay.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_who_leaves_wakes_the_room_and_the_others_see_it() {
    let world = start(600).await;
    let (seated, mut turns) = world.play_three_in("turns").await;
    turns[0].find("snapshot", has_begun).await;
    drop(turns.remove(2));
    let player = seated[2].player.clone();
    let is_away = move |shown: &Value| shown["players"][&player]["online"] == false;
    turns[0].find("snapshot", is_away).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_room_is_handed_over_and_answers_an_earlier_command_again() {
    let world = start(600).await;
    let (_, mut turns) = world.play_three_in("turns").await;
    turns[0].find("snapshot", has_begun).await;
    turns[0].send(&command(1, "move")).await;
    let result = turns[0].next("command_result").await;
    assert_eq!(result["status"], "applied");
    let mut config = world.config();
    "relay-2".clone_into(&mut config.relay_id);
    r#"{"main":{},"turns":{"game":"turns"}}"#.clone_into(&mut config.pools);
    let second = GameServer::start(GAMES, config)
        .await
        .expect("a second server");
    healthy(second.address()).await;
    let mut client = turns.remove(0);
    let (moved, ()) = tokio::join!(client.next("moved"), world.server.shutdown());
    let text = |name: &str| moved[name].as_str().expect(name).to_owned();
    let mut again = Client::open(&text("url"), &text("ticket"))
        .await
        .expect("admitted");
    // The room waits a second for the others. Then a command of before is answered again.
    let later = |shown: &Value| shown["tick"].as_u64() > result["tick"].as_u64();
    let shown = again.find("snapshot", later).await;
    assert_eq!(shown["match"]["turn"], 1);
    again.send(&command(1, "move")).await;
    assert_eq!(again.next("command_result").await, result);
    again.send(&command(2, "move")).await;
    let next = again.next("command_result").await;
    assert!(next["tick"].as_u64() > result["tick"].as_u64(), "{next}");
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_room_of_a_dead_relay_is_resumed_where_it_slept() {
    let pools = r#"{"main": {"seats_min": 3, "seats_max": 3, "game": "turns"}}"#;
    let mut world = World::start_with("{}", |config| pools.clone_into(&mut config.pools)).await;
    let (seated, mut turns) = world.play_three().await;
    turns[0].find("snapshot", has_begun).await;
    turns[0].send(&command(1, "move")).await;
    let result = turns[0].next("command_result").await;
    let mut config = world.config();
    "relay-2".clone_into(&mut config.relay_id);
    pools.clone_into(&mut config.pools);
    let second = GameServer::start(GAMES, config)
        .await
        .expect("a second server");
    healthy(second.address()).await;
    // Nothing is handed over: the lease of the first one runs out.
    drop(mem::replace(&mut world.server, second));
    let moved = world.moved(&seated[0], "relay-2").await;
    let mut again = world.open(&moved).await;
    let later = |shown: &Value| shown["tick"].as_u64() >= result["tick"].as_u64();
    let shown = again.find("snapshot", later).await;
    assert_eq!(shown["match"]["turn"], 1, "{shown}");
    again.send(&command(2, "move")).await;
    let next = again.next("command_result").await;
    assert_eq!(next["status"], "applied", "{next}");
    assert!(world.metric("skirmish_hash_mismatches_total").await < 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_commands_ends_its_connection_and_no_turn_of_the_others() {
    let world = start(600).await;
    let (_, mut turns) = world.play_three_in("turns").await;
    turns[0].find("snapshot", has_begun).await;
    let mut hostile = turns.remove(1);
    let before = world.metric(TICKS).await;
    for id in 0..2_000 {
        hostile.send(&command(id, "resign")).await;
    }
    assert_eq!(hostile.closed().await, 4011);
    let steps = world.metric(TICKS).await - before;
    // A step takes up to 16 commands, and 20 a second are accepted, after a burst.
    assert!(steps < 60.0, "{steps} steps");
    turns[0].send(&command(1, "move")).await;
    let result = turns[0].next("command_result").await;
    assert_eq!(result["status"], "applied", "{result}");
    let is_awake = until("the other player's snapshot", async || {
        let shown = turns[0].next("snapshot").await;
        (shown["match"]["turn"] == 1).then_some(true)
    });
    assert!(is_awake.await);
}
