//! Rooms of one server, and rooms that another server owns by now.

use lobby::SettingsChange;

use crate::support::{Client, World, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_panics_ends_alone() {
    let world = World::start_of("fragile", |config| config.workers = Some(1)).await;
    let (_, mut doomed) = world.play_three().await;
    let (_, mut fine) = world.play_three().await;
    doomed[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    let before = fine[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await["tick"]
        .as_u64();
    doomed[0]
        .send(r#"{"type":"input","move":[0,0],"aim":-1.5707963,"fire":true}"#)
        .await;
    for client in doomed {
        assert_eq!(client.closed().await, 4004);
    }
    fine[0]
        .find("snapshot", |snapshot| {
            snapshot["tick"].as_u64() > before.map(|tick| tick + 20)
        })
        .await;
    assert!((world.metric("skirmish_room_panics_total").await - 1.0).abs() < 0.5);
    assert!((world.metric("skirmish_rooms").await - 1.0).abs() < 0.5);
    until("the free rooms", async || {
        let free = world.metric("skirmish_rooms_free").await;
        // Of ten.
        ((free - 9.0).abs() < 0.5).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_players_of_a_failed_room_are_notified() {
    let world = World::start_of("fragile", |_| {}).await;
    let (seated, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    clients[0]
        .send(r#"{"type":"input","move":[0,0],"aim":-1.5707963,"fire":true}"#)
        .await;
    let reason = until("the room is gone", async || {
        world
            .lobby
            .players
            .me(&seated[1].player)
            .await
            .expect("an answer")
            .reason
    })
    .await;
    assert_eq!(reason, "room_failed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_whose_settings_the_game_refuses_ends_with_that_reason() {
    let world = World::start("{}").await;
    let seated = world.seat_three().await;
    let room = format!("{{main}}:room:{}", seated[0].room);
    // The lobby refuses such settings, unless the relays of then had another version of the game.
    let settings = ["hset", &room, "settings", r#"{"lives":99}"#];
    world.redis.command(&settings);
    let refused = Client::open(&seated[0].game.url, &seated[0].game.ticket).await;
    assert!(refused.is_err(), "the game has at most 3 lives");
    let reason = until("the room is gone", async || {
        let me = world.lobby.players.me(&seated[1].player).await;
        me.expect("an answer").reason
    });
    assert_eq!(reason.await, "settings_invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_states_the_games_of_its_pools_and_their_settings() {
    let world = World::start(r#"{"match_seconds":20}"#).await;
    let stated = world.redis.command(&["hget", "{main}:game", "settings"]);
    let expected = concat!(
        r#"{"lives":{"min":1,"max":3,"default":3},"#,
        r#""match_seconds":{"min":1,"max":3600,"default":20}}"#
    );
    assert_eq!(stated, expected);
    let name = world.redis.command(&["hget", "{main}:game", "name"]);
    assert_eq!(name, "arena");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_rooms_have_the_settings_that_an_operator_has_changed() {
    let world = World::start(r#"{"lives":3}"#).await;
    let (_, mut before) = world.play_three().await;
    let overrides = serde_json::from_str(r#"{"settings":{"lives":1}}"#).expect("an object");
    let change = world.lobby.settings.change("main", 0, &overrides);
    let change = change.await.expect("an answer");
    assert!(matches!(change, SettingsChange::Done { version: 1, .. }));
    until("the relay reports the new default", async || {
        let reported = world.redis.command(&["hget", "{main}:game", "settings"]);
        let lives = r#""lives":{"min":1,"max":3,"default":1}"#;
        reported.contains(lives).then_some(())
    })
    .await;
    let (_, mut after) = world.play_three().await;
    let lives = async |client: &mut Client| {
        let welcome = client.next("welcome").await;
        welcome["arena"]["settings"]["lives"].clone()
    };
    assert_eq!(lives(&mut before[0]).await, 3);
    assert_eq!(lives(&mut after[0]).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_drops_a_room_of_a_stale_epoch() {
    let world = World::start("{}").await;
    let (seated, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    world.redis.command(&[
        "hincrby",
        &format!("{{main}}:room:{}", seated[0].room),
        "epoch",
        "1",
    ]);
    for client in clients {
        assert_eq!(client.closed().await, 4003);
    }
    until("the room is gone", async || {
        (world.metric("skirmish_rooms").await < 0.5).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_rooms_share_the_workers() {
    let world = World::start(r#"{"match_seconds":2}"#).await;
    let mut clients = Vec::new();
    for _ in 0..9 {
        clients.extend(world.play_three().await.1);
    }
    for client in clients {
        assert_eq!(client.closed().await, 4000);
    }
    assert_eq!(
        world
            .lobby
            .leaderboard
            .of_pool("main", 100)
            .await
            .expect("an answer")
            .len(),
        27
    );
}
