//! Bots of a match: when a room starts with them, who is notified of them, and that players take precedence.

use lobby::{Claimed, GameTicket, Join, Offered, ReplayChunk, Score};
use serde_json::Value;

use crate::relays::checkpoint;
use crate::sink::kinds;
use crate::world::World;

const POOL: &str = r#"{"countdown_ms":4000,"bots":{"fill_to":4},"late":{"until_s":60}}"#;

async fn world() -> World {
    let world = World::new(POOL).await.at(0);
    world.relay_up("r").await;
    world
}

/// A match of `a` with three bots that began 3 s after `a` joined: its world, and the ticket of `a`.
async fn lonely() -> (World, GameTicket) {
    let world = world().await;
    world.join("a").await;
    assert_eq!(world.assign().await, "seated 1 started 0 skipped 0");
    world.poll_through(0, 3_000).await;
    let world = world.at(3_000);
    world.relay_up("r").await;
    assert_eq!(world.expire().await, "rooms 1 players 0 relays 0");
    let game = world.me("a").await.game.expect("a ticket");
    (world, game)
}

async fn claim(world: &World, game: &GameTicket) -> Vec<(String, bool)> {
    let room = world.room("a").await;
    let matches = world.pool().matches;
    let claimed = matches.claim_room(&room, &game.relay, game.epoch, "boot-1");
    let Claimed::Room { players, .. } = claimed.await.expect("claim") else {
        panic!("stale")
    };
    let players = players.iter();
    players
        .map(|player| (player.name.clone(), player.is_bot()))
        .collect()
}

/// The names of a message's players.
fn names(message: &Value) -> Vec<&str> {
    let players = message["players"].as_array().expect("players").iter();
    players
        .map(|player| player["name"].as_str().expect("a name"))
        .collect()
}

fn named(bots: &[&str]) -> Vec<(String, bool)> {
    let bots = bots.iter().map(|&name| (name.to_owned(), true));
    [("a".to_owned(), false)].into_iter().chain(bots).collect()
}

#[tokio::test]
async fn a_player_alone_starts_with_bots_after_three_seconds() {
    let world = world().await;
    world.connect(&["a"]).await;
    world.join("a").await;
    world.assign().await;
    world.check().await;
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "a"), "queued room_joined countdown");
    assert_eq!(pushed["a"][2]["in_ms"], 3_000);
    world.poll_through(0, 3_000).await;
    let early = world.at(2_999);
    early.relay_up("r").await;
    assert_eq!(early.expire().await, "rooms 0 players 0 relays 0");

    let world = world.at(3_000);
    assert_eq!(world.expire().await, "rooms 1 players 0 relays 0");
    assert_eq!(world.state("a").await, "playing");
    world.check().await;
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "a"), "match_started");
    let started = &pushed["a"][0];
    assert_eq!(names(started), ["a", "Bot Grace", "Bot Alan", "Bot Edsger"]);
    assert_eq!(
        (&started["players"][0]["bot"], &started["players"][1]["bot"]),
        (&Value::Null, &Value::Bool(true))
    );
    let game = world.me("a").await.game.expect("a ticket");
    let expected = named(&["Bot Grace", "Bot Alan", "Bot Edsger"]);
    assert_eq!(claim(&world, &game).await, expected);
    assert_eq!(claim(&world, &game).await, expected, "the same again");
}

#[tokio::test]
async fn enough_players_wait_no_longer_than_without_bots_and_a_full_room_has_none() {
    let world = world().await;
    let countdown = async |world: &World| -> u64 {
        let room = world.room("a").await;
        let at: String = world
            .redis(&format!("HGET {{}}:room:{room} countdown_at"))
            .await;
        at.parse::<u64>().expect("a time") - 1_800_000_000_000
    };
    world.join("a").await;
    world.assign().await;
    assert_eq!(countdown(&world).await, 3_000);
    let world = world.at(500);
    world.join_all(&["b", "c"]).await;
    world.assign().await;
    assert_eq!(countdown(&world).await, 3_000, "the earlier time counts");
    world.check().await;
    world
        .lobby
        .players
        .queue_leave(&world.id("c"), None)
        .await
        .expect("left");
    world
        .lobby
        .players
        .queue_leave(&world.id("b"), None)
        .await
        .expect("left");
    assert_eq!(countdown(&world).await, 3_000);
    world.check().await;
    world.join_all(&["d", "e", "f", "g"]).await;
    assert_eq!(world.assign().await, "seated 4 started 1 skipped 0");
    let game = world.me("a").await.game.expect("a ticket");
    let players = claim(&world, &game).await;
    assert!(players.iter().all(|(_, is_bot)| !is_bot), "{players:?}");
    world.check().await;
}

#[tokio::test]
async fn a_countdown_shorter_than_after_ms_starts_the_room() {
    let world = World::new(r#"{"seats_min":2,"countdown_ms":1000,"bots":{"fill_to":3}}"#).await;
    let world = world.at(0);
    world.relay_up("r").await;
    world.join_all(&["a", "b"]).await;
    world.assign().await;
    world.check().await;
    world.poll_through(0, 1_000).await;
    let world = world.at(1_000);
    world.relay_up("r").await;
    world.expire().await;
    let game = world.me("a").await.game.expect("a ticket");
    let expected = [("a", false), ("b", false), ("Bot Alan", true)];
    let expected = expected.map(|(name, is_bot)| (name.to_owned(), is_bot));
    assert_eq!(claim(&world, &game).await, expected);
}

#[tokio::test]
async fn an_empty_room_closes_and_a_room_without_a_relay_waits() {
    let world = World::new(POOL).await.at(0);
    world.join("a").await;
    world.assign().await;
    world.poll_through(0, 3_000).await;
    let world = world.at(3_000);
    world.expire().await;
    assert!(world.state("a").await.starts_with("seated"));
    world.check().await;
    world
        .lobby
        .players
        .queue_leave(&world.id("a"), None)
        .await
        .expect("left");
    let rooms: Vec<String> = world.redis("KEYS {}:room*").await;
    assert!(rooms.is_empty(), "{rooms:?}");
    world.check().await;
}

#[tokio::test]
async fn bots_have_colours_that_no_player_has() {
    let world = world().await;
    let player = world.id("a");
    let join = Join {
        player: &player,
        name: "a",
        // The second colour of the palette.
        color: Some("#ffa94d"),
        game: "",
        latencies: "",
        trace: "",
        priority: 0,
        request: None,
    };
    world.pool().queue_join(join).await.expect("join");
    world.assign().await;
    world.poll_through(0, 3_000).await;
    let world = world.at(3_000);
    world.relay_up("r").await;
    world.connect(&["a"]).await;
    world.expire().await;
    let pushed = world.deliver().await;
    let started = pushed["a"].last().expect("started");
    let colors: Vec<_> = started["players"]
        .as_array()
        .expect("players")
        .iter()
        .map(|player| player["colors"][0].as_str().expect("a colour"))
        .collect();
    assert_eq!(colors, ["#ffa94d", "#ff5d5d", "#ffe066", "#69db7c"]);
    world.check().await;
}

#[tokio::test]
async fn a_late_player_replaces_a_bot_which_later_messages_omit() {
    let (world, game) = lonely().await;
    claim(&world, &game).await;
    let room = world.room("a").await;
    let checkpoint = checkpoint(&world, &room, game.epoch, &[]);
    let matches = world.pool().matches;
    matches.checkpoint(&checkpoint).await.expect("checkpoint");
    let offered = matches.offer_seats(&room, &game.relay, game.epoch, &[1, 2, 3, 4]);
    assert_eq!(offered.await.expect("offer"), Offered::Seats(4));
    world.connect(&["b", "c"]).await;
    world.join_all(&["b", "c"]).await;
    assert_eq!(world.assign().await, "seated 2 started 0 skipped 0");
    world.check().await;
    let pushed = world.deliver().await;
    assert_eq!(names(&pushed["b"][1]), ["a", "b", "c", "Bot Edsger"]);
    let players = claim(&world, &game).await;
    assert_eq!(players[3], ("Bot Edsger".to_owned(), true));

    // The match moves, and its bots move with it.
    world.connect(&["a"]).await;
    world.poll_through(3_000, 6_000).await;
    let later = world.at(6_000);
    later.relay_up("s").await;
    assert_eq!(later.expire().await, "rooms 0 players 0 relays 1");
    let pushed = later.deliver().await;
    assert_eq!(kinds(&pushed, "a"), "match_moved");
    assert_eq!(names(&pushed["a"][0]), ["a", "b", "c", "Bot Edsger"]);
    later.check().await;
}

#[tokio::test]
async fn a_bot_is_in_the_result_and_not_on_the_leaderboard_of_the_pool() {
    let (world, game) = lonely().await;
    world.connect(&["a"]).await;
    world.deliver().await;
    claim(&world, &game).await;
    let room = world.room("a").await;
    let roster: String = world.redis(&format!("HGET {{}}:room:{room} roster")).await;
    let roster: Value = serde_json::from_str(&roster).expect("JSON");
    let ids = roster.as_array().expect("players").iter();
    let ids = ids.map(|player| player["player_id"].as_str().expect("an id"));
    let scores: Vec<Score> = ids
        .zip(1..)
        .map(|(id, rank)| Score {
            player_id: id.to_owned(),
            score: 10,
            rank,
            stats: std::collections::BTreeMap::new(),
        })
        .collect();
    let (matches, chunk) = (world.pool().matches, ReplayChunk::default());
    let finished = matches.finish(&room, &game.relay, game.epoch, &scores, &chunk);
    finished.await.expect("finish");
    let pushed = world.deliver().await;
    let over = &pushed["a"][0];
    assert_eq!(over["scores"].as_array().map(Vec::len), Some(4));
    assert_eq!(over["scores"][1]["name"], "Bot Grace");
    let board: Vec<String> = world.redis("ZRANGE {}:leaderboard 0 -1").await;
    assert_eq!(board, [world.id("a")]);
    world.check().await;
}

#[tokio::test]
async fn enough_players_start_after_the_countdown_before_after_ms() {
    let world = World::new(r#"{"countdown_ms":1000,"bots":{"fill_to":4}}"#).await;
    world.at(0).join("a").await;
    world.at(0).assign().await;
    for player in ["b", "c"] {
        world.at(500).join(player).await;
    }
    world.at(500).assign().await;
    world.at(500).check().await;
    world.at(1_000).relay_up("r").await;
    world.poll_through(500, 1_500).await;
    assert_eq!(world.at(1_499).expire().await, "rooms 0 players 0 relays 0");
    assert_eq!(world.at(1_500).expire().await, "rooms 1 players 0 relays 0");
    assert!(world.at(1_500).me("a").await.game.is_some());
}
