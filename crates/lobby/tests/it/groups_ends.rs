//! How groups return to their own rooms, and what the sweep repairs.

use expect_test::expect;
use lobby::Entered;

use crate::groups::THREE_TO_FIVE;
use crate::sink::kinds;
use crate::world::World;
use crate::world_gathering::{TWO, word};

#[tokio::test]
async fn after_the_match_each_group_gathers_again_in_its_own_room() {
    let world = World::new(TWO).await;
    world.relay_up("r").await;
    let (first, code) = world.queued_group(&["a", "b"]).await;
    let (second, _) = world.queued_group(&["c"]).await;
    world.join("d").await;
    assert_eq!(world.assign().await, "seated 4 started 1 skipped 0");
    world.check().await;
    let played = world.room("a").await;
    assert_eq!(word(&world.rematch("a", &played).await), "playing");
    assert_eq!(word(&world.enter("e", &code, false).await), "Started");
    world.end(&played).await;
    world.check().await;
    expect!["a: out match_over"].assert_eq(&world.states(&["a"]).await);
    // d was in no group, and gets a new room and code.
    let Entered::Seated {
        room, code: new, ..
    } = world.rematch("d", &played).await
    else {
        panic!("no room for d")
    };
    expect!["d*"].assert_eq(&world.players("d", &room).await);
    assert_ne!(new, code);
    assert_eq!(word(&world.rematch("e", &played).await), "NotMember");
    assert_eq!(word(&world.rematch("b", &played).await), "seated");
    expect!["b*"].assert_eq(&world.players("b", &first).await);
    assert_eq!(word(&world.rematch("a", &played).await), "seated");
    expect!["a b*"].assert_eq(&world.players("b", &first).await);
    assert_eq!(word(&world.rematch("c", &played).await), "seated");
    expect!["c*"].assert_eq(&world.players("c", &second).await);
    // The code is the same.
    assert_eq!(world.enters("e", &code).await, "seated");
    world.check().await;
    // They queue again.
    assert_eq!(world.queue_group(&first, "b").await, "host b");
    assert_eq!(world.assign().await, "seated 3 started 0 skipped 0");
    world.check().await;
    let again = world.rematch("a", &played).await;
    assert!(
        matches!(again, Entered::Queued { room: Some(_) }),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_room_to_which_no_group_returns_closes() {
    let world = World::new(TWO).await;
    world.at(0).relay_up("r").await;
    let (_, code) = world.at(0).queued_group(&["a", "b", "c", "d"]).await;
    world.at(0).assign().await;
    let played = world.at(0).room("a").await;
    world.at(0).end(&played).await;
    world.at(0).check().await;
    world.poll_through(0, 719_900).await;
    world.at(719_900).expire().await;
    assert_eq!(world.at(719_900).enters("e", &code).await, "seated");
    world.at(719_900).leave("e").await;
    world.poll_through(719_900, 840_000).await;
    world.at(840_000).expire().await;
    assert_eq!(world.at(840_000).enters("e", &code).await, "Unknown");
    world.at(840_000).check().await;
}

#[tokio::test]
async fn a_group_that_left_its_seats_gathers_again_by_its_code() {
    let world = World::new(THREE_TO_FIVE).await;
    let (room, code) = world.queued_group(&["a", "b"]).await;
    let (other, _) = world.queued_group(&["c"]).await;
    world.assign().await;
    world.leave("a").await;
    world.check().await;
    assert_eq!(world.enters("a", &code).await, "Started");
    world.leave("b").await;
    world.check().await;
    for short in ["b", "a"] {
        assert_eq!(world.enters(short, &code).await, "seated");
    }
    expect!["a b*"].assert_eq(&world.players("b", &room).await);
    world.check().await;
    world.leave("c").await;
    let state: String = world.redis(&format!("HGET {{}}:room:{other} state")).await;
    assert_eq!(state, "gathering");
    world.check().await;
}

#[tokio::test]
async fn groups_of_a_closing_room_wait_together_again() {
    let world = World::new(r#"{"seats_min":4,"seats_max":5,"room_ttl_ms":60000}"#).await;
    world.at(0).connect(&["a", "c"]).await;
    let (room, _) = world.at(0).queued_group(&["a", "b"]).await;
    world.at(100).join("c").await;
    world.at(1000).assign().await;
    expect!["abc"].assert_eq(&world.at(1000).together(&["a", "b", "c"]).await);
    world.at(1000).deliver().await;
    world.poll_through(1000, 61_000).await;
    world.at(61_000).expire().await;
    world.at(61_000).check().await;
    expect!["a* b"].assert_eq(&world.at(61_000).players("a", &room).await);
    assert_eq!(world.at(61_000).queue_text().await, "2 c");
    assert_eq!(
        world.at(61_000).queued_at("a", &room).await,
        Some(1_800_000_000_000)
    );
    let pushed = world.at(61_000).deliver().await;
    assert_eq!(kinds(&pushed, "a"), "room_joined");
    assert_eq!(kinds(&pushed, "c"), "requeued");
    world.at(61_000).check().await;
    assert_eq!(
        world.at(61_000).assign().await,
        "seated 3 started 0 skipped 0"
    );
    expect!["abc"].assert_eq(&world.at(61_000).together(&["a", "b", "c"]).await);
    world.at(61_000).check().await;
}

#[tokio::test]
async fn a_clock_set_back_keeps_the_place_of_a_group_that_has_seats() {
    let world = World::new(r#"{"seats_min":4,"seats_max":5,"room_ttl_ms":60000}"#).await;
    let (room, _) = world.at(200_000).queued_group(&["a", "b"]).await;
    world.at(200_000).assign().await;
    world.at(200_000).pool().bridge.poll().await.expect("poll");
    world.poll_through(80_000, 140_000).await;
    world.at(140_000).expire().await;
    world.at(140_000).check().await;
    assert_eq!(
        world.at(140_000).queued_at("a", &room).await,
        Some(1_800_000_080_000)
    );
    assert_eq!(
        world.at(140_000).assign().await,
        "seated 2 started 0 skipped 0"
    );
    world.at(140_000).check().await;
}

#[tokio::test]
async fn a_group_moves_with_its_room_into_a_fuller_one() {
    let world = World::new(r#"{"seats_min":4,"seats_max":5,"room_ttl_ms":60000}"#).await;
    let (room, _) = world.at(0).queued_group(&["a", "b", "c"]).await;
    world.at(0).assign().await;
    world.at(1000).queued_group(&["d", "e", "f"]).await;
    world.at(1000).assign().await;
    world.at(2000).leave("f").await;
    expect!["abc de"].assert_eq(&world.at(2000).together(&["a", "b", "c", "d", "e"]).await);
    world.poll_through(2000, 60_000).await;
    world.at(60_000).relay_up("r").await;
    world.at(60_000).expire().await;
    world.at(60_000).check().await;
    expect!["a: playing, e: playing"].assert_eq(&world.at(60_000).states(&["a", "e"]).await);
    let played = world.at(60_000).room("a").await;
    world.at(60_000).end(&played).await;
    world.at(60_000).check().await;
    assert_eq!(
        word(&world.at(60_000).rematch("a", &played).await),
        "seated"
    );
    expect!["a*"].assert_eq(&world.at(60_000).players("a", &room).await);
}

#[tokio::test]
async fn the_sweep_repairs_groups() {
    let world = World::new(TWO).await;
    let (room, _) = world.queued_group(&["a", "b"]).await;
    let () = world
        .redis(&format!("ZREM {{}}:players_queue group:{room}"))
        .await;
    let () = world
        .redis("ZADD {}:players_queue 5 group:main.nowhere")
        .await;
    let repaired = world.sweep().await;
    let expected = [("group_without_entry", 1), ("queue_without_group", 1)];
    assert_eq!(
        repaired,
        expected.map(|(kind, n)| (kind.to_owned(), n)).into()
    );
    world.check().await;
    world.assign().await;
    let open = world.room("a").await;
    let () = world.redis(&format!("DEL {{}}:room:{open}")).await;
    world.sweep().await;
    world.sweep().await;
    let state: String = world.redis(&format!("HGET {{}}:room:{room} state")).await;
    assert_eq!(state, "gathering");
    world.check().await;
}
