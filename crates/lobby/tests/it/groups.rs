//! Groups: the players of a room that a player made wait in the queue together.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{RoomAnswer, RoomChange};

use crate::sink::kinds;
use crate::world::World;
use crate::world_gathering::TWO;

pub(crate) const THREE_TO_FIVE: &str = r#"{"seats_min":3,"seats_max":5}"#;

impl World {
    /// Makes a room with these players, the first of them as host. Returns the room and its code.
    pub(crate) async fn group(&self, shorts: &[&str]) -> (String, String) {
        let (room, code) = self.make(shorts[0]).await;
        for short in &shorts[1..] {
            assert_eq!(self.enters(short, &code).await, "seated");
        }
        (room, code)
    }

    pub(crate) async fn queue_group(&self, room: &str, host: &str) -> String {
        self.change(room, host, RoomChange::Queue(true)).await
    }

    /// Makes a group and queues it.
    pub(crate) async fn queued_group(&self, shorts: &[&str]) -> (String, String) {
        let (room, code) = self.group(shorts).await;
        assert_eq!(
            self.queue_group(&room, shorts[0]).await,
            format!("host {}", shorts[0])
        );
        self.check().await;
        (room, code)
    }

    /// The queue from its front, with groups as their number of players: `a 2 b`.
    pub(crate) async fn queue_text(&self) -> String {
        let entries: Vec<String> = self.redis("ZRANGE {}:players_queue 0 -1").await;
        let mut line = Vec::new();
        for entry in entries {
            line.push(match entry.strip_prefix("group:") {
                Some(room) => {
                    let size: u64 = self.redis(&format!("SCARD {{}}:rooms:{room}")).await;
                    size.to_string()
                }
                None => entry.split('-').next_back().unwrap_or_default().to_owned(),
            });
        }
        line.join(" ")
    }

    /// Which of the players are in the same room, in the given order: `ab cde`.
    pub(crate) async fn together(&self, shorts: &[&str]) -> String {
        let mut rooms: Vec<(String, String)> = Vec::new();
        for short in shorts {
            let room = self.room(short).await;
            match rooms.iter_mut().find(|(other, _)| *other == room) {
                Some((_, names)) => names.push_str(short),
                None => rooms.push((room, (*short).to_owned())),
            }
        }
        rooms
            .into_iter()
            .map(|(_, names)| names)
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(crate) async fn queued_at(&self, asker: &str, room: &str) -> Option<u64> {
        let view = self.lobby.rooms.view(room, &self.id(asker)).await;
        let RoomAnswer::Room(view) = view.expect("view") else {
            panic!("no room for {asker}")
        };
        view.made.expect("a made room").queued_at_ms
    }

    /// Closes the player's lobby socket.
    pub(crate) async fn close_socket(&self, short: &str) {
        let id = self.id(short);
        self.lobby.sessions.open(&id, &id).await.expect("open");
        self.lobby.sessions.close(&id).await.expect("close");
    }

    /// Polls and expires every 900 ms.
    pub(crate) async fn run_through(&self, from: u64, to: u64) {
        for ms in (from..to).step_by(900) {
            let world = self.at(ms);
            world.pool().bridge.poll().await.expect("poll");
            world.expire().await;
            world.check().await;
        }
        self.at(to).expire().await;
    }
}

#[tokio::test]
async fn a_group_waits_in_its_room_and_gets_seats_together() {
    let world = World::new(THREE_TO_FIVE).await;
    let at = |ms| world.at(ms);
    at(0).connect(&["a", "b"]).await;
    let (room, _) = at(0).group(&["a", "b"]).await;
    at(0).deliver().await;
    assert_eq!(at(500).queue_group(&room, "a").await, "host a");
    at(500).check().await;
    expect!["a: seated, b: seated"].assert_eq(&at(500).states(&["a", "b"]).await);
    assert_eq!(at(500).queued_at("b", &room).await, Some(1_800_000_000_500));
    let pushed = at(500).deliver().await;
    assert_eq!(kinds(&pushed, "a"), "room_updated");
    assert_eq!(pushed["b"][0]["room"]["state"], "gathering");
    assert_eq!(
        pushed["b"][0]["room"]["queued_at_ms"],
        1_800_000_000_500_u64
    );
    // A repeat changes nothing.
    assert_eq!(at(900).queue_group(&room, "a").await, "host a");
    assert_eq!(at(900).queued_at("b", &room).await, Some(1_800_000_000_500));
    assert_eq!(at(900).deliver().await, BTreeMap::new());

    at(1000).join("c").await;
    assert_eq!(
        at(1000).pool().bridge.poll().await.expect("poll").oldest_ms,
        500
    );
    let assigned = at(1000).pool().assign().await.expect("assign");
    assert_eq!(
        (assigned.seated, assigned.skipped, assigned.waited_ms),
        (3, 0, 500)
    );
    at(1000).check().await;
    expect!["abc"].assert_eq(&at(1000).together(&["a", "b", "c"]).await);
    let pushed = at(1000).deliver().await;
    assert_eq!(kinds(&pushed, "a"), "room_joined countdown");
    assert_ne!(at(1000).room("a").await, room);
    // The group's room stays for their return.
    assert_eq!(at(1000).queue_group(&room, "a").await, "Started");
}

#[tokio::test]
async fn only_the_host_queues_and_dequeues_the_group() {
    let world = World::new(TWO).await;
    let (room, _) = world.group(&["a", "b"]).await;
    assert_eq!(world.queue_group(&room, "b").await, "NotHost");
    assert_eq!(world.queue_group(&room, "c").await, "NotMember");
    assert_eq!(world.queue_group("main.nowhere", "a").await, "Unknown");
    assert_eq!(world.queue_text().await, "");
    assert_eq!(world.queue_group(&room, "a").await, "host a");
    assert_eq!(world.queue_text().await, "2");
    assert_eq!(
        world.change(&room, "b", RoomChange::Queue(false)).await,
        "NotHost"
    );
    assert_eq!(
        world.change(&room, "a", RoomChange::Queue(false)).await,
        "host a"
    );
    assert_eq!(world.queue_text().await, "");
    assert_eq!(world.queued_at("a", &room).await, None);
    world.check().await;
    assert_eq!(world.assign().await, "seated 0 started 0 skipped 0");
    // A start ends it as well.
    world.relay_up("r").await;
    world.queue_group(&room, "a").await;
    world
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    assert_eq!(world.queue_text().await, "");
    expect!["a: playing, b: playing"].assert_eq(&world.states(&["a", "b"]).await);
    world.check().await;
}

#[tokio::test]
async fn a_player_of_a_group_who_reloads_stays_in_it() {
    let world = World::new(TWO).await;
    let (room, _) = world.at(0).queued_group(&["a", "b"]).await;
    world.at(1000).close_socket("b").await;
    let id = world.id("b");
    world
        .at(2000)
        .lobby
        .sessions
        .open(&id, "again")
        .await
        .expect("open");
    expect!["b: seated"].assert_eq(&world.at(2000).states(&["b"]).await);
    world.run_through(1000, 60_000).await;
    expect!["a* b"].assert_eq(&world.at(60_000).players("a", &room).await);
    assert_eq!(world.at(60_000).queue_text().await, "2");
}

#[tokio::test]
async fn a_player_disconnected_for_20_s_stays_and_one_for_30_s_leaves_the_group() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).queued_group(&["a", "b", "c"]).await;
    world.at(1000).close_socket("b").await;
    world.at(1000).close_socket("c").await;
    world.run_through(1000, 11_000).await;
    world.run_through(11_000, 21_000).await;
    // A player who is back gives a sign of life.
    expect!["b: seated"].assert_eq(&world.at(21_000).states(&["b"]).await);
    world.run_through(21_000, 30_900).await;
    expect!["a* b c"].assert_eq(&world.at(30_900).players("a", &room).await);
    world.at(31_000).expire().await;
    expect!["c: out expired"].assert_eq(&world.at(31_000).states(&["c"]).await);
    expect!["a* b"].assert_eq(&world.at(31_000).players("a", &room).await);
    // The others keep their waiting time.
    assert_eq!(
        world.at(31_000).queued_at("a", &room).await,
        Some(1_800_000_000_000)
    );
    world.at(31_000).check().await;
    // They return by the code, and the group is complete again.
    assert_eq!(world.at(32_000).enters("c", &code).await, "seated");
    world.at(32_000).check().await;
    assert_eq!(
        world.at(32_000).assign().await,
        "seated 3 started 0 skipped 0"
    );
}

#[tokio::test]
async fn a_player_silent_before_the_group_is_queued_also_has_30_s() {
    let world = World::new(TWO).await;
    let (room, _) = world.at(0).group(&["a", "b"]).await;
    world.at(0).close_socket("b").await;
    world.run_through(0, 15_000).await;
    world.at(15_000).queue_group(&room, "a").await;
    world.run_through(15_000, 34_900).await;
    expect!["a* b"].assert_eq(&world.at(34_900).players("a", &room).await);
    world.at(35_000).expire().await;
    expect!["a*"].assert_eq(&world.at(35_000).players("a", &room).await);
    world.at(35_000).check().await;
}

#[tokio::test]
async fn a_host_who_vanishes_leaves_the_group_in_the_queue() {
    let world = World::new(TWO).await;
    let (room, _) = world.at(0).queued_group(&["a", "b"]).await;
    world.at(0).close_socket("a").await;
    world.run_through(0, 10_000).await;
    expect!["a b*"].assert_eq(&world.at(10_000).players("b", &room).await);
    world.run_through(10_000, 30_000).await;
    expect!["b*"].assert_eq(&world.at(30_000).players("b", &room).await);
    assert_eq!(world.at(30_000).queue_text().await, "1");
    let off = RoomChange::Queue(false);
    assert_eq!(world.at(30_000).change(&room, "b", off).await, "host b");
    assert_eq!(world.at(30_000).queue_text().await, "");
    world.at(30_000).check().await;
}

#[tokio::test]
async fn an_empty_group_leaves_the_queue_and_its_room_closes() {
    let world = World::new(TWO).await;
    let (_, code) = world.at(0).queued_group(&["a", "b"]).await;
    world.at(0).leave("a").await;
    world.at(0).check().await;
    world.at(0).leave("b").await;
    world.at(0).check().await;
    assert_eq!(world.at(0).queue_text().await, "");
    world.run_through(0, 120_000).await;
    assert_eq!(world.at(120_000).enters("c", &code).await, "Unknown");

    // The last player becomes silent.
    let (_, code) = world.at(121_000).queued_group(&["d"]).await;
    world.at(121_000).close_socket("d").await;
    world.run_through(121_000, 131_000).await;
    world.run_through(131_000, 151_000).await;
    assert_eq!(world.at(151_000).queue_text().await, "");
    assert_eq!(world.at(151_000).enters("c", &code).await, "Unknown");
    world.at(151_000).deliver().await;
    assert_eq!(world.code_text(&code).await, None);
    world.at(151_000).check().await;
}

#[tokio::test]
async fn a_group_may_change_while_it_waits_but_not_when_seated() {
    let world = World::new(TWO).await;
    let (room, code) = world.queued_group(&["a", "b", "c"]).await;
    assert_eq!(world.enters("d", &code).await, "seated");
    assert_eq!(world.enters("e", &code).await, "Full");
    let b = world.id("b");
    assert_eq!(
        world.change(&room, "a", RoomChange::Kick(&b)).await,
        "host a"
    );
    world.check().await;
    expect!["a* c d"].assert_eq(&world.players("a", &room).await);
    world.leave("c").await;
    world.check().await;
    assert_eq!(world.assign().await, "seated 2 started 0 skipped 0");
    world.check().await;
    assert_eq!(world.enters("e", &code).await, "Started");
    // One player leaves after the group got seats.
    world.leave("d").await;
    world.check().await;
    expect!["a: seated, d: out"].assert_eq(&world.states(&["a", "d"]).await);
}
