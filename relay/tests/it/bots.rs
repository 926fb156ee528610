//! Bots that a relay plays: in empty seats, for players who are away, and until a late player comes.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::late::{check, join, join_late};
use crate::support::{Client, Seated, World, check_replay, until};

const ARENA: &str = r#"{"main":{"seats_max":4,"bots":{"fill_to":4}}}"#;
const SWARM: &str = r#"{"main":{"seats_min":2,"seats_max":4,"late":{"until_s":60},"bots":{"fill_to":3,"after_ms":0,"replace_after_ms":1000}}}"#;
const SETTINGS: &str = r#"{"match_seconds":6}"#;

async fn start(game: &str, pools: &str, settings: &str) -> World {
    World::start_with(settings, |config| {
        config.game = Some(game.to_owned());
        pools.clone_into(&mut config.pools);
    })
    .await
}

/// A player alone, once their match with bots has started.
async fn lonely(world: &World) -> Seated {
    let player = join(world, "ada").await;
    let pool = world.lobby.pool("main").expect("a pool");
    pool.assign().await.expect("assigned");
    until("the match starts", async || {
        let expired = pool.deadlines.expire(10).await.expect("expired");
        (expired.rooms > 0).then_some(())
    })
    .await;
    world.ticket(&player).await
}

/// The ids of the bots.
fn bots(welcome: &Value) -> Vec<String> {
    let players = welcome["players"].as_array().expect("players").iter();
    players
        .filter(|player| player["bot"] == true)
        .map(|player| player["player_id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Waits until each of these players is somewhere else.
async fn until_moved(client: &mut Client, players: &[String]) {
    let first = client.next("snapshot").await;
    for player in players {
        client
            .find("snapshot", |snapshot| {
                let [before, now] = [&first, snapshot].map(|of| &of["players"][player]);
                before["x"] != now["x"] || before["y"] != now["y"]
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_alone_plays_with_bots_after_three_seconds_also_when_the_relay_is_killed() {
    let world = start("arena", ARENA, SETTINGS).await;
    let (process, _) = world
        .process_with(&[("POOLS", ARENA), ("SETTINGS", SETTINGS)])
        .await;
    let joined = Instant::now();
    let seated = lonely(&world).await;
    assert!(joined.elapsed() >= Duration::from_secs(3));
    assert_eq!(seated.game.relay, "relay-2");
    let mut client = world.open(&seated).await;
    let welcome = client.next("welcome").await;
    let expected = bots(&welcome);
    assert_eq!((expected.len(), &welcome["seat"]), (3, &Value::from(0)));
    until_moved(&mut client, &expected).await;
    client
        .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(150))
        .await;
    process.signal("-KILL");
    process.end().await;
    let shown = client.last_shown().await.0.max(150);

    let now = world.moved(&seated, "relay-1").await;
    let mut client = world.open(&now).await;
    let welcome = client.next("welcome").await;
    assert_eq!(bots(&welcome), expected);
    let tick = welcome["tick"].as_u64().expect("a tick");
    assert!(tick + 2 >= shown, "{tick} after {shown}");
    until_moved(&mut client, &expected).await;
    check(&world).await;
    let over = client.next("over").await;
    assert_eq!(over["scores"].as_array().map(Vec::len), Some(4));
    check_replay(&world, &seated, &over).await;
    let board = world.lobby.leaderboard.of_pool("main", 10).await;
    let board = board.expect("a leaderboard");
    assert!(board.iter().all(|rank| rank.player_id == seated.player));
    check(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_player_takes_the_seat_of_a_bot() {
    let world = start("swarm", SWARM, "{}").await;
    let seated = lonely(&world).await;
    let mut client = world.open(&seated).await;
    assert_eq!(bots(&client.next("welcome").await).len(), 2);
    let late = join_late(&world, "bea", &seated.room).await;
    let mut other = world.open(&late).await;
    let welcome = other.next("welcome").await;
    assert_eq!((&welcome["seat"], bots(&welcome).len()), (&1.into(), 1));
    let joined = client.next("joined").await;
    assert_eq!(joined["player_id"], late.player);
    assert_eq!((&joined["seat"], &joined["bot"]), (&1.into(), &Value::Null));
    until_moved(&mut client, &bots(&welcome)).await;
    check(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_player_has_the_seat_of_a_bot_after_the_relay_was_killed_before_it_knew() {
    let world = start("swarm", SWARM, "{}").await;
    let (process, _) = world
        .process_with(&[("POOLS", SWARM), ("GAME", "swarm")])
        .await;
    let seated = lonely(&world).await;
    let mut client = world.open(&seated).await;
    client.next("snapshot").await;
    let late = join_late(&world, "bea", &seated.room).await;
    process.signal("-KILL");
    let now = world.moved(&late, "relay-1").await;
    let mut other = world.open(&now).await;
    let welcome = other.next("welcome").await;
    assert_eq!((&welcome["seat"], bots(&welcome).len()), (&1.into(), 1));
    let _client = world.open(&world.ticket(&seated.player).await).await;
    until_moved(&mut other, &bots(&welcome)).await;
    check(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_plays_for_a_player_who_is_away_until_they_are_back() {
    let world = start("swarm", SWARM, "{}").await;
    let seated = lonely(&world).await;
    let mut client = world.open(&seated).await;
    let late = join_late(&world, "bea", &seated.room).await;
    drop(world.open(&late).await);
    let online = |snapshot: &Value| snapshot["players"][&late.player]["online"].clone();
    client
        .find("snapshot", |shown| online(shown) == false)
        .await;
    client.find("snapshot", |shown| online(shown) == true).await;
    until_moved(&mut client, std::slice::from_ref(&late.player)).await;
    let mut again = world.open(&world.ticket(&late.player).await).await;
    assert_eq!(again.next("welcome").await["seat"], 1);
    check(&world).await;
}
