//! Teams: filled evenly, and a group is never split over teams.

use expect_test::expect;
use lobby::{Claimed, CodeAnswer, RoomChange};
use serde_json::Value;

use crate::world::World;

const TWO_BY_THREE: &str = r#"{"seats_min":2,"seats_max":6,"teams":{"count":2,"size":3}}"#;

impl World {
    /// The teams of the player's match, as its relay receives them: `abc def`.
    pub(crate) async fn teams(&self, short: &str) -> String {
        let me = self.me(short).await;
        let (room, game) = (me.room.expect("a room"), me.game.expect("a match"));
        let claimed = self
            .pool()
            .matches
            .claim_room(&room, &game.relay, game.epoch, "boot-1")
            .await;
        let Claimed::Room { players, .. } = claimed.expect("claim") else {
            panic!("not claimed")
        };
        let mut teams = [String::new(), String::new()];
        for player in &players {
            let name = if player.is_bot() { "+" } else { &player.name };
            teams[usize::from(player.team.expect("a team"))] += name;
        }
        teams.join(" ")
    }
}

#[tokio::test]
async fn players_are_dealt_to_teams_evenly() {
    let world = World::new(TWO_BY_THREE).await;
    world.relay_up("r").await;
    world.connect(&["a"]).await;
    world.join_all(&["a", "b", "c", "d", "e", "f"]).await;
    assert_eq!(world.assign().await, "seated 6 started 1 skipped 0");
    world.check().await;
    expect!["ace bdf"].assert_eq(&world.teams("a").await);
    let pushed = world.deliver().await;
    let started = pushed["a"].last().expect("a message");
    assert_eq!(started["type"], "match_started");
    let players = started["players"].as_array().expect("players");
    let teams: Vec<&Value> = players.iter().map(|player| &player["team"]).collect();
    assert_eq!(teams, [0, 1, 0, 1, 0, 1]);
    // Another relay gets the same teams.
    let room = world.room("a").await;
    world.relay_up("s").await;
    let (matches, r) = (world.pool().matches, world.id("r"));
    matches.hand_over(&room, &r, 1).await.expect("hand over");
    world.check().await;
    expect!["ace bdf"].assert_eq(&world.teams("a").await);
}

#[tokio::test]
async fn a_group_is_in_one_team() {
    let world = World::new(TWO_BY_THREE).await;
    world.relay_up("r").await;
    world.join("a").await;
    world.queued_group(&["b", "c"]).await;
    world.join("d").await;
    world.queued_group(&["e", "f"]).await;
    assert_eq!(world.assign().await, "seated 6 started 1 skipped 0");
    world.check().await;
    expect!["abc def"].assert_eq(&world.teams("a").await);
}

#[tokio::test]
async fn a_group_that_fits_in_no_team_of_a_room_gets_another_room() {
    let world = World::new(TWO_BY_THREE).await;
    world.queued_group(&["a", "b"]).await;
    world.queued_group(&["c", "d"]).await;
    // Two seats are free, one in each team.
    world.queued_group(&["e", "f"]).await;
    world.join_all(&["g", "h"]).await;
    world.relay_up("r").await;
    assert_eq!(world.assign().await, "seated 8 started 1 skipped 0");
    world.check().await;
    let all = ["a", "b", "c", "d", "e", "f", "g", "h"];
    expect!["abcdgh ef"].assert_eq(&world.together(&all).await);
    expect!["abg cdh"].assert_eq(&world.teams("a").await);
}

#[tokio::test]
async fn a_player_who_changes_the_group_is_in_the_new_one_only() {
    let world = World::new(TWO_BY_THREE).await;
    world.at(0).queued_group(&["a", "b"]).await;
    world.at(0).assign().await;
    world.at(0).leave("b").await;
    world.at(0).queued_group(&["c", "b"]).await;
    world.at(0).assign().await;
    world.at(0).check().await;
    expect!["abc"].assert_eq(&world.at(0).together(&["a", "b", "c"]).await);
    world.poll_through(0, 10_000).await;
    world.at(10_000).relay_up("r").await;
    world.at(10_000).expire().await;
    world.at(10_000).check().await;
    expect!["a cb"].assert_eq(&world.at(10_000).teams("a").await);
}

#[tokio::test]
async fn a_match_does_not_start_while_a_team_has_nobody() {
    let world = World::new(TWO_BY_THREE).await;
    world.at(0).queued_group(&["a", "b", "c"]).await;
    world.at(0).assign().await;
    world.at(0).check().await;
    world.poll_through(0, 11_000).await;
    world.at(11_000).relay_up("r").await;
    assert_eq!(
        world.at(11_000).expire().await,
        "rooms 0 players 0 relays 0"
    );
    world.at(11_000).join("d").await;
    world.at(11_000).assign().await;
    world.at(11_000).check().await;
    for ms in (11_000..=21_000).step_by(1000) {
        world.at(ms).relay_up("r").await;
        world.at(ms).pool().bridge.poll().await.expect("poll");
    }
    assert_eq!(
        world.at(21_000).expire().await,
        "rooms 1 players 0 relays 0"
    );
    expect!["abc d"].assert_eq(&world.at(21_000).teams("a").await);
    world.at(21_000).check().await;
}

#[tokio::test]
async fn a_group_larger_than_a_team_cannot_be_queued() {
    let world = World::new(TWO_BY_THREE).await;
    let (room, code) = world.group(&["a", "b", "c", "d"]).await;
    assert_eq!(world.queue_group(&room, "a").await, "TooMany");
    world.leave("d").await;
    assert_eq!(world.queue_group(&room, "a").await, "host a");
    let CodeAnswer::Room(seen) = world.view_code("d", &code).await else {
        panic!("no room")
    };
    assert_eq!((seen.seats, seen.reason.as_deref()), (6, Some("full")));
    assert_eq!(world.enters("d", &code).await, "Full");
    world.check().await;
    // The group plays by itself, in two teams.
    world.change(&room, "a", RoomChange::Queue(false)).await;
    assert_eq!(world.enters("d", &code).await, "seated");
    world.relay_up("r").await;
    world
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    world.check().await;
    expect!["ac bd"].assert_eq(&world.teams("a").await);
}

#[tokio::test]
async fn bots_fill_the_teams_evenly() {
    let pool = r#"{"seats_min":2,"seats_max":6,"teams":{"count":2,"size":3},"bots":{"fill_to":6}}"#;
    let world = World::new(pool).await;
    world.at(0).queued_group(&["a", "b", "c"]).await;
    world.at(0).assign().await;
    world.at(0).check().await;
    world.poll_through(0, 10_000).await;
    world.at(10_000).relay_up("r").await;
    assert_eq!(
        world.at(10_000).expire().await,
        "rooms 1 players 0 relays 0"
    );
    world.at(10_000).check().await;
    expect!["abc +++"].assert_eq(&world.at(10_000).teams("a").await);
}
