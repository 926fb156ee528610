//! Relays: tickets, claims by epoch, checkpoints, results.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{
    Checkpoint, CheckpointPlayer, Checkpointed, Claimed, Finished, ProjectileView, Redeemed,
    RoomAnswer, Score,
};

use crate::world::World;

pub(crate) fn checkpoint(world: &World, room: &str, epoch: u64, online: &[&str]) -> Checkpoint {
    let seen = |short: &&str| CheckpointPlayer {
        player_id: world.id(short),
        x: 412.3,
        y: 0.5,
        online: true,
    };
    let projectiles = vec![ProjectileView {
        x: 1.5,
        y: 2.0,
        player_uuid: world.id("a"),
    }];
    let players = online.iter().map(seen).collect();
    Checkpoint {
        room: room.to_owned(),
        relay: world.id("r"),
        epoch,
        sleeps_ms: 0,
        players,
        projectiles,
        saved: lobby::Saved::default(),
    }
}

#[tokio::test]
async fn a_ticket_is_redeemed_once_at_its_relay_in_its_epoch() {
    let world = World::new("{}").await;
    let (_, game) = world.match_of_five().await;
    let redeem = |ticket: &str, relay: &str| {
        let (lobby, ticket, relay) = (world.lobby.clone(), ticket.to_owned(), world.id(relay));
        async move { lobby.tickets.redeem(&ticket, &relay).await.expect("redeem") }
    };
    assert_eq!(redeem(&game.ticket, "other").await, Redeemed::WrongRelay);
    assert!(matches!(
        redeem(&game.ticket, "r").await,
        Redeemed::Seat { .. }
    ));
    assert_eq!(redeem(&game.ticket, "r").await, Redeemed::Invalid);
    for bad in [
        "",
        ".",
        "x",
        "nowhere.x",
        &format!("{}.x", world.name),
        "{}.*",
    ] {
        assert_eq!(redeem(bad, "r").await, Redeemed::Invalid, "{bad}");
    }
    let game = world.me("b").await.game.expect("a ticket");
    let ttl_ms: i64 = world
        .redis(&format!(
            "PTTL {{}}:seat:{}",
            game.ticket.split_once('.').expect("a dot").1
        ))
        .await;
    assert!((1..=30_000).contains(&ttl_ms), "{ttl_ms}");
    world
        .lobby
        .players
        .forfeit(&world.id("b"), None)
        .await
        .expect("forfeit");
    assert_eq!(
        redeem(&game.ticket, "r").await,
        Redeemed::Invalid,
        "its player is out"
    );
}

#[tokio::test]
async fn only_the_relay_epoch_and_boot_that_own_a_room_claim_it() {
    let world = World::new("{}").await;
    let (room, game) = world.match_of_five().await;
    let (r, other) = (game.relay.as_str(), world.id("other"));
    let pool = world.pool();
    let early = pool
        .matches
        .checkpoint(&checkpoint(&world, &room, 1, &[]))
        .await;
    assert_eq!(
        early.expect("checkpoint"),
        Checkpointed::Stale,
        "nobody claimed it yet"
    );
    let claims = [
        (other.as_str(), 1, "boot-1", false),
        (r, 0, "boot-1", false),
        (r, 2, "boot-1", false),
        (r, 1, "boot-1", true),
        (r, 1, "boot-1", true),
        (r, 1, "boot-2", false),
    ];
    for (relay, epoch, boot, expected) in claims {
        let claimed = pool
            .matches
            .claim_room(&room, relay, epoch, boot)
            .await
            .expect("claim");
        assert_eq!(
            claimed != Claimed::Stale,
            expected,
            "{relay} {epoch} {boot}"
        );
    }
    world.check().await;
}

#[tokio::test]
async fn only_the_relay_and_epoch_that_own_a_room_write_it() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let (pool, r, other) = (world.pool(), world.id("r"), world.id("other"));
    for (room, relay, epoch) in [
        (&room, &r, 0),
        (&room, &r, 2),
        (&room, &other, 1),
        (&other, &r, 1),
    ] {
        let late = Checkpoint {
            relay: relay.clone(),
            ..checkpoint(&world, room, epoch, &[])
        };
        assert_eq!(
            pool.matches.checkpoint(&late).await.expect("checkpoint"),
            Checkpointed::Stale
        );
        assert_eq!(
            pool.matches
                .finish(room, relay, epoch, &[], &lobby::ReplayChunk::default())
                .await
                .expect("finish"),
            Finished::Stale
        );
    }
    assert_eq!(
        pool.matches.abandon(&room, &r, 1).await.expect("abandon"),
        Finished::Done
    );
    assert_eq!(
        pool.matches.abandon(&room, &r, 1).await.expect("abandon"),
        Finished::Again
    );
    expect!["out room_failed"].assert_eq(&world.state("c").await);
    world.check().await;
}

#[tokio::test]
async fn a_checkpoint_shows_positions_and_keeps_players_and_room() {
    let world = World::new("{}").await;
    let room = world.at(0).claimed_match().await;
    for ms in [20_000, 40_000] {
        let written = world
            .at(ms)
            .pool()
            .matches
            .checkpoint(&checkpoint(&world, &room, 1, &["a"]))
            .await
            .expect("checkpoint");
        assert_eq!(written, Checkpointed::Written);
    }
    // The relay's lease ran out and there is no other relay; the room continues to run.
    expect!["rooms 0 players 0 relays 1"].assert_eq(&world.at(60_000).expire().await);
    let RoomAnswer::Room(view) = world
        .at(60_000)
        .lobby
        .rooms
        .view(&room, &world.id("c"))
        .await
        .expect("room")
    else {
        panic!("not a member")
    };
    let a = &view.players[&world.id("a")];
    assert_eq!(
        (a.x, a.y, a.status.online, a.status.ttl),
        (412.3, 0.5, true, 280)
    );
    assert_eq!(view.players[&world.id("b")].status.ttl, 240);
    // The request counts as a sign of life.
    assert_eq!(view.players[&world.id("c")].status.ttl, 300);
    assert_eq!(
        view.projectiles,
        [ProjectileView {
            x: 1.5,
            y: 2.0,
            player_uuid: world.id("a")
        }]
    );
    assert_eq!(
        world
            .redis::<String>(&format!("TYPE {{}}:projectile:{room}"))
            .await,
        "list"
    );
}

#[tokio::test]
async fn scores_count_for_the_roster_also_after_a_forfeit() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    for short in ["d", "e"] {
        world
            .lobby
            .players
            .forfeit(&world.id(short), None)
            .await
            .expect("forfeit");
    }
    world.join("e").await;
    let scores = [("a", 3), ("d", 2), ("e", 5), ("stranger", 7)];
    let scores: Vec<Score> = scores
        .iter()
        .zip(1..)
        .map(|((short, score), rank)| Score {
            player_id: world.id(short),
            score: *score,
            rank,
            stats: BTreeMap::new(),
        })
        .collect();
    assert_eq!(
        world
            .pool()
            .matches
            .finish(
                &room,
                &world.id("r"),
                1,
                &scores,
                &lobby::ReplayChunk::default()
            )
            .await
            .expect("finish"),
        Finished::Done
    );
    let board = world
        .lobby
        .leaderboard
        .of_pool(&world.name, 10)
        .await
        .expect("board");
    let rows: Vec<String> = board
        .iter()
        .map(|row| format!("{} {}", row.name, row.score))
        .collect();
    expect!["e 5, a 3, d 2"].assert_eq(&rows.join(", "));
    expect!["a: out match_over, d: out, e: queued 1"]
        .assert_eq(&world.states(&["a", "d", "e"]).await);
    world.check().await;
}

#[tokio::test]
async fn the_bridge_is_one_relay_at_a_time() {
    let world = World::new("{}").await;
    let pool = world.pool();
    assert!(pool.bridge.hold("one").await.expect("bridge"));
    assert!(!pool.bridge.hold("two").await.expect("bridge"));
    pool.bridge.release("two").await.expect("bridge");
    assert!(!pool.bridge.hold("two").await.expect("bridge"));
    pool.bridge.release("one").await.expect("bridge");
    assert!(pool.bridge.hold("two").await.expect("bridge"));
    assert!(!pool.bridge.hold("one").await.expect("bridge"));
    pool.bridge.release("two").await.expect("bridge");
    assert!(pool.bridge.hold("one").await.expect("bridge"));
    assert!(pool.bridge.hold("one").await.expect("bridge"));
    let ttl_ms: i64 = world.redis("PTTL {}:bridge").await;
    assert!((1..=600).contains(&ttl_ms), "{ttl_ms}");
}

#[tokio::test]
async fn a_poll_shows_which_functions_have_work() {
    let world = World::new("{}").await;
    let look = |ms: u64| {
        let pool = world.at(ms).pool();
        async move { pool.bridge.poll().await.expect("poll") }
    };
    assert_eq!(look(0).await, lobby::Work::default());
    world.at(0).join("a").await;
    let work = look(500).await;
    assert!(work.assign && work.deliver == [0] && !work.expire);
    assert_eq!((work.queued, work.rooms_open, work.oldest_ms), (1, 0, 500));
    world.at(500).assign().await;
    world.deliver().await;
    let work = look(600).await;
    assert!(!work.assign && work.deliver.is_empty() && !work.expire);
    assert_eq!((work.queued, work.rooms_open, work.oldest_ms), (0, 1, 0));
    world.poll_through(600, 300_000).await;
    assert!(look(300_000).await.expire);
}
