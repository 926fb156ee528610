//! Players in the queue whose records are broken.

use expect_test::expect;

use crate::world::World;

#[tokio::test]
async fn a_stuck_candidate_blocks_no_other_player_and_is_removed() {
    let world = World::new("{}").await;
    world.connect(&["stuck"]).await;
    world.at(0).join("stuck").await;
    world.deliver().await;
    let _: u64 = world
        .redis(&format!("HDEL {{}}:player:{} name", world.id("stuck")))
        .await;
    world.at(1).join_all(&["a", "b"]).await;
    expect!["seated 2 started 0 skipped 1"].assert_eq(&world.at(1).assign().await);
    expect!["seated 0 started 0 skipped 0"].assert_eq(&world.at(200).assign().await);
    expect!["seated 0 started 0 skipped 1"].assert_eq(&world.at(251).assign().await);
    expect!["stuck: queued 1, a: seated"].assert_eq(&world.at(300).states(&["stuck", "a"]).await);
    for attempt in 3..=7 {
        let skipped = world.at(attempt * 10_000).assign().await;
        expect!["seated 0 started 0 skipped 1"].assert_eq(&skipped);
        expect!["queued 1"].assert_eq(&world.at(attempt * 10_000).state("stuck").await);
    }
    expect!["seated 0 started 0 skipped 1"].assert_eq(&world.at(80_000).assign().await);
    expect!["out no_seat"].assert_eq(&world.at(80_000).state("stuck").await);
    let pushed = world.deliver().await;
    let last = pushed["stuck"].last().expect("a message");
    assert_eq!(
        (&last["type"], &last["reason"]),
        (&"removed".into(), &"no_seat".into())
    );
    world.at(80_000).check().await;
}

#[tokio::test]
async fn fifty_stuck_candidates_block_no_other_player() {
    let world = World::new("{}").await;
    for i in 0..50 {
        world.at(0).join(&format!("s{i}")).await;
        let _: u64 = world
            .redis(&format!(
                "HDEL {{}}:player:{} name",
                world.id(&format!("s{i}"))
            ))
            .await;
    }
    world.at(1).join("a").await;
    expect!["seated 0 started 0 skipped 50, more"].assert_eq(&world.at(1).assign().await);
    expect!["seated 1 started 0 skipped 0"].assert_eq(&world.at(1).assign().await);
    world.at(1).check().await;
}
