//! Delivery: at least once, in order, by one holder of the lease, even if connections are gone or fail.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use expect_test::expect;
use lobby::{Push, Pushed};
use serde_json::Value;

use crate::sink::{Sink, kinds};
use crate::world::World;

#[derive(Debug, thiserror::Error)]
#[error("the push failed")]
struct PushFailed;

/// A transport that fails for some connections and reports others as gone.
#[derive(Default)]
struct Broken {
    failing: Mutex<BTreeSet<String>>,
    gone: BTreeSet<String>,
    sink: Sink,
}

impl Push for Broken {
    type Error = PushFailed;
    async fn push(&self, connection: &str, body: &str) -> Result<Pushed, PushFailed> {
        if self.failing.lock().expect("no panic").contains(connection) {
            return Err(PushFailed);
        }
        if self.gone.contains(connection) {
            return Ok(Pushed::Gone);
        }
        self.sink
            .push(connection, body)
            .await
            .map_err(|_| PushFailed)
    }
}

fn got(sink: &Sink, connection: &str) -> Vec<Value> {
    sink.pushed
        .lock()
        .expect("no panic")
        .get(connection)
        .cloned()
        .unwrap_or_default()
}

const NONE: [u32; 0] = [];

/// The lanes in which the bridge finds work.
async fn lanes_due(world: &World) -> Vec<u32> {
    world.pool().bridge.poll().await.expect("poll").deliver
}

fn rising(messages: &[Value]) -> bool {
    messages
        .windows(2)
        .all(|pair| pair[0]["seq"].as_u64() < pair[1]["seq"].as_u64())
}

#[tokio::test]
async fn every_transition_has_one_entry_in_order() {
    let world = World::new("{}").await;
    world.relay_up("r").await;
    world.join_all(&["a", "b", "c"]).await;
    world.assign().await;
    world
        .lobby
        .players
        .queue_leave(&world.id("c"), None)
        .await
        .expect("leave");
    expect!["queued queued queued room_joined countdown left room_updated countdown"]
        .assert_eq(&world.outbox().await);
}

#[tokio::test]
async fn messages_arrive_in_order_with_increasing_numbers() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    world.match_of_five().await;
    let pushed = world.deliver().await;
    expect!["queued room_joined match_started"].assert_eq(&kinds(&pushed, "a"));
    assert!(rising(&pushed["a"]), "{pushed:?}");
    assert!(world.deliver().await.is_empty());
}

#[tokio::test]
async fn a_push_to_a_connection_that_is_still_opening_is_retried() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    world.join("a").await;
    let gone = Broken {
        gone: [world.id("a")].into(),
        ..Broken::default()
    };
    let early = world.pool().outbox.deliver(&gone).await.expect("deliver");
    assert_eq!((early.gone, early.failed), (0, 1));
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "a"), "queued");
}

#[tokio::test]
async fn a_failing_push_is_retried_and_delays_no_other_player() {
    let world = World::new("{}").await;
    world.connect(&["a", "b"]).await;
    world.join_all(&["a", "b"]).await;
    let push = Broken {
        failing: Mutex::new([world.id("a")].into()),
        ..Broken::default()
    };
    let drained = world.pool().outbox.deliver(&push).await.expect("deliver");
    assert_eq!(
        (drained.pushed, drained.failed, drained.remainder),
        (1, 1, false)
    );
    assert_eq!(lanes_due(&world).await, [0]);
    world.assign().await;
    let drained = world.pool().outbox.deliver(&push).await.expect("deliver");
    assert_eq!((drained.pushed, drained.failed), (1, 1));
    push.failing.lock().expect("no panic").clear();
    world.pool().outbox.deliver(&push).await.expect("deliver");
    let messages = got(&push.sink, &world.id("a"));
    assert_eq!(
        messages
            .iter()
            .map(|m| m["type"].as_str().expect("a type"))
            .collect::<Vec<_>>(),
        ["queued", "room_joined"]
    );
    assert!(rising(&messages), "{messages:?}");
    assert_eq!(lanes_due(&world).await, NONE);
}

#[tokio::test]
async fn a_gone_connection_is_removed_unless_it_was_superseded() {
    let world = World::new("{}").await;
    let (id, old) = (world.id("a"), world.id("old"));
    assert_eq!(
        world.lobby.sessions.open(&id, &old).await.expect("session"),
        None
    );
    assert_eq!(
        world.lobby.sessions.open(&id, &old).await.expect("session"),
        None
    );
    world.join("a").await;
    // The connection is older than a handshake takes.
    let _: bool = world.redis(&format!("EXPIRE connection:{old} 7000")).await;
    let push = Broken {
        gone: [old.clone()].into(),
        ..Broken::default()
    };
    let drained = world.pool().outbox.deliver(&push).await.expect("deliver");
    assert_eq!((drained.pushed, drained.gone), (0, 1));
    assert_eq!(
        world.lobby.sessions.player_of(&old).await.expect("session"),
        None
    );

    let (first, second) = (world.id("first"), world.id("second"));
    world
        .lobby
        .sessions
        .open(&id, &first)
        .await
        .expect("session");
    assert_eq!(
        world
            .lobby
            .sessions
            .open(&id, &second)
            .await
            .expect("session"),
        Some(first.clone())
    );
    world.lobby.sessions.close(&first).await.expect("close");
    world.lobby.sessions.close(&first).await.expect("close");
    assert_eq!(
        world
            .lobby
            .sessions
            .player_of(&second)
            .await
            .expect("session"),
        Some(id)
    );
    world.assign().await;
    let push = Broken::default();
    world.pool().outbox.deliver(&push).await.expect("deliver");
    assert_eq!(got(&push.sink, &second).len(), 1);
}

/// A transport whose caller dies during the first push.
struct Dying(AtomicU64);

impl Push for Dying {
    type Error = PushFailed;
    async fn push(&self, _: &str, _: &str) -> Result<Pushed, PushFailed> {
        self.0.fetch_add(1, Ordering::Relaxed);
        std::future::pending().await
    }
}

#[tokio::test]
async fn entries_of_a_delivery_that_died_are_delivered_by_the_next() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    world.join("a").await;
    let dying = Dying(AtomicU64::new(0));
    let pool = world.pool();
    tokio::select! {
        _ = pool.outbox.deliver(&dying) => panic!("it never ends"),
        () = async { while dying.0.load(Ordering::Relaxed) == 0 { tokio::task::yield_now().await } } => {}
    }
    assert!(
        world.deliver().await.is_empty(),
        "the dead one's lease still holds"
    );
    assert_eq!(lanes_due(&world).await, NONE);
    let _: u64 = world.redis("DEL {}:outbox:lease").await;
    assert_eq!(lanes_due(&world).await, [0]);
    expect!["queued"].assert_eq(&kinds(&world.deliver().await, "a"));
}

#[tokio::test]
async fn an_unreadable_entry_blocks_nothing() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    let _: String = world.redis("XADD {}:outbox * kind junk entry {{{").await;
    world.join("a").await;
    expect!["queued"].assert_eq(&kinds(&world.deliver().await, "a"));
    assert_eq!(world.redis::<u64>("XLEN {}:outbox").await, 0);
}

#[tokio::test]
async fn a_player_without_a_connection_blocks_nobody() {
    let world = World::new("{}").await;
    world.join_all(&["a", "b"]).await;
    assert!(world.deliver().await.is_empty());
    assert_eq!(world.redis::<u64>("XLEN {}:outbox").await, 0);
}
