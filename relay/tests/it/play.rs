//! A match, from the first snapshot to the leaderboard.

use lobby::{RoomAnswer, Status};

use crate::support::{Client, World, get, until};

const SHORT: &str = r#"{"match_seconds":2}"#;

const INPUT: &str = r#"{"type":"input","move":[0,0],"aim":0,"fire":false}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_is_played_to_its_end_and_counted_once() {
    let world = World::start(SHORT).await;
    let (seated, mut clients) = world.play_three().await;
    for (one, client) in seated.iter().zip(&mut clients) {
        let welcome = client.next("welcome").await;
        assert_eq!(welcome["player_id"], one.player.as_str());
        let snapshot = client
            .find("snapshot", |snapshot| snapshot["tick"] != 0)
            .await;
        assert_eq!(snapshot["players"].as_object().expect("players").len(), 3);
    }
    for client in &mut clients {
        let over = client.next("over").await;
        assert_eq!(over["scores"].as_array().map(Vec::len), Some(3));
    }
    for client in clients {
        // After `over`, no snapshot.
        assert_eq!(client.last_shown().await, (0, Some(4000)));
    }
    let lobby = &world.lobby;
    let ranks = lobby
        .leaderboard
        .of_room(&seated[0].room)
        .await
        .expect("an answer");
    assert_eq!(ranks.expect("a finished room").len(), 3);
    assert_eq!(
        lobby
            .leaderboard
            .of_pool("main", 10)
            .await
            .expect("an answer")
            .len(),
        3
    );
    for one in &seated {
        let me = lobby.players.me(&one.player).await.expect("an answer");
        assert_eq!(me.status, Status::Out);
    }
    world
        .until_metric("skirmish_closes_total{code=\"4000\"}", 3.0)
        .await;
    until("the room is gone", async || {
        (world.metric("skirmish_rooms").await == 0.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_input_moves_its_player() {
    let world = World::start("{}").await;
    let (seated, mut clients) = world.play_three().await;
    let own = seated[0].player.as_str();
    let x =
        |snapshot: &serde_json::Value| snapshot["players"][own]["x"].as_f64().expect("a number");
    let first = clients[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    // Away from the nearer wall.
    let (direction, sign) = if x(&first) < 412.0 {
        (1, 1.0)
    } else {
        (-1, -1.0)
    };
    clients[0]
        .send(&format!(
            r#"{{"type":"input","move":[{direction},0],"aim":0,"fire":false}}"#
        ))
        .await;
    // A tick without an input repeats the last: one message is enough to walk.
    clients[0]
        .find("snapshot", |snapshot| {
            (x(snapshot) - x(&first)) * sign > 40.0
        })
        .await;
    clients[1]
        .find("snapshot", |snapshot| {
            (x(snapshot) - x(&first)) * sign > 40.0
        })
        .await;
    world.until_metric("skirmish_inputs_total", 1.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lobby_shows_a_running_room() {
    let world = World::start("{}").await;
    let (seated, mut clients) = world.play_three().await;
    let start = clients[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    let place = &start["players"][&seated[0].player];
    let to_middle = |axis: &str| 412.0 - place[axis].as_f64().expect("a number");
    // Through the middle of the field a shot lives longer than the gun cools: there is always one.
    let aim = to_middle("y").atan2(to_middle("x"));
    let shoot = format!(r#"{{"type":"input","move":[0,0],"aim":{aim},"fire":true}}"#);
    let view = until("a shot in a checkpoint", async || {
        clients[0].send(&shoot).await;
        match world
            .lobby
            .rooms
            .view(&seated[0].room, &seated[1].player)
            .await
            .expect("an answer")
        {
            RoomAnswer::Room(view) => (!view.projectiles.is_empty()).then_some(view),
            _ => panic!("a member sees the room"),
        }
    })
    .await;
    assert_eq!(view.projectiles[0].player_uuid, seated[0].player);
    for one in &seated {
        let player = &view.players[&one.player];
        assert!(player.status.online, "{player:?}");
        assert!(
            player.x > 0.0 && player.x < 824.0 && player.y > 0.0 && player.y < 824.0,
            "{player:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_the_match_continues_and_its_end_waits() {
    let world = World::start(SHORT).await;
    let (seated, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    world.redis.pause();
    // Nothing is recorded yet: no player gets a result or a close. `/healthz` has the reason.
    let failed = "skirmish_redis_errors_total{call=\"finish\"}";
    world.until_metric(failed, 1.0).await;
    assert!((world.metric("skirmish_sessions").await - 3.0).abs() < 0.5);
    let health = get(world.server.address(), "/healthz").await;
    assert_eq!(health.status, 503);
    world.redis.resume();
    let over = clients[0].next("over").await;
    assert_eq!(over["scores"].as_array().map(Vec::len), Some(3));
    let room = &seated[0].room;
    let ranks = world
        .lobby
        .leaderboard
        .of_room(room)
        .await
        .expect("an answer");
    assert_eq!(
        ranks
            .expect("counted before the players are notified")
            .len(),
        3
    );
    for client in clients {
        assert_eq!(client.closed().await, 4000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_gets_only_the_newest_snapshots() {
    let world = World::start("{}").await;
    let seated = world.seat_three().await;
    let mut slow = Client::open_narrow(&seated[0].game.url, &seated[0].game.ticket).await;
    let mut quick = world.open(&seated[1]).await;
    world.open(&seated[2]).await.vanish();
    slow.next("welcome").await;
    // The player is connected but reads nothing for ten seconds.
    let mut missed = 0;
    while missed < 600 {
        missed = quick.next("snapshot").await["tick"]
            .as_u64()
            .expect("a tick");
        slow.send(INPUT).await;
        quick.send(INPUT).await;
    }
    let mut read = 0;
    while slow.next("snapshot").await["tick"].as_u64() < Some(missed) {
        read += 1;
    }
    assert!(read < 150, "{read} snapshots of about 300 had piled up");
}
