//! Relays: claims by epoch, tickets, checkpoints, leases that run out, restarts, pauses.

use std::time::Duration;

use expect_test::expect;
use lobby::{
    Checkpoint, CheckpointPlayer, Checkpointed, Claimed, Finished, InboxMessage, ProjectileView,
    Redeemed, RoomAnswer, Score,
};

use crate::world::{World, kinds};

fn checkpoint(world: &World, room: &str, epoch: u64, online: &[&str]) -> Checkpoint {
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
        players,
        projectiles,
    }
}

async fn heard(world: &World, relay: &str) -> Vec<InboxMessage> {
    let heard = world
        .lobby
        .inbox(&world.id(relay), "0", Duration::ZERO)
        .await
        .expect("inbox");
    heard.into_iter().map(|(_, message)| message).collect()
}

/// Five playing at 0 on relay `r`, claimed; `spare` is live too and stays so until `until`.
async fn two_relays(settings: &str, until: u64) -> (World, String) {
    let world = World::new(settings).await;
    let room = world.at(0).claimed_match().await;
    for ms in (0..=until).step_by(900) {
        let mut spare = world.relay("spare", 10);
        spare.boot = "boot-spare".to_owned();
        world.at(ms).lobby.relay_renew(&spare).await.expect("renew");
        world.at(ms).pool().look().await.expect("look");
    }
    (world, room)
}

#[tokio::test]
async fn a_ticket_is_redeemed_once_at_its_relay_in_its_epoch() {
    let world = World::new("{}").await;
    let (_, game) = world.match_of_five().await;
    let redeem = |ticket: &str, relay: &str| {
        let (lobby, ticket, relay) = (world.lobby.clone(), ticket.to_owned(), world.id(relay));
        async move { lobby.redeem(&ticket, &relay).await.expect("redeem") }
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
async fn only_the_relay_epoch_and_boot_that_own_a_room_write_it() {
    let world = World::new("{}").await;
    let (room, game) = world.match_of_five().await;
    let pool = world.pool();
    let claim = |relay: String, epoch: u64, boot: &'static str| {
        let (pool, room) = (pool.clone(), room.clone());
        async move {
            pool.claim_room(&room, &relay, epoch, boot)
                .await
                .expect("claim")
        }
    };
    assert_eq!(
        pool.checkpoint(&checkpoint(&world, &room, 1, &[]))
            .await
            .expect("checkpoint"),
        Checkpointed::Stale
    );
    assert_eq!(claim(world.id("other"), 1, "boot-1").await, Claimed::Stale);
    assert_eq!(claim(game.relay.clone(), 2, "boot-1").await, Claimed::Stale);
    assert!(matches!(
        claim(game.relay.clone(), 1, "boot-1").await,
        Claimed::Room { .. }
    ));
    assert!(matches!(
        claim(game.relay.clone(), 1, "boot-1").await,
        Claimed::Room { .. }
    ));
    assert_eq!(claim(game.relay.clone(), 1, "boot-2").await, Claimed::Stale);
    for epoch in [0, 2] {
        assert_eq!(
            pool.checkpoint(&checkpoint(&world, &room, epoch, &[]))
                .await
                .expect("checkpoint"),
            Checkpointed::Stale
        );
        assert_eq!(
            pool.finish(&room, &game.relay, epoch, &[])
                .await
                .expect("finish"),
            Finished::Stale
        );
    }
    assert_eq!(
        pool.finish("nowhere.x", &game.relay, 1, &[])
            .await
            .expect("finish"),
        Finished::Stale
    );
    assert_eq!(
        pool.abandon(&room, &game.relay, 1).await.expect("abandon"),
        Finished::Done
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
            .checkpoint(&checkpoint(&world, &room, 1, &["a"]))
            .await
            .expect("checkpoint");
        assert_eq!(written, Checkpointed::Written);
    }
    // The relay's lease is over, and no other is there; the room is not.
    expect!["rooms 0 players 0 relays 1"].assert_eq(&world.at(60_000).decide().await);
    let RoomAnswer::Room(view) = world
        .at(60_000)
        .lobby
        .room(&room, &world.id("b"))
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
async fn a_room_that_no_relay_claims_ends_and_its_players_are_told() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    world.at(0).match_of_five().await;
    world.drain().await;
    let later = world.at(30_000);
    world.at(29_500).relay_up("r").await;
    later.pool().look().await.expect("look");
    expect!["rooms 1 players 0 relays 0"].assert_eq(&later.decide().await);
    expect!["out match_unclaimed"].assert_eq(&later.state("a").await);
    let pushed = world.drain().await;
    expect!["told"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(heard(&world, "r").await.len(), 1);
    later.check().await;
}

#[tokio::test]
async fn a_room_its_relay_forgot_ends() {
    let (world, room) = two_relays("{}", 0).await;
    for ms in (900..=30_000).step_by(900) {
        world.at(ms).relay_up("r").await;
        world.at(ms).pool().look().await.expect("look");
    }
    world.at(30_000).pool().look().await.expect("look");
    world.at(30_000).decide().await;
    expect!["out room_failed"].assert_eq(&world.at(30_000).state("a").await);
    world.drain().await;
    assert_eq!(
        heard(&world, "r").await,
        [InboxMessage::Moved { room, epoch: 1 }]
    );
    world.at(30_000).check().await;
}

#[tokio::test]
async fn a_dead_relay_s_rooms_move_and_the_old_one_is_refused() {
    let (world, room) = two_relays("{}", 1800).await;
    world.connect(&["a"]).await;
    world.drain().await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(1499).decide().await);
    expect!["rooms 0 players 0 relays 1"].assert_eq(&world.at(1800).decide().await);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(1801).decide().await);
    let at = world.at(1801);
    let game = at.me("a").await.game.expect("a ticket");
    assert_eq!((game.relay, game.epoch), (world.id("spare"), 2));
    at.check().await;

    let stale = at
        .pool()
        .checkpoint(&checkpoint(&world, &room, 1, &["a"]))
        .await
        .expect("checkpoint");
    assert_eq!(stale, Checkpointed::Stale);
    let scores = [Score {
        player_id: world.id("a"),
        score: 9,
        rank: 1,
    }];
    assert_eq!(
        at.pool()
            .finish(&room, &world.id("r"), 1, &scores)
            .await
            .expect("finish"),
        Finished::Stale
    );
    assert!(
        at.lobby
            .leaderboard(&world.name, 10)
            .await
            .expect("board")
            .is_empty()
    );
    let pushed = world.drain().await;
    expect!["match_moved"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][0]["game"]["epoch"], 2);
    assert_eq!(
        heard(&world, "r").await,
        [InboxMessage::Moved {
            room: room.clone(),
            epoch: 1
        }]
    );
    let claimed = at
        .pool()
        .claim_room(&room, &world.id("spare"), 2, "boot-spare")
        .await
        .expect("claim");
    assert!(matches!(claimed, Claimed::Room { .. }));
    at.check().await;
}

#[tokio::test]
async fn without_another_relay_a_dead_one_s_rooms_wait_for_it() {
    let world = World::new("{}").await;
    let room = world.at(0).claimed_match().await;
    for ms in [900, 1800] {
        world.at(ms).pool().look().await.expect("look");
    }
    expect!["rooms 0 players 0 relays 1"].assert_eq(&world.at(1800).decide().await);
    assert_eq!(
        world.at(1800).me("a").await.game.expect("a ticket").epoch,
        1
    );
    world.at(1800).check().await;
    // It comes back, as another run: the room is its own again, with a new epoch.
    let mut relay = world.relay("r", 100);
    relay.boot = "boot-2".to_owned();
    world
        .at(2000)
        .lobby
        .relay_renew(&relay)
        .await
        .expect("renew");
    assert_eq!(
        world.at(2000).me("a").await.game.expect("a ticket").epoch,
        2
    );
    world
        .at(2000)
        .lobby
        .relay_renew(&relay)
        .await
        .expect("renew");
    let claimed = world
        .at(2000)
        .pool()
        .claim_room(&room, &relay.id, 2, "boot-2")
        .await
        .expect("claim");
    assert!(matches!(claimed, Claimed::Room { .. }));
    world
        .at(2000)
        .lobby
        .relay_renew(&relay)
        .await
        .expect("renew");
    assert_eq!(
        world.at(2000).me("a").await.game.expect("a ticket").epoch,
        2
    );
    world.at(2000).check().await;
}

#[tokio::test]
async fn a_pause_of_the_checks_is_not_the_death_of_every_relay() {
    let (world, _) = two_relays("{}", 900).await;
    let after = world.at(60_000);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&after.decide().await);
    assert_eq!(after.me("a").await.game.expect("a ticket").epoch, 1);
    after.check().await;
    // Spared once: who does not renew then is dead, however rarely somebody looks.
    let much_later = world.at(120_000);
    let mut spare = world.relay("spare", 10);
    spare.boot = "boot-spare".to_owned();
    much_later.lobby.relay_renew(&spare).await.expect("renew");
    expect!["rooms 0 players 0 relays 1"].assert_eq(&much_later.decide().await);
    assert_eq!(
        much_later.me("a").await.game.expect("a ticket").relay,
        spare.id
    );
    much_later.check().await;
}

#[tokio::test]
async fn a_removed_relay_s_rooms_move_at_once() {
    let (world, _) = two_relays("{}", 0).await;
    let at = world.at(10);
    at.lobby.relay_remove(&world.id("r")).await.expect("remove");
    expect!["rooms 0 players 0 relays 1"].assert_eq(&at.decide().await);
    let game = at.me("a").await.game.expect("a ticket");
    assert_eq!((game.relay, game.epoch), (world.id("spare"), 2));
    at.check().await;
}

#[tokio::test]
async fn a_dead_relay_gets_no_match_while_it_is_still_registered() {
    let world = World::new("{}").await;
    world.at(0).relay_up("r").await;
    let later = world.at(2000);
    later.join_all(&["a", "b", "c", "d", "e"]).await;
    expect!["seated 5 started 0 skipped 0"].assert_eq(&later.assign().await);
    later.check().await;
}

#[tokio::test]
async fn scores_count_for_the_roster_except_who_is_in_another_stay() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    for short in ["d", "e"] {
        world
            .lobby
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
        })
        .collect();
    assert_eq!(
        world
            .pool()
            .finish(&room, &world.id("r"), 1, &scores)
            .await
            .expect("finish"),
        Finished::Done
    );
    let board = world
        .lobby
        .leaderboard(&world.name, 10)
        .await
        .expect("board");
    let rows: Vec<String> = board
        .iter()
        .map(|row| format!("{} {}", row.name, row.score))
        .collect();
    expect!["a 3, d 2"].assert_eq(&rows.join(", "));
    expect!["a: out match_over, d: out, e: queued 1"]
        .assert_eq(&world.states(&["a", "d", "e"]).await);
    world.check().await;
}

#[tokio::test]
async fn the_bridge_is_one_relay_at_a_time() {
    let world = World::new("{}").await;
    let pool = world.pool();
    assert!(pool.bridge("one").await.expect("bridge"));
    assert!(!pool.bridge("two").await.expect("bridge"));
    assert!(pool.bridge("one").await.expect("bridge"));
    let ttl_ms: i64 = world.redis("PTTL {}:bridge").await;
    assert!((1..=600).contains(&ttl_ms), "{ttl_ms}");
}

#[tokio::test]
async fn look_says_what_there_is_to_do() {
    let world = World::new("{}").await;
    let look = |ms: u64| {
        let pool = world.at(ms).pool();
        async move { pool.look().await.expect("look") }
    };
    assert_eq!(look(0).await, lobby::Work::default());
    world.at(0).join("a").await;
    let work = look(500).await;
    assert!(work.assign && work.notify && !work.decide);
    assert_eq!((work.queued, work.rooms_open, work.oldest_ms), (1, 0, 500));
    world.at(500).assign().await;
    world.drain().await;
    let work = look(600).await;
    assert!(!work.assign && !work.notify && !work.decide);
    assert_eq!((work.queued, work.rooms_open, work.oldest_ms), (0, 1, 0));
    assert!(look(300_000).await.decide);
}
