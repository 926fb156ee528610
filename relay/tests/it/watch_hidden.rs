//! Watchers of a match whose game hides something: they get the filtered recording, at any server, and never the inputs.

use std::time::Duration;

use game::{Game as _, Settings};
use lobby::Saved;
use protocol::filtered::Filter;
use protocol::record::prefixed;
use protocol::replay::ReplayHeader;
use registry::cards::Cards;
use relay::{Config, GameServer};
use room::{Player, Room, RoomConfig};
use serde_json::{Value, json};

use crate::support::{GAMES, World, healthy, until};
use crate::watch::{checkpoint, start_with, watch};

/// Ten minutes and a few seconds.
const LAST_TICK: u32 = 36_300;

/// A pool of cards. A match lasts four seconds.
fn pools(delay_ms: u64) -> String {
    let main = json!({
        "seats_min": 3, "seats_max": 3, "game": "cards", "watch": "all", "watch_delay_ms": delay_ms,
        "settings": { "match_seconds": 4, "turn_seconds": 2 },
    });
    json!({ "main": main }).to_string()
}

async fn start(delay_ms: u64, change: impl FnOnce(&mut Config)) -> World {
    start_with(pools(delay_ms), change).await
}

/// The filtered recording of a replay.
fn filtered(file: &[u8]) -> Vec<u8> {
    let (header, records) = ReplayHeader::split(file).expect("a header");
    let mut out = Vec::new();
    let mut filter = Filter::<Cards>::begin(&header, &mut out).expect("a match");
    for record in prefixed(records) {
        filter.push(record, &mut out).expect("a record");
    }
    out
}

fn has_begun(snapshot: &Value) -> bool {
    snapshot["tick"].as_u64() > Some(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_gets_snapshots_without_hands_and_continues_at_another_server() {
    let world = start(0, |_| {}).await;
    let mut config = world.config();
    "relay-2".clone_into(&mut config.relay_id);
    config.pools = pools(0);
    config.watch_only = true;
    config.limits.watch_interval = Duration::from_millis(20);
    let second = GameServer::start(GAMES, config).await;
    let second = second.expect("a watch-only server");
    healthy(second.address()).await;
    let (seated, mut players) = world.play_three().await;
    players[0].find("snapshot", has_begun).await;
    let room = &seated[0].room;

    let mut watcher = watch(&world, room, 0).await.expect("admitted");
    let welcome = json!({
        "type": "welcome", "seat": null, "rates": {"tick_hz": 60}, "room_id": room, "game": "cards",
        "format": "snapshots", "delay_ms": 0, "from": 0,
    });
    assert_eq!(watcher.next("welcome").await, welcome);
    let mut file = watcher.part().await;
    file.extend(watcher.part().await);
    let (got, ()) = tokio::join!(watcher.recording(), second.shutdown());
    assert_eq!(got.1, 4003);
    file.extend(got.0);

    let free = async || watch(&world, room, file.len()).await.ok();
    let mut next = until("the other server", free).await;
    assert_eq!(next.next("welcome").await["from"], file.len());
    players[0].next("over").await;
    let (rest, code) = next.recording().await;
    assert_eq!(code, 4000);
    assert!(!rest.is_empty());
    file.extend(rest);
    let replay = until("a replay", async || world.replay(&seated[0]).await).await;
    assert!(file == filtered(&replay));
    let line = String::from_utf8_lossy(&file);
    assert!(line.starts_with(r#"{"format":"skirmish.snapshots.v1","pool":"main""#));
    assert!(!line.contains("seed"));
}

/// The recording of a match in which nobody does anything: its first tick, and the end of a turn after ten minutes.
fn idle_match() -> (String, Vec<u8>) {
    let settings = [("match_seconds", 900), ("turn_seconds", 600)];
    let config = RoomConfig {
        room_id: "main.r1".into(),
        epoch: 1,
        seed: 7,
        settings: Settings::parse(Cards::SETTINGS, settings).expect("settings"),
        grace_frames: 0,
    };
    let player = |player_id: &str| Player {
        player_id: player_id.to_owned(),
        ..Player::default()
    };
    let players = ["ada", "bea"].map(player).to_vec();
    let mut room = Room::<Cards>::new(config, players).expect("a room");
    for _ in 0..LAST_TICK {
        room.handle_tick();
    }
    (room.replay_header(0), room.save().replay)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delay_holds_back_the_newest_snapshots() {
    let world = start(600_000, |_| {}).await;
    let seated = world.seat_three().await;
    let (room, game) = (&seated[0].room, &seated[0].game);
    let (header, records) = idle_match();
    let all = filtered(&[header.as_bytes(), &records].concat());
    let first = prefixed(&records).next().expect("a record");
    let length = header.len() + 2 + first.len();
    let old = filtered(&[header.as_bytes(), &records].concat()[..length]);
    assert!(old.len() < all.len());
    let saved = Saved {
        tick: LAST_TICK,
        state: b"state".to_vec(),
        replay: records,
        replay_header: Some(header),
        ..Saved::default()
    };
    checkpoint(&world, room, game, saved).await;
    let mut watcher = watch(&world, room, 0).await.expect("admitted");
    let mut file = watcher.part().await;
    file.extend(watcher.part().await);
    assert!(file == old);
    let matches = &world.lobby.pool("main").expect("a pool").matches;
    let abandoned = matches.abandon(room, &game.relay, game.epoch).await;
    abandoned.expect("abandoned");
    assert_eq!(watcher.recording().await, (Vec::new(), 4004));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_of_other_rules_is_not_shown() {
    let world = start(0, |_| {}).await;
    let seated = world.seat_three().await;
    let (room, game) = (&seated[0].room, &seated[0].game);
    let (header, records) = idle_match();
    let saved = Saved {
        tick: LAST_TICK,
        state: b"state".to_vec(),
        replay: records,
        replay_header: Some(header.replace(r#""seed":"7""#, r#""seed":"8""#)),
        ..Saved::default()
    };
    checkpoint(&world, room, game, saved).await;
    let watcher = watch(&world, room, 0).await.expect("admitted");
    assert_eq!(watcher.recording().await.1, 4004);
}
