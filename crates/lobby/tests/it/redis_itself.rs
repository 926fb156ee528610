//! Redis unreachable, back, full, or without its scripts; and hints over its connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lobby::{Error, Hint, Hints, InboxMessage, Joined, Left, Lobby, Pools, Received};

use crate::world::World;
use testkit::{Redis, free_port};

const DEADLINE: Duration = Duration::from_secs(20);

async fn hint(hints: &mut Hints, wanted: &Hint) {
    let found =
        tokio::time::timeout(DEADLINE, async { while hints.next().await != *wanted {} }).await;
    assert!(found.is_ok(), "no {wanted:?} came");
}

#[tokio::test]
async fn without_redis_a_call_fails_at_once_and_works_when_it_is_back() {
    let port = free_port();
    let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
    let lobby = Lobby::connect(&format!("redis://127.0.0.1:{port}"), pools)
        .await
        .expect("a lobby");
    let since = Instant::now();
    for _ in 0..5 {
        assert!(matches!(lobby.players.me("a").await, Err(Error::Redis(_))));
    }
    assert!(since.elapsed() < DEADLINE);
    let server = Redis::start_at(port);
    assert!(lobby.players.me("a").await.is_ok());
    let mut hints = lobby.hints();
    hints.follow(&lobby.pools().0.keys().cloned().collect());
    hint(
        &mut hints,
        &Hint::Queue {
            pool: "main".to_owned(),
        },
    )
    .await;

    drop(server);
    // The first call may fail because of the lost connection, or reconnect.
    assert!(lobby.ping().await.is_err());
    assert!(lobby.ping().await.is_err());
    let _server = Redis::start_at(port);
    assert!(lobby.ping().await.is_ok());
    hint(
        &mut hints,
        &Hint::Queue {
            pool: "main".to_owned(),
        },
    )
    .await;
}

/// Redis sends an event to each reader, so a relay reads only the pools for which it acts.
#[tokio::test]
async fn only_followed_pools_are_read() {
    let server = Redis::start();
    let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
    let lobby = Lobby::connect(&server.url, pools).await.expect("a lobby");
    let mut hints = lobby.hints();
    let readers = || {
        let clients = server.command(&["CLIENT", "LIST"]);
        let is_reader = |line: &&str| line.contains("cmd=xread") || line.contains("psub=1");
        clients.lines().filter(is_reader).count()
    };
    for (pools, expected) in [(vec!["main"], 2), (vec![], 0), (vec!["main"], 2)] {
        hints.follow(&pools.into_iter().map(str::to_owned).collect());
        let wait = tokio::time::timeout(DEADLINE, async {
            while readers() != expected {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        assert!(wait.await.is_ok(), "{} readers", readers());
    }
}

#[tokio::test]
async fn joins_and_expired_shadow_keys_give_hints() {
    let world = World::new(r#"{"player_ttl_ms":50}"#).await;
    let mut hints = world.lobby.hints();
    hints.follow(&world.lobby.pools().0.keys().cloned().collect());
    hint(
        &mut hints,
        &Hint::Queue {
            pool: world.name.clone(),
        },
    )
    .await;
    let expired = Hint::Expired {
        pool: world.name.clone(),
    };
    let found = tokio::time::timeout(DEADLINE, async {
        // The subscription may start after the first shadow key expired, so the test creates several.
        for i in 0.. {
            world.join(&format!("p{i}")).await;
            if tokio::time::timeout(Duration::from_millis(300), hint(&mut hints, &expired))
                .await
                .is_ok()
            {
                return;
            }
        }
    });
    assert!(found.await.is_ok(), "no hint of an expired shadow key");
}

#[tokio::test]
async fn an_unreadable_inbox_entry_is_counted_once() {
    let world = World::new("{}").await;
    let (mut inbox, key) = (
        world.lobby.inbox(&world.id("r")),
        format!("inbox:{}", world.id("r")),
    );
    let add = |fields: &'static str| {
        let words = format!("XADD {key} * {fields}");
        let world = &world;
        async move { world.redis::<String>(&words).await }
    };
    let wait = Duration::from_millis(50);
    add("kind moved room main.A epoch 1").await;
    add("kind nonsense room main.A epoch 1").await;
    let first = inbox.read(wait).await.expect("inbox");
    assert_eq!((first.messages.len(), first.unreadable), (1, 1));
    assert_eq!(inbox.read(wait).await.expect("inbox"), Received::default());
    add("nothing at-all").await;
    let second = inbox.read(wait).await.expect("inbox");
    assert_eq!((second.messages.len(), second.unreadable), (0, 1));
    assert_eq!(inbox.read(wait).await.expect("inbox"), Received::default());
    add("kind left room main.A epoch 2 player p").await;
    let third = inbox.read(wait).await.expect("inbox");
    assert_eq!((third.messages.len(), third.unreadable), (1, 0));
    assert!(matches!(
        &third.messages[0],
        InboxMessage::Left { epoch: 2, .. }
    ));
    // A new reader starts at the oldest entry.
    assert_eq!(world.inbox("r").await.len(), 2);
}

#[tokio::test]
async fn scripts_that_redis_lost_are_loaded_again() {
    let world = World::on(Arc::new(Redis::start()), &["{}"]).await;
    world.join("a").await;
    let _: () = world.redis("SCRIPT FLUSH").await;
    assert_eq!(
        world.join("b").await,
        Joined::Queued {
            position: 2,
            new: true
        }
    );
    world.check().await;
}

#[tokio::test]
async fn a_full_redis_refuses_joins_and_lets_everybody_leave() {
    let world = World::on(Arc::new(Redis::start()), &["{}"]).await;
    world.join("a").await;
    world.assign().await;
    world.join("b").await;
    let _: () = world.redis("CONFIG SET maxmemory 1").await;
    let id = world.id("c");
    let join = lobby::Join {
        player: &id,
        name: "c",
        color: None,
        game: "",
        latencies: "",
        trace: "",
        priority: 0,
        request: None,
    };
    let refused = world.pool().queue_join(join).await;
    assert!(matches!(refused, Err(Error::Full)), "{refused:?}");
    for short in ["a", "b"] {
        assert_eq!(
            world
                .lobby
                .players
                .queue_leave(&world.id(short), Some("x"))
                .await
                .expect("leave"),
            Left::Out
        );
    }
    world.pool().deadlines.expire(10).await.expect("expire");
    world.pool().bridge.poll().await.expect("poll");
    let _: () = world.redis("CONFIG SET maxmemory 0").await;
    assert_eq!(
        world.join("c").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.check().await;
}

#[tokio::test]
async fn a_read_only_answer_makes_the_client_rebuild_its_connection() {
    let world = World::on(Arc::new(Redis::read_only()), &["{}"]).await;
    let opened = || async {
        let stats: String = world.redis("INFO stats").await;
        let line = stats
            .lines()
            .find_map(|line| line.strip_prefix("total_connections_received:"));
        line.expect("the number of connections")
            .parse::<u32>()
            .expect("a number")
    };
    let id = world.id("a");
    let join = lobby::Join {
        player: &id,
        name: "a",
        color: None,
        game: "",
        latencies: "",
        trace: "",
        priority: 0,
        request: None,
    };
    let refused = world.pool().queue_join(join).await;
    assert!(
        matches!(&refused, Err(Error::Redis(error)) if error.code() == Some("READONLY")),
        "{refused:?}"
    );
    let before = opened().await;
    let _: () = world.redis("REPLICAOF NO ONE").await;
    assert_eq!(
        world.join("a").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    assert_eq!(opened().await, before + 1);
    world.check().await;
}
