//! Lanes of the outbox: a player is always in the same one, and hanging connections delay nobody else, with any
//! number of lanes.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use lobby::{Push, Pushed};
use serde_json::Value;
use tokio::sync::Notify;

use crate::sink::{Sink, kinds};
use crate::world::World;

/// A transport whose pushes to some connections never return.
#[derive(Default)]
struct Hanging {
    connections: Mutex<BTreeSet<String>>,
    /// The hanging pushes, by connection.
    hung: Mutex<Vec<String>>,
    sink: Sink,
    pushed: Notify,
    count: AtomicUsize,
}

impl Push for Hanging {
    type Error = Infallible;
    async fn push(&self, connection: &str, body: &str) -> Result<Pushed, Infallible> {
        if self.hangs(connection) {
            return std::future::pending().await;
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.pushed.notify_one();
        self.sink.push(connection, body).await
    }
}

impl Hanging {
    fn hangs(&self, connection: &str) -> bool {
        let hangs = self
            .connections
            .lock()
            .expect("no panic")
            .contains(connection);
        if hangs {
            self.hung
                .lock()
                .expect("no panic")
                .push(connection.to_owned());
        }
        hangs
    }

    fn of(world: &World, shorts: &[&str]) -> Self {
        let connections = shorts.iter().map(|short| world.id(short)).collect();
        Self {
            connections: Mutex::new(connections),
            ..Self::default()
        }
    }

    /// How many connections have received a message of this type.
    fn count(&self, kind: &str) -> usize {
        let pushed = self.sink.pushed.lock().expect("no panic");
        let has = |messages: &&Vec<Value>| messages.iter().any(|message| message["type"] == kind);
        pushed.values().filter(has).count()
    }

    /// The types of the messages that the client of a connection accepts: it drops messages that are not newer than
    /// the last one.
    fn taken(&self, connection: &str) -> String {
        let pushed = self.sink.pushed.lock().expect("no panic");
        let (mut last, mut kinds) = (0, Vec::new());
        for message in pushed.get(connection).into_iter().flatten() {
            let seq = message["seq"].as_u64().expect("a number");
            if seq > last {
                last = seq;
                kinds.push(message["type"].as_str().expect("a type"));
            }
        }
        kinds.join(" ")
    }
}

const LANES_MAX: u32 = 64;
/// On a busy machine, one delivery may end before every player has their messages.
const DELIVERIES_MAX: u32 = 20;

/// As if the leases of a dead delivery had run out.
async fn free_leases(world: &World) {
    let leases: Vec<String> = world.redis("KEYS {}:outbox:*lease").await;
    for lease in leases {
        let _: u64 = world.redis(&format!("DEL {lease}")).await;
    }
}

/// A thousand players in matches of five, ten of whom have hanging connections. The delivery dies before the hanging
/// pushes return.
async fn ten_of_a_thousand_hang(lanes: u32) {
    let world = World::new(&format!(r#"{{"lanes":{lanes}}}"#)).await;
    let relay = world.relay("r", 1000);
    let names: Vec<String> = (0..1000).map(|n| format!("p{n}")).collect();
    let come = async |name: &String| {
        world.connect(&[name]).await;
        world.join(name).await;
    };
    stream::iter(&names).for_each_concurrent(64, come).await;
    for _ in 0..20 {
        world.lobby.relays.renew(&relay).await.expect("renew");
        let assigned = world.pool().assign().await.expect("assign");
        assert_eq!((assigned.seated, assigned.started), (50, 10));
    }
    let hang: Vec<&str> = names.iter().step_by(100).map(String::as_str).collect();
    let push = Hanging::of(&world, &hang);
    let pool = world.pool();
    // Each of the others gets three messages.
    let all_others = async {
        while push.count.load(Ordering::Relaxed) < 2970 || push.count("match_started") < 990 {
            push.pushed.notified().await;
        }
    };
    let deliver = async {
        for _ in 0..DELIVERIES_MAX {
            pool.outbox.deliver(&push).await.expect("deliver");
        }
    };
    tokio::select! {
        () = deliver => panic!("{} of the others have their messages", push.count("match_started")),
        () = all_others => {}
    }
    assert_eq!(push.count("queued"), 990);
    push.connections.lock().expect("no panic").clear();
    free_leases(&world).await;
    while pool.outbox.deliver(&push).await.expect("deliver").remainder {}
    let taken: BTreeSet<String> = names
        .iter()
        .map(|name| push.taken(&world.id(name)))
        .collect();
    assert_eq!(
        taken,
        ["queued room_joined match_started".to_owned()].into()
    );
    assert_eq!(pool.bridge.poll().await.expect("poll").deliver, [0; 0]);
}

#[tokio::test]
async fn ten_of_a_thousand_connections_hang_and_the_others_get_their_messages_with_one_lane() {
    ten_of_a_thousand_hang(1).await;
}

#[tokio::test]
async fn ten_of_a_thousand_connections_hang_and_the_others_get_their_messages_with_16_lanes() {
    ten_of_a_thousand_hang(16).await;
}

#[tokio::test]
async fn a_brief_delivery_does_not_wait_for_a_hanging_connection_and_deliver_retries_it() {
    let world = World::new(r#"{"lanes":1}"#).await;
    world.connect(&["a", "b", "c"]).await;
    world.join_all(&["a", "b"]).await;
    let push = Hanging::of(&world, &["a"]);
    let outbox = world.pool().outbox;
    let report = outbox.deliver_new(&push).await.expect("deliver");
    assert_eq!((report.pushed, report.failed), (1, 1));
    // Only `deliver` retries a player who is set aside.
    world.join("c").await;
    world.assign().await;
    let report = outbox.deliver_new(&push).await.expect("deliver");
    assert_eq!((report.pushed, report.failed), (5, 0));
    assert_eq!(*push.hung.lock().expect("no panic"), [world.id("a")]);
    assert_eq!(world.pool().bridge.poll().await.expect("poll").deliver, [0]);
    push.connections.lock().expect("no panic").clear();
    let report = outbox.deliver(&push).await.expect("deliver");
    // Nobody gets a message twice.
    assert_eq!((report.pushed, report.failed), (3, 0));
    for (player, messages) in [
        ("a", "queued room_joined countdown"),
        ("b", "queued room_joined countdown"),
        ("c", "queued room_joined countdown"),
    ] {
        assert_eq!(push.taken(&world.id(player)), messages, "{player}");
    }
    assert_eq!(
        world.redis::<Vec<String>>("KEYS {}:outbox:*").await,
        [""; 0]
    );
}

/// The players in each lane, and the ids of their entries.
async fn lanes_of(world: &World) -> BTreeMap<String, BTreeSet<u32>> {
    let mut lanes: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    let mut named = BTreeSet::new();
    let mut notified = BTreeSet::new();
    for lane in 0..LANES_MAX {
        let suffix = if lane == 0 {
            String::new()
        } else {
            format!(":{lane}")
        };
        let stream = format!("XRANGE {{}}:outbox{suffix} - +");
        let entries: Vec<(String, Vec<String>)> = world.redis(&stream).await;
        for (id, fields) in entries {
            let entry: Value = serde_json::from_str(&fields[3]).expect("an entry");
            let to = |list: &Value| -> Vec<String> {
                let list = list.as_array().into_iter().flatten();
                list.map(|player| player.as_str().expect("a player").to_owned())
                    .collect()
            };
            for notice in entry["tell"].as_array().into_iter().flatten() {
                named.extend(
                    to(&notice["to"])
                        .into_iter()
                        .map(|player| (id.clone(), player)),
                );
            }
            for player in to(&serde_json::from_str(&fields[5]).expect("players")) {
                assert!(
                    notified.insert((id.clone(), player.clone())),
                    "{player} twice"
                );
                lanes.entry(player).or_default().insert(lane);
            }
        }
    }
    assert_eq!(named, notified);
    lanes
}

#[tokio::test]
async fn a_player_is_always_in_one_lane_and_each_message_in_exactly_one() {
    let world = World::new(r#"{"lanes":7,"seats_min":2,"bots":{"fill_to":4,"after_ms":0}}"#).await;
    world.relay_up("r").await;
    let names: Vec<String> = (0..60).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    for round in 0..3 {
        join_all(names.iter().map(|name| world.join(name))).await;
        world.assign().await;
        world.expire().await;
        for name in names.iter().skip(round).step_by(2) {
            let id = world.id(name);
            world
                .lobby
                .players
                .queue_leave(&id, None)
                .await
                .expect("leave");
        }
    }
    let lanes = lanes_of(&world).await;
    assert_eq!(lanes.len(), 60);
    let wrong: Vec<_> = lanes.iter().filter(|(_, lanes)| lanes.len() != 1).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let used: BTreeSet<u32> = lanes.into_values().flatten().collect();
    assert_eq!(used, (0..7).collect());
}

#[tokio::test]
async fn after_a_change_of_lanes_the_old_ones_are_delivered_and_numbers_increase() {
    let world = World::new(r#"{"lanes":16}"#).await;
    world.connect(&["a", "b", "c"]).await;
    world.join_all(&["a", "b", "c"]).await;
    let fewer = world.with_settings(r#"{"lanes":2}"#).await;
    let first = fewer.deliver().await;
    fewer.assign().await;
    let second = fewer.deliver().await;
    for player in ["a", "b", "c"] {
        assert_eq!(kinds(&first, player), "queued");
        assert_eq!(kinds(&second, player), "room_joined countdown");
        assert!(first[player][0]["seq"].as_u64() < second[player][0]["seq"].as_u64());
    }
}
