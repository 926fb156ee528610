//! Groups that get seats in running matches.

use expect_test::expect;
use lobby::{Finished, Offered, SeatReturn};

use crate::late_joins::Match;
use crate::sink::kinds;
use crate::world::World;
use crate::world_gathering::word;

const POOL: &str = r#"{"seats_min":2,"seats_max":6,"countdown_ms":0,"late":{"until_s":60}}"#;

/// A match of `a` and `b` that offers these seats.
async fn offering(seats: &[u8]) -> Match {
    let played = Match::of(&World::new(POOL).await.at(0), &["a", "b"]).await;
    let count = u32::try_from(seats.len()).expect("few");
    assert_eq!(played.offer(seats).await, Offered::Seats(count));
    played
}

#[tokio::test]
async fn a_group_joins_the_match_with_the_fewest_sufficient_seats() {
    let world = World::new(POOL).await.at(0);
    let first = Match::of(&world, &["a", "b", "c", "d"]).await;
    let second = Match::of(&world, &["e", "f"]).await;
    first.offer(&[4, 5]).await;
    second.offer(&[2, 3, 4, 5]).await;
    world.connect(&["h"]).await;
    world.at(1).queued_group(&["g", "h", "i"]).await;
    world.at(2).queued_group(&["j", "k"]).await;
    world.at(3).queued_group(&["l", "m"]).await;
    world.at(4).join_all(&["n", "o"]).await;
    let world = world.at(10);
    world.deliver().await;
    assert_eq!(world.assign().await, "seated 9 started 0 skipped 0");
    world.check().await;
    // No match has two seats left for l and m.
    let all = ["a", "e", "g", "h", "i", "j", "k", "l", "m", "n", "o"];
    expect!["ajk eghin lmo"].assert_eq(&world.together(&all).await);
    expect!["h: playing, k: playing, m: seated, n: playing, o: seated"]
        .assert_eq(&world.states(&["h", "k", "m", "n", "o"]).await);
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "h"), "match_started");
    assert_eq!(pushed["h"][0]["room_id"], second.room);
    let mut joined = first.joined().await;
    joined.sort();
    let seats = [("g", 2), ("h", 3), ("i", 4), ("j", 4), ("k", 5), ("n", 5)];
    let seats = seats.map(|(name, seat)| (name.to_owned(), Some(seat)));
    assert_eq!(joined, seats);
    world.check().await;
}

#[tokio::test]
async fn a_group_and_players_get_the_seats_of_a_match_in_the_order_of_the_queue() {
    for (group_ms, expected) in [(1, "adef cg"), (3, "acg def")] {
        let played = offering(&[2, 3, 4]).await;
        let world = &played.world;
        world.at(2).join("c").await;
        world.at(group_ms).queued_group(&["d", "e", "f"]).await;
        world.at(4).join("g").await;
        assert_eq!(world.at(5).assign().await, "seated 5 started 0 skipped 0");
        world.at(5).check().await;
        let all = ["a", "c", "d", "e", "f", "g"];
        let together = world.at(5).together(&all).await;
        assert_eq!(together, expected, "the group comes after {group_ms} ms");
    }
}

#[tokio::test]
async fn a_late_group_of_an_ended_match_waits_together_again() {
    let played = offering(&[2, 3, 4, 5]).await;
    let world = &played.world;
    world.connect(&["c", "d"]).await;
    let (room, _) = world.at(1).queued_group(&["d", "e"]).await;
    world.at(2).join("c").await;
    assert_eq!(world.at(3).assign().await, "seated 3 started 0 skipped 0");
    world.at(3).deliver().await;
    assert_eq!(played.finish(&["a", "b"]).await, Finished::Done);
    let world = world.at(4);
    world.check().await;
    expect!["a: out match_over, c: queued 2, d: seated, e: seated"]
        .assert_eq(&world.states(&["a", "c", "d", "e"]).await);
    assert_eq!(world.queue_text().await, "2 c");
    expect!["d* e"].assert_eq(&world.players("d", &room).await);
    assert_eq!(world.queued_at("d", &room).await, Some(1_800_000_000_001));
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "d"), "room_joined");
    assert_eq!(kinds(&pushed, "c"), "requeued");
    assert_eq!(world.assign().await, "seated 3 started 0 skipped 0");
    world.check().await;
    expect!["cde"].assert_eq(&world.together(&["c", "d", "e"]).await);
}

#[tokio::test]
async fn a_late_player_with_a_score_may_return_to_the_group() {
    let played = offering(&[2, 3, 4, 5]).await;
    let world = &played.world;
    let (room, _) = world.queued_group(&["c", "d", "e"]).await;
    world.assign().await;
    assert_eq!(played.finish(&["a", "b", "c"]).await, Finished::Done);
    world.check().await;
    assert_eq!(world.queue_text().await, "2");
    expect!["c: out match_over"].assert_eq(&world.states(&["c"]).await);
    assert_eq!(word(&world.rematch("c", &played.room).await), "seated");
    expect!["c d* e"].assert_eq(&world.players("d", &room).await);
    assert_eq!(world.queue_text().await, "3");
    world.check().await;
}

#[tokio::test]
async fn a_player_who_leaves_while_the_group_is_seated_is_out_or_in_the_match() {
    for _ in 0..10 {
        let played = offering(&[2, 3, 4]).await;
        let world = &played.world;
        world.queued_group(&["c", "d", "e"]).await;
        tokio::join!(world.leave("e"), world.assign());
        world.check().await;
        let state = world.state("e").await;
        assert!(["out", "playing"].contains(&&*state), "{state}");
        expect!["acd"].assert_eq(&world.together(&["a", "c", "d"]).await);
    }
}

#[tokio::test]
async fn players_whose_seats_are_returned_wait_alone_until_the_group_gathers() {
    let played = offering(&[2, 3, 4, 5]).await;
    let world = &played.world;
    let (room, code) = world.queued_group(&["c", "d", "e"]).await;
    assert_eq!(world.assign().await, "seated 3 started 0 skipped 0");
    assert!(played.give_back("c", SeatReturn::Refused).await);
    world.check().await;
    assert!(played.give_back("d", SeatReturn::NotConnected).await);
    world.check().await;
    expect!["c: queued 1, d: out not_connected, e: playing"]
        .assert_eq(&world.states(&["c", "d", "e"]).await);
    assert_eq!(world.enters("d", &code).await, "Started");
    assert_eq!(played.finish(&["a", "b", "e"]).await, Finished::Done);
    world.check().await;
    assert_eq!(word(&world.rematch("e", &played.room).await), "seated");
    assert_eq!(world.enters("d", &code).await, "seated");
    assert_eq!(word(&world.enter("c", &code, true).await), "seated");
    expect!["c d e*"].assert_eq(&world.players("e", &room).await);
    world.check().await;
}

#[tokio::test]
async fn a_match_refuses_a_group_with_a_player_of_its_roster() {
    let played = offering(&[2, 3, 4]).await;
    let world = &played.world;
    world.join("c").await;
    world.assign().await;
    assert_eq!(world.room("c").await, played.room);
    let (c, players) = (world.id("c"), &world.lobby.players);
    players.forfeit(&c, None).await.expect("forfeit");
    played.offer(&[2, 3, 4]).await;
    world.at(1).queued_group(&["c", "d"]).await;
    world.at(2).queued_group(&["e", "f"]).await;
    assert_eq!(world.at(3).assign().await, "seated 4 started 0 skipped 0");
    world.at(3).check().await;
    expect!["aef cd"].assert_eq(&world.at(3).together(&["a", "e", "f", "c", "d"]).await);
}
