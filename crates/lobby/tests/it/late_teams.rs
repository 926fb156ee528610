//! Teams of players who join a running match.

use expect_test::expect;
use lobby::Finished;

use crate::late_joins::Match;
use crate::world::World;

const POOL: &str = r#"{"seats_min":2,"seats_max":6,"countdown_ms":0,"late":{"until_s":60},"teams":{"count":2,"size":3}}"#;
const BOTS: &str = r#"{"seats_min":2,"seats_max":6,"countdown_ms":0,"late":{"until_s":60},"teams":{"count":2,"size":3},"bots":{"fill_to":6}}"#;

/// A match of `a` and `b` in two teams, which offers these seats.
async fn offering(pool: &str, seats: &[u8]) -> Match {
    let played = Match::of(&World::new(pool).await.at(0), &["a", "b"]).await;
    played.offer(seats).await;
    played
}

#[tokio::test]
async fn a_late_player_gets_the_team_with_the_fewest_players() {
    let played = offering(POOL, &[2, 3, 4, 5]).await;
    let world = &played.world;
    for short in ["c", "d"] {
        world.join(short).await;
        world.assign().await;
        world.check().await;
    }
    expect!["ac bd"].assert_eq(&world.teams("a").await);
    let a = world.id("a");
    let forfeited = world.lobby.players.forfeit(&a, None).await;
    forfeited.expect("forfeit");
    played.offer(&[0, 4, 5]).await;
    world.at(1).join("e").await;
    world.at(2).join("f").await;
    assert_eq!(world.at(3).assign().await, "seated 2 started 0 skipped 0");
    world.at(3).check().await;
    expect!["cef bd"].assert_eq(&world.at(3).teams("c").await);
}

#[tokio::test]
async fn a_group_joins_one_team_of_a_running_match_or_none() {
    let played = offering(POOL, &[2, 3, 4, 5]).await;
    let world = &played.world;
    world.at(1).queued_group(&["c", "d", "e"]).await;
    world.at(2).queued_group(&["f", "g"]).await;
    world.at(3).queued_group(&["h", "i"]).await;
    assert_eq!(world.at(4).assign().await, "seated 7 started 0 skipped 0");
    let world = world.at(4);
    world.check().await;
    expect!["afghi cde"].assert_eq(
        &world
            .together(&["a", "f", "g", "h", "i", "c", "d", "e"])
            .await,
    );
    expect!["afg bhi"].assert_eq(&world.teams("a").await);
}

#[tokio::test]
async fn late_players_get_the_seats_and_the_teams_of_bots() {
    let played = offering(BOTS, &[2, 3, 4, 5]).await;
    let world = &played.world;
    expect!["a++ b++"].assert_eq(&world.teams("a").await);
    world.at(1).queued_group(&["c", "d"]).await;
    world.at(2).join("e").await;
    assert_eq!(world.at(3).assign().await, "seated 3 started 0 skipped 0");
    world.at(3).check().await;
    expect!["acd be+"].assert_eq(&world.at(3).teams("a").await);
    world.at(3).deliver().await;
    let seats = [("c", 2), ("d", 4), ("e", 3)];
    let seats = seats.map(|(name, seat)| (name.to_owned(), Some(seat)));
    assert_eq!(played.joined().await, seats);
}

#[tokio::test]
async fn players_requeued_from_an_ended_match_have_no_team() {
    let played = offering(POOL, &[2, 3, 4, 5]).await;
    let world = &played.world;
    world.queued_group(&["c", "d"]).await;
    world.join("e").await;
    world.assign().await;
    assert_eq!(played.finish(&["a", "b"]).await, Finished::Done);
    world.check().await;
    for short in ["c", "d", "e"] {
        let key = format!("HEXISTS {{}}:player:{} team", world.id(short));
        assert_eq!(world.redis::<u8>(&key).await, 0, "{short}");
    }
}
