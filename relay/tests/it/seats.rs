//! Players who disconnect, reconnect, connect twice, or forfeit.

use std::time::Duration;

use lobby::{Drained, Removal};
use serde_json::Value;

use crate::support::{Raw, World, soon, until};

fn is_online(snapshot: &Value, player: &str) -> bool {
    snapshot["players"][player]["online"] == true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_player_is_shown_as_away_and_may_come_back() {
    let world = World::start("{}").await;
    let (seated, mut clients) = world.play_three().await;
    let gone = seated[2].player.as_str();
    clients[0]
        .find("snapshot", |snapshot| is_online(snapshot, gone))
        .await;
    clients.pop().expect("three").vanish();
    clients[0]
        .find("snapshot", |snapshot| !is_online(snapshot, gone))
        .await;
    until("the lobby sees it", async || {
        match world
            .lobby
            .rooms
            .view(&seated[0].room, &seated[0].player)
            .await
            .expect("an answer")
        {
            lobby::RoomAnswer::Room(view) => (!view.players[gone].status.online).then_some(()),
            _ => panic!("a member sees the room"),
        }
    })
    .await;

    let mut back = world.open(&world.ticket(gone).await).await;
    assert_eq!(back.next("welcome").await["player_id"], gone);
    back.find("snapshot", |snapshot| is_online(snapshot, gone))
        .await;
    clients[0]
        .find("snapshot", |snapshot| is_online(snapshot, gone))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_connection_takes_the_seat() {
    let world = World::start("{}").await;
    let (seated, mut clients) = world.play_three().await;
    let first = clients.remove(0);
    let mut second = world.open(&world.ticket(&seated[0].player).await).await;
    second.next("welcome").await;
    assert_eq!(first.closed().await, 4001);
    second
        .find("snapshot", |snapshot| {
            is_online(snapshot, &seated[0].player)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forfeit_ends_the_seat_and_the_last_one_wins() {
    let world = World::start("{}").await;
    let (seated, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    for index in [2, 1] {
        world
            .lobby
            .players
            .forfeit(&seated[index].player, None)
            .await
            .expect("forfeited");
        world.deliver().await;
        assert_eq!(clients.pop().expect("a client").closed().await, 4002);
    }
    let over = clients[0].next("over").await;
    assert_eq!(over["scores"][0]["player_id"], seated[0].player.as_str());
    assert_eq!(clients.pop().expect("a client").closed().await, 4000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_connection_counts_as_lost() {
    let world = World::start_with("{}", |config| {
        config.limits.idle = Duration::from_millis(500);
    })
    .await;
    let seated = world.seat_three().await;
    // It never answers a ping, and reads nothing.
    let _mute = Raw::open(&seated[0].game.url, &seated[0].game.ticket).await;
    world.until_metric("skirmish_sessions", 1.0).await;
    world
        .until_metric("skirmish_closes_total{code=\"lost\"}", 1.0)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_client_that_answers_pings_stays() {
    let change = |config: &mut relay::Config| {
        config.limits.idle = Duration::from_secs(3);
        config.limits.ping = Duration::from_millis(200);
    };
    let world = World::start_with("{}", change).await;
    let (_, mut clients) = world.play_three().await;
    // Side by side: a client answers pings while it reads.
    let played = clients
        .iter_mut()
        .map(|client| client.find("snapshot", |snapshot| snapshot["tick"].as_u64() > Some(240)));
    futures_util::future::join_all(played).await;
    assert!(world.metric("skirmish_closes_total{code=\"lost\"}").await < 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreadable_inbox_entries_are_counted() {
    let world = World::start("{}").await;
    let (seated, mut clients) = world.play_three().await;
    let nonsense = ["xadd", "inbox:relay-1", "*", "kind", "nonsense"];
    world.redis.command(&nonsense);
    world
        .until_metric("skirmish_inbox_unreadable_total", 1.0)
        .await;
    // What comes after it is heard.
    let admin = &world.lobby.admin;
    for (index, removal) in [(2, Removal::Banned), (1, Removal::Kicked)] {
        let player = seated[index].player.as_str();
        let removed = admin.remove_player(player, removal, None).await;
        removed.expect("Redis").expect("they play");
        world.deliver().await;
        let closed = clients.pop().expect("a client").closed_with().await;
        assert_eq!(closed, (4002, removal.as_str().to_owned()));
    }
    let drained = admin.drain_relay("relay-1").await.expect("Redis");
    assert_eq!(drained, Drained::Sent);
    soon("the drain", world.server.asked_to_drain()).await;
}
