//! List watchers: what they receive, when, and how a watch ends.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};

use lobby::{NewRoom, Push, Pushed, RoomChange, RoomSettings, Watch};
use serde_json::Value;

use crate::sink::Sink;
use crate::world::World;
use crate::world_gathering::TWO;

fn watch(conditions: &str) -> Watch {
    Watch {
        conditions: conditions.to_owned(),
        sort: None,
    }
}

impl World {
    async fn watches(&self, connection: &str, conditions: &str) -> bool {
        let (rooms, watch) = (&self.lobby.rooms, watch(conditions));
        let done = rooms.watch_rooms(&self.name, connection, &watch).await;
        done.expect("watch")
    }

    async fn notify(&self, push: &impl Push) {
        let rooms = &self.lobby.rooms;
        let notified = rooms.notify_watchers(&self.name, "arena", push).await;
        notified.expect("notify");
    }

    /// What the watcher receives now, as `full +a ~b -1`: the names of added and changed rooms, and the number of
    /// removed ones.
    async fn received_by(&self, connection: &str) -> String {
        let sink = Sink::default();
        self.notify(&sink).await;
        let pushed = sink.pushed.lock().expect("no panic").remove(connection);
        let messages: Vec<String> = pushed.iter().flatten().map(shown).collect();
        messages.join(", ")
    }

    async fn listed(&self, short: &str) -> String {
        let new = NewRoom {
            is_listed: true,
            ..NewRoom::default()
        };
        self.make_with(short, &new).await;
        self.room(short).await
    }

    /// Whether `deliver` has work other than the outbox.
    async fn is_due(&self) -> bool {
        self.deliver().await;
        let work = self.pool().bridge.poll().await.expect("poll");
        work.deliver == [0]
    }

    async fn renamed(&self, room: &str, host: &str, name: &str) {
        let settings = RoomSettings {
            name: Some(name),
            ..RoomSettings::default()
        };
        self.change(room, host, RoomChange::Settings(settings))
            .await;
    }
}

fn shown(message: &Value) -> String {
    assert_eq!(message["type"], "rooms");
    let names = |member: &str, sign: char| {
        let rooms = message[member].as_array().expect(member).iter();
        let names =
            rooms.map(move |room| format!("{sign}{}", room["name"].as_str().expect("a name")));
        names.collect::<Vec<_>>()
    };
    let mut words = vec![if message["full"] == true { "full" } else { "" }.to_owned()];
    words.extend(names("added", '+'));
    words.extend(names("changed", '~'));
    let gone = message["gone"].as_array().expect("gone").len();
    words.push(if gone > 0 {
        format!("-{gone}")
    } else {
        String::new()
    });
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

#[tokio::test]
async fn a_watcher_gets_the_list_and_then_what_changes_in_it() {
    let world = World::new(TWO).await;
    let at = |ms| world.at(ms);
    let a = at(0).listed("a").await;
    assert!(!at(0).is_due().await);
    assert!(at(0).watches(&world.id("c"), "free:gte:3").await);
    assert!(at(0).is_due().await);
    assert_eq!(at(0).received_by(&world.id("c")).await, "full +a");

    at(600).listed("b").await;
    at(600).make("p").await;
    assert_eq!(at(600).received_by(&world.id("c")).await, "+b");
    at(1200).renamed(&a, "a", "ours").await;
    assert_eq!(at(1200).received_by(&world.id("c")).await, "~ours");
    // A room that became private, and a listed room that the search no longer finds.
    at(1800).leave("b").await;
    at(1800).renamed(&a, "a", "again").await;
    assert_eq!(at(1800).received_by(&world.id("c")).await, "~b ~again");
    at(2400).leave("a").await;
    let code: String = world.redis(&format!("HGET {{}}:room:{a} code")).await;
    for (n, short) in ["d", "e"].iter().enumerate() {
        at(2400 + n as u64).enter(short, &code, false).await;
    }
    assert_eq!(at(2402).received_by(&world.id("c")).await, "-1");
    world.check().await;
}

#[tokio::test]
async fn a_watcher_gets_two_messages_a_second_at_most() {
    let world = World::new(TWO).await;
    let a = world.at(0).listed("a").await;
    world.at(0).watches(&world.id("c"), "").await;
    assert_eq!(world.at(0).received_by(&world.id("c")).await, "full +a");
    world.at(1).renamed(&a, "a", "b").await;
    // Also with another search.
    assert_eq!(world.at(499).received_by(&world.id("c")).await, "");
    assert!(world.at(499).is_due().await);
    assert_eq!(world.at(500).received_by(&world.id("c")).await, "~b");
    assert!(!world.at(500).is_due().await);
    world.at(501).watches(&world.id("c"), "").await;
    assert_eq!(world.at(999).received_by(&world.id("c")).await, "");
    assert_eq!(world.at(1000).received_by(&world.id("c")).await, "full +b");
}

#[tokio::test]
async fn a_change_outside_the_search_sends_nothing() {
    let world = World::new(TWO).await;
    world.at(0).watches(&world.id("c"), "game:eq:tag").await;
    assert_eq!(world.at(0).received_by(&world.id("c")).await, "full");
    world.at(600).listed("a").await;
    assert!(world.at(600).is_due().await);
    assert_eq!(world.at(600).received_by(&world.id("c")).await, "");
    assert!(!world.at(600).is_due().await);
    world.at(601).watches(&world.id("c"), "game:eq:arena").await;
    assert_eq!(world.at(601).received_by(&world.id("c")).await, "full +a");
}

#[tokio::test]
async fn a_watch_ends_by_request_with_the_socket_and_with_another_pool() {
    let world = World::with_pools(&[TWO, TWO]).await;
    let watchers = async || world.redis::<u32>("ZCARD {}:listed:watchers").await;
    world.connect(&["a", "b"]).await;
    for short in ["a", "b"] {
        world.watches(&world.id(short), "").await;
    }
    world.watches(&world.id("c"), "").await;
    assert_eq!(watchers().await, 3);
    let rooms = &world.lobby.rooms;
    rooms.unwatch_rooms(&world.id("a")).await.expect("unwatch");
    assert_eq!(watchers().await, 2);
    let closed = world.lobby.sessions.close(&world.id("b")).await;
    closed.expect("close");
    assert_eq!(watchers().await, 1);
    let other = rooms
        .watch_rooms(&world.pool_name(1), &world.id("c"), &watch(""))
        .await;
    assert!(other.expect("watch"));
    assert_eq!(watchers().await, 0);
    let left: Vec<String> = world.redis("KEYS {}:watcher:*").await;
    assert_eq!(left, Vec::<String>::new());
    world.check().await;
}

/// A transport that fails until the flag is cleared, or reports the connection as gone.
struct Broken {
    sink: Sink,
    fails: AtomicBool,
    is_gone: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the push failed")]
struct Failed;

impl Push for Broken {
    type Error = Failed;
    async fn push(&self, connection: &str, body: &str) -> Result<Pushed, Failed> {
        if self.is_gone {
            return Ok(Pushed::Gone);
        }
        if self.fails.load(Ordering::Relaxed) {
            return Err(Failed);
        }
        let sent: Result<Pushed, Infallible> = self.sink.push(connection, body).await;
        Ok(sent.unwrap_or(Pushed::Delivered))
    }
}

#[tokio::test]
async fn a_failed_message_is_sent_again_and_a_closed_socket_stops_watching() {
    let world = World::new(TWO).await;
    world.at(0).listed("a").await;
    world.connect(&["c"]).await;
    let connection = world.id("c");
    world.at(0).watches(&connection, "").await;
    let push = Broken {
        sink: Sink::default(),
        fails: AtomicBool::new(true),
        is_gone: false,
    };
    world.at(0).notify(&push).await;
    push.fails.store(false, Ordering::Relaxed);
    // The first message may still be in flight.
    assert_eq!(world.at(2_999).received_by(&connection).await, "");
    assert_eq!(world.at(3_000).received_by(&connection).await, "full +a");

    world.at(4_000).listed("b").await;
    let gone = Broken {
        is_gone: true,
        ..push
    };
    world.at(4_000).notify(&gone).await;
    assert_eq!(world.redis::<u32>("ZCARD {}:listed:watchers").await, 0);
    assert!(!world.at(4_000).is_due().await);
}

#[tokio::test]
async fn a_pool_has_five_hundred_watchers_at_most() {
    let world = World::new(TWO).await;
    for n in 0..500 {
        assert!(world.watches(&format!("c{n}"), "").await);
    }
    assert!(!world.watches("one-more", "").await);
    assert!(world.watches("c7", "free:gte:1").await);
    world
        .lobby
        .rooms
        .unwatch_rooms("c8")
        .await
        .expect("unwatch");
    assert!(world.watches("one-more", "").await);
}
