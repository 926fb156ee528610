//! Watchers of a running match: what they get, and what the server refuses.

use std::collections::BTreeMap;
use std::time::Duration;

use game::{Game as _, SeatInputs};
use lobby::{Checkpoint, Checkpointed, GameTicket, Saved, Watched};
use protocol::record::{Record, encode_record, push_prefixed};
use protocol::replay::{Replay, ReplayHeader};
use relay::{Config, GameServer};
use serde_json::{Value, json};

use crate::support::{Client, GAMES, Turns, World, healthy, until};

/// A pool of a game that steps on commands.
fn pools(delay_ms: u64) -> String {
    let main = json!({
        "seats_min": 3, "seats_max": 3, "game": "turns", "watch": "all", "watch_delay_ms": delay_ms,
    });
    json!({ "main": main }).to_string()
}

async fn start(delay_ms: u64, change: impl FnOnce(&mut Config)) -> World {
    start_with(pools(delay_ms), change).await
}

/// A server with these pools, which reads recordings often.
pub(crate) async fn start_with(pools: String, change: impl FnOnce(&mut Config)) -> World {
    World::start_with("{}", |config| {
        config.pools = pools;
        config.limits.watch_interval = Duration::from_millis(20);
        change(config);
    })
    .await
}

/// The ticket of another watcher.
pub(crate) async fn ticket(world: &World, room: &str) -> GameTicket {
    ticket_of(world, room, &uuid::Uuid::new_v4().to_string()).await
}

async fn ticket_of(world: &World, room: &str, player: &str) -> GameTicket {
    let rooms = &world.lobby.rooms;
    let watched = rooms.room_watch(room, player, None, "192.0.2.1").await;
    let Ok(Watched::Ticket { game, .. }) = watched else {
        panic!("{watched:?}");
    };
    game
}

/// Another watcher, who has this many bytes of the file. An error: the status of the refusal.
pub(crate) async fn watch(world: &World, room: &str, from: usize) -> Result<Client, u16> {
    let game = ticket(world, room).await;
    Client::open(&game.url, &format!("{}&from={from}", game.ticket)).await
}

fn has_begun(snapshot: &Value) -> bool {
    snapshot["tick"].as_u64() > Some(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_gets_the_whole_file_and_is_no_player() {
    let world = start(0, |_| {}).await;
    let (seated, mut players) = world.play_three().await;
    players[0].find("snapshot", has_begun).await;
    let room = &seated[0].room;
    let mut first = watch(&world, room, 0).await.expect("admitted");
    let welcome = json!({
        "type": "welcome", "seat": null, "rates": {"tick_hz": 60}, "room_id": room, "game": "turns", "format": "replay",
        "delay_ms": 0, "from": 0,
    });
    assert_eq!(first.next("welcome").await, welcome);
    let mut file = first.part().await;
    assert!(file.ends_with(b"}\n"), "the header line");
    let head = file.len();
    let mut second = watch(&world, room, head).await.expect("admitted");
    assert_eq!(second.next("welcome").await["from"], head);
    world.until_metric("skirmish_sessions", 3.0).await;
    let sessions = world.metric("skirmish_sessions").await;
    let watchers = world.metric("skirmish_watchers").await;
    assert_eq!(format!("{sessions} {watchers}"), "3 2");
    players[0]
        .send(r#"{"type":"command","id":1,"name":"end"}"#)
        .await;
    players[0].next("over").await;

    let (rest, code) = first.recording().await;
    assert_eq!(code, 4000);
    assert_eq!(second.recording().await, (rest.clone(), 4000));
    file.extend(rest);
    assert_eq!(world.replay(&seated[0]).await.as_ref(), Some(&file));
    let mut replay = Replay::<Turns>::open(&file).expect("a whole replay");
    while replay.step().expect("a record") {}
    assert!(replay.outcome().is_some() && replay.hashes() > 0);
    assert_eq!(replay.mismatches(), 0);
    let sent = world.metric("skirmish_watch_bytes_total").await;
    let expected = 2 * file.len() - head;
    assert_eq!(format!("{sent}"), format!("{expected}"));
}

/// Records in which nothing happens.
fn records(ticks: &[u32]) -> Vec<u8> {
    let mut records = Vec::new();
    for &tick in ticks {
        let (mut bytes, record) = (Vec::new(), Record::new(5));
        let (record, before) = (Record { tick, ..record }, SeatInputs::neutral(5));
        encode_record(Turns::INPUT, &record, &before, &mut bytes);
        push_prefixed(&bytes, &mut records);
    }
    records
}

/// The first checkpoint of a match, in a room that no server runs.
pub(crate) async fn checkpoint(world: &World, room: &str, game: &GameTicket, saved: Saved) {
    let matches = &world.lobby.pool("main").expect("a pool").matches;
    let (relay, epoch) = (&game.relay, game.epoch);
    let claimed = matches.claim_room(room, relay, epoch, "boot").await;
    claimed.expect("claimed");
    let checkpoint = Checkpoint {
        room: room.to_owned(),
        relay: relay.clone(),
        epoch,
        sleeps_ms: 0,
        players: Vec::new(),
        projectiles: Vec::new(),
        saved,
    };
    let written = matches.checkpoint(&checkpoint).await.expect("an answer");
    assert_eq!(written, Checkpointed::Written);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delay_holds_back_the_newest_ticks() {
    let world = start(600_000, |_| {}).await;
    let seated = world.seat_three().await;
    let (room, game) = (&seated[0].room, &seated[0].game);
    let header = ReplayHeader {
        pool: "main".to_owned(),
        room: room.clone(),
        game: "turns".to_owned(),
        seed: 7,
        settings: BTreeMap::new(),
        players: Vec::new(),
        created_ms: 0,
    };
    let header = header.to_line();
    let saved = Saved {
        // 666 s.
        tick: 40_000,
        state: b"state".to_vec(),
        replay: records(&[1, 2, 40_000]),
        replay_header: Some(header.clone()),
        ..Saved::default()
    };
    checkpoint(&world, room, game, saved).await;
    let mut watcher = watch(&world, room, 0).await.expect("admitted");
    assert_eq!(watcher.part().await, header.as_bytes());
    assert_eq!(watcher.part().await, records(&[1, 2]));
    let matches = &world.lobby.pool("main").expect("a pool").matches;
    let abandoned = matches.abandon(room, &game.relay, game.epoch).await;
    abandoned.expect("abandoned");
    assert_eq!(watcher.recording().await, (Vec::new(), 4004));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_who_sends_something_or_is_too_many_is_refused() {
    let world = start(0, |config| config.limits.watchers_of_room = 1).await;
    let seated = world.seat_three().await;
    let room = &seated[0].room;
    let mut first = watch(&world, room, 0).await.expect("admitted");
    first.next("welcome").await;
    assert_eq!(watch(&world, room, 0).await.err(), Some(503));
    first.send("{}").await;
    assert_eq!(first.next("error").await["code"], 4010);
    assert_eq!(first.closed().await, 4010);
    let free = async || watch(&world, room, 0).await.ok();
    let mut next = until("a place", free).await;
    next.next("welcome").await;
    let (code, ()) = tokio::join!(next.closed(), world.server.shutdown());
    assert_eq!(code, 4003);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_takes_at_most_four_places_of_watchers() {
    let world = start(0, |_| {}).await;
    let seated = world.seat_three().await;
    let room = &seated[0].room;
    let again = async || {
        let game = ticket_of(&world, room, "5b2f7f3c-0c8e-4a53-9a3c-3f6f4d8e2a11").await;
        Client::open(&game.url, &game.ticket).await
    };
    let mut tabs = Vec::new();
    for _ in 0..4 {
        tabs.push(again().await.expect("admitted"));
    }
    assert_eq!(again().await.err(), Some(503));
    watch(&world, room, 0).await.expect("another player");
    tabs.pop();
    until("the place of the closed tab", async || again().await.ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_only_server_gets_the_watchers_and_no_room() {
    let world = start(0, |config| config.watch_only = true).await;
    let mut config = world.config();
    "relay-2".clone_into(&mut config.relay_id);
    config.pools = pools(0);
    let second = GameServer::start(GAMES, config).await;
    let second = second.expect("a second server");
    healthy(second.address()).await;
    let (seated, _players) = world.play_three().await;
    assert_eq!(seated[0].game.relay, "relay-2");
    let game = ticket(&world, &seated[0].room).await;
    assert_eq!(game.relay, "relay-1");
    let opened = Client::open(&game.url, &game.ticket).await;
    let header = opened.expect("admitted").part().await;
    let expected = format!(
        r#"{{"format":"skirmish.replay.v1","pool":"main","room":"{}""#,
        seated[0].room
    );
    assert!(header.starts_with(expected.as_bytes()));
}
