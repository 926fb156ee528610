//! A real Redis Cluster of three primaries, with pools spread over them.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use lobby::{Hint, Joined, Status};

use crate::world::World;
use testkit::{Node, Redis, free_port};

const DEADLINE: Duration = Duration::from_secs(30);
const FIVE: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A world whose three pools are on three nodes, and the index of each pool's node.
async fn spread(server: &Arc<Redis>, settings: &str) -> (World, Vec<usize>) {
    loop {
        let world = World::on(server.clone(), &[settings; 3]).await;
        let nodes: Vec<usize> = (0..3)
            .map(|i| slot(server, &world.pool_name(i)) * 3 / 16384)
            .collect();
        if BTreeSet::from_iter(&nodes).len() == 3 {
            return (world, nodes);
        }
    }
}

fn slot(server: &Redis, pool: &str) -> usize {
    let slot = server.nodes[0].run(&format!("CLUSTER KEYSLOT {{{pool}}}:x"));
    slot.parse().expect("a slot")
}

/// The world with its `i`th pool as the first one.
fn with_pool(world: &World, i: usize) -> World {
    let mut world = world.clone();
    world.name = world.pool_name(i);
    world
}

async fn join(world: &World, i: usize, short: &str) -> lobby::Result<Joined> {
    let player = world.id(short);
    let join = lobby::Join {
        player: &player,
        name: short,
        color: None,
        game: "",
        latencies: "",
        trace: "",
        priority: 0,
        request: None,
    };
    let pool = world.lobby.pool(&world.pool_name(i))?;
    pool.queue_join(join).await
}

#[tokio::test]
async fn pools_on_three_nodes_play_at_the_same_time() {
    let server = Arc::new(Redis::cluster(3));
    let (world, _) = spread(&server, "{}").await;
    world.relay_up("r").await;
    for i in 0..3 {
        let world = with_pool(&world, i);
        let shorts = FIVE.map(|short| format!("{short}{i}"));
        let shorts: Vec<&str> = shorts.iter().map(String::as_str).collect();
        world.join_all(&shorts).await;
        assert_eq!(world.assign().await, "seated 5 started 1 skipped 0");
        assert_eq!(world.state(shorts[0]).await, "playing");
    }
    world.deliver().await;
    world.check().await;
    for node in &server.nodes {
        assert_ne!(node.run("DBSIZE"), "0", "{} has nothing", node.url);
    }
}

#[tokio::test]
async fn hints_come_from_every_node() {
    let server = Arc::new(Redis::cluster(3));
    let (world, _) = spread(&server, r#"{"player_ttl_ms":50}"#).await;
    let mut hints = world.lobby.hints();
    hints.follow(&world.lobby.pools().0.keys().cloned().collect());
    let mut missing: BTreeSet<String> = (0..3)
        .flat_map(|i| ["queue", "expired"].map(|kind| format!("{kind} {}", world.pool_name(i))))
        .collect();
    let received = tokio::time::timeout(DEADLINE, async {
        for n in 0.. {
            for i in 0..3 {
                join(&world, i, &format!("p{n}-{i}")).await.expect("join");
            }
            while let Ok(hint) =
                tokio::time::timeout(Duration::from_millis(200), hints.next()).await
            {
                missing.remove(&match hint {
                    Hint::Queue { pool } => format!("queue {pool}"),
                    Hint::Expired { pool } => format!("expired {pool}"),
                });
            }
            if missing.is_empty() {
                return;
            }
        }
    });
    let in_time = received.await.is_ok();
    assert!(in_time, "no hint from: {missing:?}");
}

/// Starts to move a slot from one node to the other.
fn begin_move(from: &Node, to: &Node, slot: usize) {
    let (source, target) = (from.run("CLUSTER MYID"), to.run("CLUSTER MYID"));
    to.run(&format!("CLUSTER SETSLOT {slot} IMPORTING {source}"));
    from.run(&format!("CLUSTER SETSLOT {slot} MIGRATING {target}"));
}

/// Moves the remaining keys, and completes the move of the slot.
fn end_move(server: &Redis, from: &Node, to: &Node, slot: usize) {
    while from.run(&format!("CLUSTER COUNTKEYSINSLOT {slot}")) != "0" {
        let keys = keys_of(from, slot);
        from.run(&format!(
            "MIGRATE 127.0.0.1 {} '' 0 5000 KEYS {keys}",
            to.address.port
        ));
    }
    let target = to.run("CLUSTER MYID");
    for node in [to, from].into_iter().chain(&server.nodes) {
        node.run(&format!("CLUSTER SETSLOT {slot} NODE {target}"));
    }
}

fn keys_of(node: &Node, slot: usize) -> String {
    let keys = node.run(&format!("CLUSTER GETKEYSINSLOT {slot} 100"));
    keys.lines().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_pool_that_moves_to_another_node_loses_no_player() {
    let server = Arc::new(Redis::cluster(3));
    let (world, nodes) = spread(&server, "{}").await;
    let slot = slot(&server, &world.name);
    let (from, to) = (&server.nodes[nodes[0]], &server.nodes[nodes[1]]);
    let mut acknowledged = vec!["before".to_owned()];
    world.join("before").await;

    begin_move(from, to, slot);
    for n in 0..20 {
        // Keys that have moved are read from the other node; a script that needs both nodes is refused.
        if join(&world, 0, &format!("during{n}")).await.is_ok() {
            acknowledged.push(format!("during{n}"));
        }
    }
    end_move(&server, from, to, slot);
    // A redirect is not an error: nothing was applied, and it names the node.
    for n in 0..20 {
        let joined = join(&world, 0, &format!("after{n}")).await.expect("join");
        assert!(matches!(joined, Joined::Queued { .. }), "{joined:?}");
        acknowledged.push(format!("after{n}"));
    }
    for short in acknowledged {
        assert_eq!(world.me(&short).await.status, Status::Queued, "{short}");
    }
    world.check().await;
}

#[tokio::test]
async fn an_unreachable_node_affects_only_its_own_pools() {
    let server = Arc::new(Redis::cluster(3));
    let last = &server.nodes[2];
    let (world, nodes) = spread(&server, "{}").await;
    let away = nodes.iter().position(|node| *node == 2).expect("a pool");
    for i in 0..3 {
        with_pool(&world, i)
            .pool()
            .bridge
            .poll()
            .await
            .expect("poll");
    }
    last.signal("STOP");
    for i in 0..3 {
        let looked = with_pool(&world, i).pool().bridge.poll().await;
        assert_eq!(looked.is_ok(), i != away, "{} hangs: {looked:?}", last.url);
    }
    last.signal("CONT");
    let back = async {
        while with_pool(&world, away).pool().bridge.poll().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, back).await.is_ok());
}

#[tokio::test]
async fn a_promoted_replica_is_found_without_being_configured() {
    let mut server = Redis::cluster(3);
    let replica = replica_of(&server.nodes[0]);
    let primary = server.nodes[0].run("CLUSTER MYID");
    let others = server.nodes.split_off(1);
    let mut first = server.nodes.pop().expect("a node");
    server.nodes = others;
    let server = Arc::new(server);
    let world = loop {
        let world = World::on(server.clone(), &["{}"]).await;
        if slot(&server, &world.name) < 5000 {
            break world;
        }
    };
    // `server.url` names only the first node, not its replica.
    world.join("before").await;
    replica.wait_for(|_| {
        replica
            .run("INFO replication")
            .contains("master_link_status:up")
    });
    // `WAIT` would only wait for the writes of its own connection.
    let written = number(&first.run("INFO replication"), "master_repl_offset:");
    replica.wait_for(|node| number(&node.run("INFO replication"), "slave_repl_offset:") >= written);
    first.kill();
    assert!(
        join(&world, 0, "nobody").await.is_err(),
        "{primary} is dead"
    );
    replica.run("CLUSTER FAILOVER TAKEOVER");
    let found = async {
        while join(&world, 0, "after").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, found).await.is_ok());
    let states = [
        world.me("before").await.status,
        world.me("after").await.status,
    ];
    assert_eq!(states, [Status::Queued; 2]);
}

/// The number with this name in an answer to `INFO`.
fn number(info: &str, name: &str) -> u64 {
    let rest = info.split(name).nth(1).unwrap_or_default();
    let digits = rest.split(|digit: char| !digit.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).expect(name)
}

/// Starts a replica of another node.
fn replica_of(primary: &Node) -> Node {
    let node = Node::start(free_port(), &Node::of_cluster());
    node.wait_for(|_| true);
    node.run(&format!(
        "CLUSTER MEET 127.0.0.1 {} {}",
        primary.address.port, primary.address.bus
    ));
    let id = primary.run("CLUSTER MYID");
    node.wait_for(|node| node.try_command(&["CLUSTER", "REPLICATE", &id]).is_some());
    node.wait_for(|_| {
        node.run("INFO replication")
            .contains("master_link_status:up")
    });
    node
}

/// Repeats the tests that use the shared server.
#[test]
fn the_lobby_s_tests_pass_on_a_cluster_too() {
    let mut tests = Command::new(std::env::current_exe().expect("this binary"));
    tests.args([
        "end_to_end::",
        "queue::",
        "claims::",
        "outbox::",
        "races::",
        "--test-threads",
        "2",
    ]);
    let output = tests.env("REDIS_PRIMARIES", "3").output().expect("tests");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("test end_to_end::"),
        "{text}"
    );
}
