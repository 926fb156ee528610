//! Checkpoints of running matches, from which another relay resumes, and the replays of matches.

use std::collections::BTreeMap;

use lobby::{
    Checkpoint, Checkpointed, Claimed, Finished, ReplayChunk, Replayed, Saved, SavedRoom, Score,
};

use crate::relays::checkpoint;
use crate::world::World;

/// The header of a replay with these players.
pub(crate) fn header(world: &World, players: &[&str]) -> String {
    let players: Vec<String> = players
        .iter()
        .map(|short| format!(r#"{{"player_id":"{}"}}"#, world.id(short)))
        .collect();
    format!("{{\"players\":[{}]}}\n", players.join(","))
}

/// A checkpoint by relay `r` in epoch 1: state of `tick`, and the records after tick `from`, each of which is one
/// digit of its tick.
pub(crate) fn saved(world: &World, room: &str, from: u32, tick: u32) -> Checkpoint {
    let mut checkpoint = checkpoint(world, room, 1, &["a"]);
    checkpoint.saved = Saved {
        tick,
        state: format!("state {tick}\0\n").into_bytes(),
        journal: format!("{}:0", world.id("r")),
        after: format!("{tick}-0"),
        replay: records(from, tick),
        replay_from: from,
        replay_header: (tick == 0).then(|| header(world, &["a", "b"])),
    };
    checkpoint
}

fn records(from: u32, to: u32) -> Vec<u8> {
    (from + 1..=to)
        .map(|tick| b'0' + (tick % 10) as u8)
        .collect()
}

async fn write(world: &World, checkpoint: &Checkpoint) -> Checkpointed {
    let written = world.pool().matches.checkpoint(checkpoint).await;
    written.expect("checkpoint")
}

pub(crate) async fn save(world: &World, room: &str, from: u32, tick: u32) -> Checkpointed {
    write(world, &saved(world, room, from, tick)).await
}

async fn claim(world: &World, room: &str, epoch: u64, boot: &str) -> Option<SavedRoom> {
    let relay = world.id("r");
    let claimed = world
        .pool()
        .matches
        .claim_room(room, &relay, epoch, boot)
        .await;
    match claimed.expect("claim") {
        Claimed::Room { saved, .. } => saved,
        Claimed::Stale => panic!("stale"),
    }
}

pub(crate) async fn finish(world: &World, room: &str, from: u32, to: u32) -> Finished {
    let scores = [Score {
        player_id: world.id("a"),
        score: 1,
        rank: 1,
        stats: BTreeMap::new(),
    }];
    let chunk = ReplayChunk {
        bytes: records(from, to),
        from,
        to,
    };
    let relay = world.id("r");
    let finished = world
        .pool()
        .matches
        .finish(room, &relay, 1, &scores, &chunk)
        .await;
    finished.expect("finish")
}

/// The replay that player `short` gets: its records, or the reason why there is none.
async fn replay(world: &World, room: &str, short: &str) -> String {
    let replayed = world.pool().replays.read(room, &world.id(short)).await;
    match replayed.expect("replay") {
        Replayed::Replay(bytes) => {
            let text = String::from_utf8(bytes).expect("text");
            let (head, records) = text.split_once('\n').expect("a header");
            assert_eq!(format!("{head}\n"), header(world, &["a", "b"]));
            records.to_owned()
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn the_next_claim_gets_the_last_checkpoint() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    assert_eq!(claim(&world, &room, 1, "boot-1").await, None);
    assert_eq!(save(&world, &room, 0, 0).await, Checkpointed::Written);
    assert_eq!(save(&world, &room, 0, 120).await, Checkpointed::Written);
    let found = claim(&world, &room, 1, "boot-1")
        .await
        .expect("a checkpoint");
    assert_eq!(
        found,
        SavedRoom {
            epoch: 1,
            tick: 120,
            state: b"state 120\0\n".to_vec(),
            journal: format!("{}:0", world.id("r")),
            after: "120-0".to_owned(),
        }
    );
    world.check().await;

    // The same claim after a restart of the relay, in a new epoch whose first checkpoint continues the replay.
    let mut relay = world.relay("r", 100);
    "boot-2".clone_into(&mut relay.boot);
    world.lobby.relays.renew(&relay).await.expect("renew");
    let again = claim(&world, &room, 2, "boot-2")
        .await
        .expect("a checkpoint");
    assert_eq!(again, found, "its own epoch is not yet in it");
    let mut next = saved(&world, &room, 120, 125);
    next.epoch = 2;
    assert_eq!(write(&world, &next).await, Checkpointed::Written);
    let found = claim(&world, &room, 2, "boot-2")
        .await
        .expect("a checkpoint");
    assert_eq!((found.epoch, found.tick), (2, 125));
    assert_eq!(save(&world, &room, 120, 126).await, Checkpointed::Stale);
    world.check().await;
}

#[tokio::test]
async fn a_saved_state_may_contain_any_bytes() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let mut first = saved(&world, &room, 0, 0);
    first.saved.state = (0..=255).cycle().take(100_000).collect();
    assert_eq!(write(&world, &first).await, Checkpointed::Written);
    let found = claim(&world, &room, 1, "boot-1")
        .await
        .expect("a checkpoint");
    assert_eq!(found.state, first.saved.state);
}

#[tokio::test]
async fn a_replay_is_complete_even_if_answers_were_lost() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let written = Checkpointed::Written;
    for (from, tick, expected) in [
        (0, 0, written),
        (0, 0, written),
        (0, 3, written),
        // The answer was lost: the next chunk begins at the same tick.
        (0, 5, written),
        (0, 5, written),
        (5, 7, written),
        // A delayed repeat of an earlier call.
        (0, 5, Checkpointed::Behind { tick: 7 }),
        (5, 9, written),
        (9, 9, written),
        // Its place in the replay is unknown.
        (7, 12, Checkpointed::Behind { tick: 9 }),
    ] {
        assert_eq!(
            save(&world, &room, from, tick).await,
            expected,
            "{from}..{tick}"
        );
    }
    assert_eq!(replay(&world, &room, "a").await, "Unknown", "it runs");
    world.check().await;
    assert_eq!(finish(&world, &room, 9, 12).await, Finished::Done);
    assert_eq!(replay(&world, &room, "a").await, "123456789012");
    assert_eq!(replay(&world, &room, "c").await, "NotMember");
    assert_eq!(replay(&world, "nowhere.x", "a").await, "Unknown");
    let ttl_ms: i64 = world.redis(&format!("PTTL {{}}:replay:{room}")).await;
    assert!((3_500_000..=3_600_000).contains(&ttl_ms), "{ttl_ms}");
    let left: u32 = world.redis(&format!("EXISTS {{}}:checkpoint:{room}")).await;
    assert_eq!(left, 0);
    assert_eq!(finish(&world, &room, 9, 12).await, Finished::Again);
    assert_eq!(replay(&world, &room, "b").await, "123456789012");
    world.check().await;
}

#[tokio::test]
async fn a_replay_is_complete_if_the_last_answer_was_lost() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    save(&world, &room, 0, 0).await;
    save(&world, &room, 0, 4).await;
    assert_eq!(finish(&world, &room, 0, 6).await, Finished::Done);
    assert_eq!(replay(&world, &room, "a").await, "123456");
}

/// Asserts that a match with these chunks has no replay when it is finished.
async fn check_no_replay(settings: &str, chunks: &[(u32, u32)], last: (u32, u32)) {
    let world = World::new(settings).await;
    let room = world.claimed_match().await;
    for (from, tick) in chunks {
        let written = save(&world, &room, *from, *tick).await;
        assert_eq!(written, Checkpointed::Written, "{chunks:?}");
    }
    assert_eq!(finish(&world, &room, last.0, last.1).await, Finished::Done);
    assert_eq!(replay(&world, &room, "a").await, "Unknown", "{chunks:?}");
    let left: u32 = world.redis(&format!("EXISTS {{}}:replay:{room}")).await;
    assert_eq!(left, 0, "{chunks:?}");
    world.check().await;
}

#[tokio::test]
async fn a_replay_with_a_gap_is_dropped_but_the_match_continues() {
    check_no_replay("{}", &[(0, 0), (0, 3), (4, 6), (6, 8)], (8, 9)).await;
    check_no_replay("{}", &[(0, 0), (0, 3)], (4, 9)).await;
    check_no_replay("{}", &[(0, 3)], (3, 9)).await;
    check_no_replay("{}", &[], (0, 9)).await;
    check_no_replay(r#"{"replay_ttl_ms":0}"#, &[(0, 0), (0, 3)], (3, 9)).await;
}

#[tokio::test]
async fn a_chunk_without_its_records_drops_the_replay() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    save(&world, &room, 0, 0).await;
    let mut empty = saved(&world, &room, 0, 5);
    empty.saved.replay.clear();
    assert_eq!(write(&world, &empty).await, Checkpointed::Written);
    save(&world, &room, 5, 7).await;
    assert_eq!(finish(&world, &room, 7, 8).await, Finished::Done);
    assert_eq!(replay(&world, &room, "a").await, "Unknown");
}

#[tokio::test]
async fn a_failed_or_forgotten_match_leaves_no_replay_and_no_checkpoint() {
    let world = World::new("{}").await;
    let left = |room: String| {
        let world = world.clone();
        async move {
            let keys = format!("EXISTS {{}}:replay:{room} {{}}:checkpoint:{room}");
            world.redis::<u32>(&keys).await
        }
    };
    let room = world.claimed_match().await;
    save(&world, &room, 0, 0).await;
    assert_eq!(left(room.clone()).await, 2);
    let relay = world.id("r");
    let done = world.pool().matches.abandon(&room, &relay, 1).await;
    assert_eq!(done.expect("abandon"), Finished::Done);
    assert_eq!(left(room).await, 0);

    let room = world.claimed_match().await;
    save(&world, &room, 0, 0).await;
    for short in ["a", "b", "c", "d", "e"] {
        let player = world.id(short);
        world
            .lobby
            .players
            .forfeit(&player, None)
            .await
            .expect("forfeit");
    }
    assert_eq!(left(room).await, 0, "all players have left");
    world.check().await;
}

#[tokio::test]
async fn a_match_whose_checkpoint_redis_lost_restarts_from_the_beginning() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    save(&world, &room, 0, 0).await;
    save(&world, &room, 0, 5).await;
    let _: u32 = world.redis(&format!("DEL {{}}:checkpoint:{room}")).await;
    assert_eq!(claim(&world, &room, 1, "boot-1").await, None);
    assert_eq!(save(&world, &room, 0, 0).await, Checkpointed::Written);
    assert_eq!(finish(&world, &room, 0, 2).await, Finished::Done);
    assert_eq!(replay(&world, &room, "a").await, "12");
}
