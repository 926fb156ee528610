//! Signs of life, expiry, and the reason that a removed player gets.

use expect_test::expect;
use lobby::InboxMessage;

use crate::sink::kinds;
use crate::world::World;

const TTL_MS: u64 = 300_000;

#[tokio::test]
async fn five_silent_minutes_lose_the_place_in_the_queue() {
    let world = World::new("{}").await;
    world.connect(&["a"]).await;
    world.at(0).join("a").await;
    world.at(0).join("b").await;
    world.deliver().await;
    assert!(
        world
            .at(200_000)
            .lobby
            .players
            .touch(&world.id("b"))
            .await
            .expect("touch")
    );
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(TTL_MS - 1).expire().await);
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(TTL_MS).expire().await);
    expect!["a: out expired, b: queued 1"].assert_eq(&world.at(TTL_MS).states(&["a", "b"]).await);
    assert!(
        !world
            .at(TTL_MS)
            .lobby
            .players
            .touch(&world.id("a"))
            .await
            .expect("touch")
    );
    let pushed = world.deliver().await;
    expect!["removed"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(
        world
            .redis::<u64>(&format!("EXISTS claim:{}", world.id("a")))
            .await,
        0
    );
    world.at(TTL_MS).check().await;
    world.poll_through(TTL_MS, 2 * TTL_MS).await;
    expect!["rooms 0 players 2 relays 0"].assert_eq(&world.at(2 * TTL_MS).expire().await);
    expect!["out"].assert_eq(&world.at(2 * TTL_MS).state("a").await);
    assert_eq!(
        world
            .redis::<u64>(&format!("EXISTS {{}}:player:{}", world.id("a")))
            .await,
        0
    );
}

#[tokio::test]
async fn an_expired_player_leaves_the_waiting_room_and_the_others_see_it() {
    let world = World::new(r#"{"room_ttl_ms":3000000}"#).await;
    world.connect(&["b"]).await;
    world.at(0).join_all(&["a", "b"]).await;
    world.at(0).assign().await;
    world.deliver().await;
    world
        .at(1000)
        .lobby
        .players
        .touch(&world.id("b"))
        .await
        .expect("touch");
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(TTL_MS).expire().await);
    expect!["a: out expired, b: seated"].assert_eq(&world.at(TTL_MS).states(&["a", "b"]).await);
    let pushed = world.deliver().await;
    expect!["room_updated"].assert_eq(&kinds(&pushed, "b"));
    assert_eq!(
        pushed["b"][0]["room"]["players"].as_array().map(Vec::len),
        Some(1)
    );
    world.at(TTL_MS).check().await;
}

#[tokio::test]
async fn an_expired_player_leaves_the_match_and_the_relay_gets_a_message() {
    let world = World::new(r#"{"claim_room_ms":3000000}"#).await;
    let room = world.at(0).claimed_match().await;
    for short in ["b", "c", "d", "e"] {
        assert!(
            world
                .at(1)
                .lobby
                .players
                .touch(&world.id(short))
                .await
                .expect("touch")
        );
    }
    world.at(TTL_MS - 600).relay_up("r").await;
    world
        .at(TTL_MS - 500)
        .pool()
        .bridge
        .poll()
        .await
        .expect("poll");
    expect!["rooms 0 players 1 relays 0"].assert_eq(&world.at(TTL_MS).expire().await);
    world.deliver().await;
    let messages = world.inbox("r").await;
    assert_eq!(
        messages[0],
        InboxMessage::Left {
            room,
            epoch: 1,
            player: world.id("a"),
            removed: None,
        }
    );
    world.at(TTL_MS).check().await;
}

#[tokio::test]
async fn a_new_membership_replaces_the_tombstone() {
    let world = World::new("{}").await;
    world.at(0).join("a").await;
    world.at(TTL_MS).expire().await;
    world.at(TTL_MS + 1).join("a").await;
    expect!["queued 1"].assert_eq(&world.at(TTL_MS + 1).state("a").await);
    world.at(TTL_MS + 1).check().await;
}

#[tokio::test]
async fn reading_the_own_state_is_a_sign_of_life() {
    let world = World::new("{}").await;
    world.at(0).join("a").await;
    world.at(TTL_MS - 1).state("a").await;
    expect!["rooms 0 players 0 relays 0"].assert_eq(&world.at(TTL_MS + 5).expire().await);
    expect!["queued 1"].assert_eq(&world.at(TTL_MS + 5).state("a").await);
}

#[tokio::test]
async fn a_lost_claim_is_set_again_by_a_sign_of_life() {
    let world = World::new("{}").await;
    world.join_all(&["a", "b"]).await;
    for short in ["a", "b"] {
        let _: u64 = world.redis(&format!("DEL claim:{}", world.id(short))).await;
    }
    expect!["queued 1"].assert_eq(&world.state("a").await);
    assert!(
        world
            .lobby
            .players
            .touch(&world.id("b"))
            .await
            .expect("touch")
    );
    world.check().await;
}
