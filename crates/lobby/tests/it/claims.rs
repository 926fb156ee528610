//! Claims: one game at a time over all pools.

use std::collections::BTreeMap;

use lobby::{Joined, Score};

use crate::world::World;

async fn two_pools() -> (World, String) {
    let world = World::with_pools(&["{}", "{}"]).await;
    let second = world.pool_name(1);
    (world, second)
}

#[tokio::test]
async fn a_membership_in_one_pool_refuses_a_join_in_another() {
    let (world, second) = two_pools().await;
    world.join("a").await;
    let elsewhere = || world.join_as(&world.lobby, &second, "a", None);
    assert_eq!(
        elsewhere().await,
        Joined::OtherPool {
            pool: world.name.clone()
        }
    );
    world.assign().await;
    assert_eq!(
        elsewhere().await,
        Joined::OtherPool {
            pool: world.name.clone()
        }
    );
    world.check().await;
    world
        .lobby
        .players
        .queue_leave(&world.id("a"), None)
        .await
        .expect("leave");
    assert_eq!(
        elsewhere().await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.check().await;
}

#[tokio::test]
async fn a_match_in_one_pool_says_how_to_rejoin_it_in_another() {
    let (world, second) = two_pools().await;
    let room = world.claimed_match().await;
    let Joined::Playing { room: found, .. } = world.join_as(&world.lobby, &second, "a", None).await
    else {
        panic!("not playing")
    };
    assert_eq!(found, room);
    let scores = [Score {
        player_id: world.id("a"),
        score: 1,
        rank: 1,
        stats: BTreeMap::new(),
    }];
    world
        .pool()
        .matches
        .finish(
            &room,
            &world.id("r"),
            1,
            &scores,
            &lobby::ReplayChunk::default(),
        )
        .await
        .expect("finish");
    // The outbox still has the release of the claim; the tombstone shows that the membership has ended.
    assert_eq!(
        world.join_as(&world.lobby, &second, "a", None).await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.deliver().await;
    world.check().await;
}

#[tokio::test]
async fn a_claim_without_a_membership_is_free_after_half_a_minute() {
    let (world, second) = two_pools().await;
    let id = world.id("a");
    world
        .set(
            &format!("claim:{id}"),
            &format!("{} 5 1800000000000", world.name),
        )
        .await;
    let elsewhere = |ms: u64| {
        let (at, second) = (world.at(ms), second.clone());
        async move { at.join_as(&at.lobby, &second, "a", None).await }
    };
    assert_eq!(
        elsewhere(30_000).await,
        Joined::OtherPool {
            pool: world.name.clone()
        }
    );
    assert_eq!(
        elsewhere(30_001).await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.at(30_001).check().await;
}

#[tokio::test]
async fn the_same_pool_takes_its_own_claim_at_once() {
    let (world, _) = two_pools().await;
    let id = world.id("a");
    world
        .set(
            &format!("claim:{id}"),
            &format!("{} 5 1800000000000", world.name),
        )
        .await;
    assert_eq!(
        world.at(1).join("a").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.at(1).check().await;
}

#[tokio::test]
async fn a_late_release_does_not_free_a_newer_membership() {
    let (world, second) = two_pools().await;
    world.join("a").await;
    world
        .lobby
        .players
        .queue_leave(&world.id("a"), None)
        .await
        .expect("leave");
    world.join("a").await;
    // The outbox still has the release of the first membership.
    world.deliver().await;
    assert_eq!(
        world.join_as(&world.lobby, &second, "a", None).await,
        Joined::OtherPool {
            pool: world.name.clone()
        }
    );
    world.check().await;
}

#[tokio::test]
async fn a_repeated_join_of_an_old_request_takes_no_claim() {
    let (world, second) = two_pools().await;
    world
        .join_as(&world.lobby, &world.name, "a", Some("x"))
        .await;
    world
        .lobby
        .players
        .queue_leave(&world.id("a"), None)
        .await
        .expect("leave");
    world
        .join_as(&world.lobby, &world.name, "a", Some("x"))
        .await;
    assert_eq!(
        world.join_as(&world.lobby, &second, "a", None).await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.check().await;
}

#[tokio::test]
async fn an_invalid_claim_does_not_block_a_player() {
    let (world, _) = two_pools().await;
    world.set(&format!("claim:{}", world.id("a")), "junk").await;
    assert_eq!(
        world.join("a").await,
        Joined::Queued {
            position: 1,
            new: true
        }
    );
    world.check().await;
}
