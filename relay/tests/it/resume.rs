//! A server is killed during a match: another server, or the same one restarted, continues it.

use serde_json::Value;

use crate::support::{Client, Process, Seated, World, check_replay};

const SETTINGS: &str = r#"{"match_seconds":6}"#;
const INPUT: &str = r#"{"type":"input","move":[0,1],"aim":0.5,"fire":true}"#;
/// How many ticks that a snapshot showed may be lost.
const LOST_TICKS_MAX: u64 = 2;

/// Three players in a match after its second checkpoint, which is after two seconds.
async fn play(world: &World) -> (Vec<Seated>, Vec<Client>) {
    let (seated, mut clients) = world.play_three().await;
    assert_eq!(seated[0].game.relay, "relay-2");
    let mut tick = 0;
    while tick < 150 {
        let snapshot = clients[0].next("snapshot").await;
        tick = snapshot["tick"].as_u64().expect("a tick");
        clients[0].send(INPUT).await;
    }
    (seated, clients)
}

async fn last_shown(clients: Vec<Client>) -> u64 {
    let mut newest = 0;
    for client in clients {
        newest = newest.max(client.last_shown().await.0);
    }
    newest
}

/// All three players connect again. The match is played to its end, and its result counts once.
async fn play_on(world: &World, seated: &[Seated], relay: &str, shown: u64) {
    let mut clients = Vec::new();
    for one in seated {
        let now = world.moved(one, relay).await;
        clients.push(world.open(&now).await);
    }
    let mut overs: Vec<Value> = Vec::new();
    for client in &mut clients {
        let welcome = client.next("welcome").await;
        assert_eq!(welcome["epoch"], seated[0].game.epoch + 1);
        let tick = welcome["tick"].as_u64().expect("a tick");
        assert!(tick + LOST_TICKS_MAX >= shown, "{tick} after {shown}");
        overs.push(client.next("over").await);
    }
    for client in clients {
        assert_eq!(client.closed().await, 4000);
    }
    let room = &seated[0].room;
    let ranks = world
        .lobby
        .leaderboard
        .of_room(room)
        .await
        .expect("an answer");
    let ranks = ranks.expect("a finished room");
    let scores = overs[0]["scores"].as_array().expect("scores");
    assert_eq!(ranks.len(), scores.len());
    for rank in ranks {
        let score = scores.iter().find(|one| one["player_id"] == rank.player_id);
        assert_eq!(score.expect("a score")["score"], rank.score);
    }
    // Every tick on both servers, each as it was the first time.
    let ticks = check_replay(world, &seated[0], &overs[0]).await.ticks();
    assert!(u64::from(ticks) > shown);
}

async fn kill(process: Process) {
    process.signal("-KILL");
    process.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_continues_the_match_of_a_killed_one() {
    let world = World::start(SETTINGS).await;
    let (process, _) = world.process(SETTINGS).await;
    let (seated, clients) = play(&world).await;
    kill(process).await;
    let shown = last_shown(clients).await;
    play_on(&world, &seated, "relay-1", shown).await;
    assert!((world.metric("skirmish_rooms_resumed_total").await - 1.0).abs() < 0.5);
    assert!(world.metric("skirmish_hash_mismatches_total").await < 0.5);
    world
        .until_metric("skirmish_replays_verified_total", 1.0)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_server_continues_its_match() {
    let world = World::start(SETTINGS).await;
    let (process, address) = world.process(SETTINGS).await;
    let (seated, clients) = play(&world).await;
    kill(process).await;
    let shown = last_shown(clients).await;
    let _again = world.process_at(address, SETTINGS).await;
    play_on(&world, &seated, "relay-2", shown).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_who_forfeits_in_between_has_left_the_resumed_match() {
    let world = World::start(SETTINGS).await;
    let (process, _) = world.process(SETTINGS).await;
    let (seated, clients) = play(&world).await;
    kill(process).await;
    last_shown(clients).await;
    for one in &seated[1..] {
        let forfeited = world.lobby.players.forfeit(&one.player, None).await;
        forfeited.expect("forfeited");
    }
    let mut last = world.open(&world.moved(&seated[0], "relay-1").await).await;
    let over = last.next("over").await;
    assert_eq!(over["scores"][0]["player_id"], seated[0].player.as_str());
    assert_eq!(last.closed().await, 4000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_rooms_of_a_killed_server_continue() {
    let world = World::start(SETTINGS).await;
    let (process, _) = world.process(SETTINGS).await;
    let mut rooms = Vec::new();
    for _ in 0..6 {
        let (seated, mut clients) = world.play_three().await;
        assert_eq!(seated[0].game.relay, "relay-2");
        clients[0]
            .find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(30))
            .await;
        rooms.push((seated, clients));
    }
    kill(process).await;
    let (mut all_seated, mut all_shown) = (Vec::new(), Vec::new());
    for (seated, clients) in rooms {
        all_shown.push(last_shown(clients).await);
        all_seated.push(seated);
    }
    let played = all_seated
        .iter()
        .zip(&all_shown)
        .map(|(seated, shown)| play_on(&world, seated, "relay-1", *shown));
    futures_util::future::join_all(played).await;
    assert!((world.metric("skirmish_rooms_resumed_total").await - 6.0).abs() < 0.5);
    assert!(world.metric("skirmish_hash_mismatches_total").await < 0.5);
}
