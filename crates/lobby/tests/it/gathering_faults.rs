//! Rooms that players make: faults that the random checker of `tests/check` found, and the lifetime of codes.

use std::collections::BTreeMap;

use lobby::Entered;

use crate::world::World;
use crate::world_gathering::TWO;

/// The old room's outbox entry would release the new room's code, because both have the same nonce.
#[tokio::test]
async fn a_rematch_whose_room_closed_is_over() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.at(0).enters("b", &code).await;
    world.at(0).play(&room).await;
    world.at(1000).rematch("a", &room).await;
    world.at(1000).leave("a").await;
    world.poll_through(1000, 121_000).await;
    let expired = world.at(121_000).expire().await;
    assert!(expired.starts_with("rooms 1 "), "{expired}");
    assert_eq!(
        world.at(121_000).rematch("b", &room).await,
        Entered::Unknown
    );
    world.at(121_000).deliver().await;
    assert_eq!(world.code_text(&code).await, None);
    world.at(121_000).check().await;
}

#[tokio::test]
async fn a_crashed_join_in_another_pool_does_not_block_a_player_who_leaves_it() {
    let world = World::new(TWO).await;
    let (_, code) = world.at(0).make("a").await;
    let claim = "another 5 1800000000000";
    world.set(&format!("claim:{}", world.id("b")), claim).await;
    assert_eq!(
        world.at(1000).enter("b", &code, true).await,
        Entered::OtherPool {
            pool: "another".to_owned()
        }
    );
    assert_eq!(world.at(31_000).enters("b", &code).await, "seated");
}

/// Until the sweep, the code of the rematch names the room of the previous match.
#[tokio::test]
async fn a_rematch_that_crashed_before_its_code_named_it_is_found_by_the_code() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    world.play(&room).await;
    let before = world.code_text(&code).await.expect("a code");
    world.rematch("a", &room).await;
    world.set(&format!("code:{code}"), &before).await;
    world.check().await;
    assert_eq!(world.enters("c", &code).await, "seated");
    let repaired = world.sweep().await;
    assert_eq!(repaired.get("code_lost"), Some(&1));
    world.check().await;
}

#[tokio::test]
async fn a_code_outlives_the_rematch_data_and_then_expires_without_a_repair() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.at(0).enters("b", &code).await;
    world.at(0).play(&room).await;
    world.at(0).deliver().await;
    let (kept, code) = (format!("{{}}:rematch:{room}"), format!("code:{code}"));
    let kept_ms: u64 = world.redis(&format!("PTTL {kept}")).await;
    let code_ms: u64 = world.redis(&format!("PTTL {code}")).await;
    assert!(code_ms > kept_ms + 60_000, "{code_ms} ms, {kept_ms} ms");

    // The match ended twelve minutes ago; the last renewal was just before its end.
    let sweep = || async { world.at(720_000).sweep().await };
    let () = world.redis(&format!("PEXPIRE {kept} 0")).await;
    let () = world.redis(&format!("PEXPIRE {code} 120000")).await;
    assert_eq!(sweep().await, BTreeMap::new());
    assert_eq!(world.redis::<u64>(&format!("EXISTS {code}")).await, 1);
    // A code that was renewed later belongs to a lost room.
    let () = world.redis(&format!("PEXPIRE {code} 180000")).await;
    assert_eq!(
        sweep().await,
        BTreeMap::from([("code_without_room".to_owned(), 1)])
    );
}
