//! Relays that die, restart or stop, and rooms that no relay claims or checkpoints.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{Checkpointed, Claimed, Finished, InboxMessage, Score};

use crate::relays::checkpoint;
use crate::sink::kinds;
use crate::world::World;

/// A match of five on relay `r` at 0, claimed; `spare` is also live, until `until`.
async fn two_relays(settings: &str, until: u64) -> (World, String) {
    let world = World::new(settings).await;
    let room = world.at(0).claimed_match().await;
    for ms in (0..=until).step_by(900) {
        let mut spare = world.relay("spare", 10);
        "boot-spare".clone_into(&mut spare.boot);
        world
            .at(ms)
            .lobby
            .relays
            .renew(&spare)
            .await
            .expect("renew");
        world.at(ms).pool().bridge.poll().await.expect("poll");
    }
    (world, room)
}

#[tokio::test]
async fn a_room_that_no_relay_claims_ends_and_its_players_are_notified() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    world.at(0).match_of_five().await;
    world.deliver().await;
    let later = world.at(30_000);
    world.at(29_500).relay_up("r").await;
    later.pool().bridge.poll().await.expect("poll");
    expect!["rooms 1 players 0 relays 0"].assert_eq(&later.expire().await);
    expect!["out match_unclaimed"].assert_eq(&later.state("a").await);
    let pushed = world.deliver().await;
    expect!["removed"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(world.inbox("r").await.len(), 1);
    later.check().await;
}

#[tokio::test]
async fn a_room_without_checkpoints_ends() {
    let (world, room) = two_relays("{}", 0).await;
    for ms in (900..=30_000).step_by(900) {
        world.at(ms).relay_up("r").await;
        world.at(ms).pool().bridge.poll().await.expect("poll");
    }
    world.at(30_000).pool().bridge.poll().await.expect("poll");
    world.at(30_000).expire().await;
    expect!["out room_failed"].assert_eq(&world.at(30_000).state("a").await);
    world.deliver().await;
    assert_eq!(
        world.inbox("r").await,
        [InboxMessage::Moved { room, epoch: 1 }]
    );
    world.at(30_000).check().await;
}

#[tokio::test]
async fn a_room_that_sleeps_is_not_lost_until_its_next_checkpoint_is_overdue() {
    let (world, room) = two_relays("{}", 0).await;
    let mut asleep = checkpoint(&world, &room, 1, &["a"]);
    asleep.sleeps_ms = 120_000;
    let written = world.at(0).pool().matches.checkpoint(&asleep).await;
    assert_eq!(written.expect("checkpoint"), Checkpointed::Written);
    for ms in (900..150_000).step_by(900) {
        world.at(ms).relay_up("r").await;
        world.at(ms).pool().bridge.poll().await.expect("poll");
        world.at(ms).expire().await;
    }
    expect!["playing"].assert_eq(&world.at(149_999).state("a").await);
    world.at(150_000).expire().await;
    expect!["out room_failed"].assert_eq(&world.at(150_000).state("a").await);
}

#[tokio::test]
async fn a_dead_relay_s_rooms_move_to_a_live_one() {
    let (world, room) = two_relays("{}", 1800).await;
    world.at(1499).connect(&["a"]).await;
    world.deliver().await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(1499).expire().await);
    expect!["rooms 0 players 0 relays 1"].assert_eq(&world.at(1800).expire().await);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(1801).expire().await);
    let at = world.at(1801);
    let game = at.me("a").await.game.expect("a ticket");
    assert_eq!((&game.relay, game.epoch), (&world.id("spare"), 2));
    at.check().await;

    let pushed = world.deliver().await;
    expect!["match_moved"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(pushed["a"][0]["game"]["epoch"], 2);
    let moved = InboxMessage::Moved {
        room: room.clone(),
        epoch: 1,
    };
    assert_eq!(world.inbox("r").await, [moved]);
    let claim = at
        .pool()
        .matches
        .claim_room(&room, &game.relay, 2, "boot-spare")
        .await;
    assert!(matches!(claim.expect("claim"), Claimed::Room { .. }));
    at.check().await;
}

#[tokio::test]
async fn the_relay_that_a_room_moved_from_is_refused() {
    let (world, room) = two_relays("{}", 1800).await;
    let (at, old) = (world.at(1800), world.id("r"));
    at.expire().await;
    let late = checkpoint(&world, &room, 1, &["a"]);
    let written = at
        .pool()
        .matches
        .checkpoint(&late)
        .await
        .expect("checkpoint");
    assert_eq!(written, Checkpointed::Stale);
    let scores = [Score {
        player_id: world.id("a"),
        score: 9,
        rank: 1,
        stats: BTreeMap::new(),
    }];
    let finished = at
        .pool()
        .matches
        .finish(&room, &old, 1, &scores, &lobby::ReplayChunk::default())
        .await
        .expect("finish");
    assert_eq!(finished, Finished::Stale);
    let board = at
        .lobby
        .leaderboard
        .of_pool(&world.name, 10)
        .await
        .expect("board");
    assert!(board.is_empty());
    at.check().await;
}

#[tokio::test]
async fn rooms_of_a_dead_relay_wait_for_it_if_there_is_no_other() {
    let world = World::new("{}").await;
    let room = world.at(0).claimed_match().await;
    for ms in [900, 1800] {
        world.at(ms).pool().bridge.poll().await.expect("poll");
    }
    expect!["rooms 0 players 0 relays 1"].assert_eq(&world.at(1800).expire().await);
    assert_eq!(
        world.at(1800).me("a").await.game.expect("a ticket").epoch,
        1
    );
    world.at(1800).check().await;
    // The relay restarts as a new run and gets the room again, in a new epoch.
    let mut relay = world.relay("r", 100);
    "boot-2".clone_into(&mut relay.boot);
    world
        .at(2000)
        .lobby
        .relays
        .renew(&relay)
        .await
        .expect("renew");
    assert_eq!(
        world.at(2000).me("a").await.game.expect("a ticket").epoch,
        2
    );
    world
        .at(2000)
        .lobby
        .relays
        .renew(&relay)
        .await
        .expect("renew");
    let claimed = world
        .at(2000)
        .pool()
        .matches
        .claim_room(&room, &relay.id, 2, "boot-2")
        .await
        .expect("claim");
    assert!(matches!(claimed, Claimed::Room { .. }));
    world
        .at(2000)
        .lobby
        .relays
        .renew(&relay)
        .await
        .expect("renew");
    assert_eq!(
        world.at(2000).me("a").await.game.expect("a ticket").epoch,
        2
    );
    world.at(2000).check().await;
}

#[tokio::test]
async fn a_pause_of_the_checks_expires_no_relay() {
    let (world, _) = two_relays("{}", 900).await;
    let after = world.at(60_000);
    expect!["rooms 0 players 0 relays 0"].assert_eq(&after.expire().await);
    assert_eq!(after.me("a").await.game.expect("a ticket").epoch, 1);
    after.check().await;
    // A lease is extended once: without a renewal the relay is dead, even if polls are rare.
    let much_later = world.at(120_000);
    let mut spare = world.relay("spare", 10);
    "boot-spare".clone_into(&mut spare.boot);
    much_later.lobby.relays.renew(&spare).await.expect("renew");
    expect!["rooms 0 players 0 relays 1"].assert_eq(&much_later.expire().await);
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
    at.lobby
        .relays
        .remove(&world.id("r"), "boot-1")
        .await
        .expect("remove");
    expect!["rooms 0 players 0 relays 1"].assert_eq(&at.expire().await);
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
async fn a_dead_relay_whose_rooms_wait_gets_no_match_either() {
    let world = World::new("{}").await;
    world.at(0).claimed_match().await;
    for ms in [900, 1800] {
        world.at(ms).pool().bridge.poll().await.expect("poll");
    }
    expect!["rooms 0 players 0 relays 1"].assert_eq(&world.at(1800).expire().await);
    // It is still registered, and its rooms are tried again after a second; neither counts as a lease.
    let at = world.at(1900);
    at.join_all(&["f", "g", "h", "i", "j"]).await;
    expect!["seated 5 started 0 skipped 0"].assert_eq(&at.assign().await);
    at.check().await;
}

#[tokio::test]
async fn rooms_wait_for_a_relay_until_their_deadline_and_players_are_notified() {
    let world = World::new("{}").await;
    let room = world.at(0).claimed_match().await;
    let saved = crate::checkpoints::saved(&world, &room, 0, 0);
    let written = world.at(1000).pool().matches.checkpoint(&saved).await;
    assert_eq!(written.expect("checkpoint"), Checkpointed::Written);
    world.at(1000).connect(&["a"]).await;
    world.deliver().await;
    for ms in (1000..=30_900).step_by(650) {
        world.at(ms).pool().bridge.poll().await.expect("poll");
        world.at(ms).expire().await;
        assert_eq!(world.at(ms).state("a").await, "playing", "at {ms}");
    }
    world.at(30_900).check().await;
    let at = world.at(31_000);
    at.pool().bridge.poll().await.expect("poll");
    at.expire().await;
    expect!["out room_failed"].assert_eq(&at.state("a").await);
    expect!["removed"].assert_eq(&kinds(&world.deliver().await, "a"));
    at.check().await;
}

#[tokio::test]
async fn a_replaced_run_gets_no_rooms_back() {
    let world = World::new("{}").await;
    let room = world.at(0).claimed_match().await;
    let (old, mut new) = (world.relay("r", 100), world.relay("r", 100));
    "boot-2".clone_into(&mut new.boot);
    let at = world.at(500);
    at.lobby.relays.renew(&new).await.expect("renew");
    let epoch = async || at.me("a").await.game.expect("a ticket").epoch;
    assert_eq!(epoch().await, 2);
    let claimed = at
        .pool()
        .matches
        .claim_room(&room, &new.id, 2, "boot-2")
        .await;
    assert!(matches!(claimed.expect("claim"), Claimed::Room { .. }));

    let before = at.everything().await;
    let refused = at.lobby.relays.renew(&old).await.expect_err("replaced");
    assert!(refused.to_string().contains("newer run"), "{refused}");
    let removed = at.lobby.relays.remove(&old.id, &old.boot).await;
    removed.expect("remove");
    assert_eq!(at.everything().await, before);
    at.lobby.relays.renew(&new).await.expect("renew");
    assert_eq!(epoch().await, 2);
    at.check().await;

    // The newer run is killed: its lease ends at 2,000 ms, and 3,500 ms later the earlier run may return.
    let refused = world.at(5500).lobby.relays.renew(&old).await;
    assert!(refused.is_err());
    let at = world.at(5501);
    at.lobby.relays.renew(&old).await.expect("back");
    assert_eq!(at.me("a").await.game.expect("a ticket").epoch, 3);
    assert!(at.lobby.relays.renew(&new).await.is_err());
    at.check().await;
}

#[tokio::test]
async fn matches_continue_on_a_full_redis() {
    let server = std::sync::Arc::new(testkit::Redis::start());
    let world = World::on(server.clone(), &["{}"]).await;
    let room = world.at(0).claimed_match().await;
    server.nodes[0].run("CONFIG SET maxmemory 1");
    for ms in (900..=45_000).step_by(900) {
        let at = world.at(ms);
        at.pool().bridge.poll().await.expect("poll");
        if ms % 2700 == 0 {
            let saved = crate::checkpoints::saved(&world, &room, 0, 0);
            let refused = at.pool().matches.checkpoint(&saved).await;
            assert!(matches!(refused, Err(lobby::Error::Full)), "{refused:?}");
        }
        // Its lease is renewed, but its registration is not: it gets no new match.
        let refused = at.lobby.relays.renew(&world.relay("r", 100)).await;
        assert!(refused.is_err());
        expect!["rooms 0 players 0 relays 0"].assert_eq(&at.expire().await);
    }
    let claimed = world.at(45_000).pool();
    let claimed = claimed
        .matches
        .claim_room(&room, &world.id("r"), 1, "boot-1")
        .await;
    assert!(matches!(claimed.expect("claim"), Claimed::Room { .. }));
    server.nodes[0].run("CONFIG SET maxmemory 0");
    assert_eq!(world.at(45_000).state("a").await, "playing");
    world.at(45_000).check().await;
}
