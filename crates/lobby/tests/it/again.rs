//! Rematches: players of a match that the queue made gather again.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{Entered, Entering, RoomAnswer, RoomChange};

use crate::world::World;
use crate::world_gathering::{entering, word};

const ALL: [&str; 5] = ["a", "b", "c", "d", "e"];

impl World {
    /// Plays a match of five that the queue made to its end. Returns its room.
    async fn played(&self) -> String {
        let room = self.claimed_match().await;
        self.end(&room).await;
        room
    }

    async fn rematch_leaving(&self, short: &str, room: &str) -> Entered {
        let player = self.id(short);
        let entering = Entering {
            leaves: true,
            ..entering(&player, short)
        };
        let entered = self.lobby.rooms.room_rematch(room, entering);
        entered.await.expect("rematch")
    }

    /// The codes that name rooms of the pool.
    async fn codes(&self) -> Vec<String> {
        let keys: Vec<String> = self.redis("KEYS code:*").await;
        let mut codes = Vec::new();
        for key in keys {
            let text: Option<String> = self.redis(&format!("GET {key}")).await;
            if text.is_some_and(|text| text.starts_with(&format!("{} ", self.name))) {
                codes.push(key.replace("code:", ""));
            }
        }
        codes
    }
}

fn room_and_code(entered: Entered) -> (String, String) {
    match entered {
        Entered::Seated { room, code, .. } => (room, code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn all_players_of_a_queued_match_gather_in_one_room_with_one_code() {
    let world = World::new(r#"{"seats_min":3,"seats_max":5}"#).await;
    let match_room = world.claimed_match().await;
    assert_eq!(world.rematch("x", &match_room).await, Entered::Running);
    world.end(&match_room).await;
    world.check().await;
    assert_eq!(world.codes().await, Vec::<String>::new());
    assert_eq!(world.rematch("x", &match_room).await, Entered::NotMember);

    // All players call it concurrently. Each call takes a code; four of the codes are not needed.
    let calls = ALL.iter().map(|short| world.rematch(short, &match_room));
    let mut entered: Vec<(String, String)> = futures_util::future::join_all(calls)
        .await
        .into_iter()
        .map(room_and_code)
        .collect();
    entered.dedup();
    let [(room, code)] = &entered[..] else {
        panic!("{entered:?}")
    };
    assert_ne!(*room, match_room);
    assert_eq!(world.codes().await, std::slice::from_ref(code));
    world.check().await;
    assert_eq!(world.enters("x", code).await, "Full");

    let view = world.lobby.rooms.view(room, &world.id("b")).await;
    let RoomAnswer::Room(view) = view.expect("view") else {
        panic!("no room")
    };
    assert_eq!((view.state.as_str(), view.players.len()), ("gathering", 5));
    let made = view.made.expect("a made room");
    assert_eq!(
        (made.visibility.as_str(), view.seats_max, made.name.as_str()),
        ("private", 5, "")
    );
    assert_eq!(
        (made.settings, made.meta),
        (BTreeMap::new(), BTreeMap::new())
    );
    let repaired = world.sweep().await;
    assert_eq!(repaired, BTreeMap::new());
}

#[tokio::test]
async fn a_rematch_room_is_played_and_gathers_again_with_its_code() {
    let world = World::new(r#"{"seats_min":2,"seats_max":5}"#).await;
    let first = world.played().await;
    let (room, code) = room_and_code(world.rematch("a", &first).await);
    world.rematch("c", &first).await;
    expect!["a* c"].assert_eq(&world.players("c", &room).await);
    world.play(&room).await;
    world.check().await;
    // The room of the first rematch was played.
    assert_eq!(world.rematch("b", &first).await, Entered::Unknown);
    let (again, same) = room_and_code(world.rematch("c", &room).await);
    assert_eq!(same, code);
    assert_eq!(world.rematch("b", &room).await, Entered::NotMember);
    expect!["c*"].assert_eq(&world.players("c", &again).await);
    world.check().await;
}

#[tokio::test]
async fn a_player_who_is_in_another_room_or_the_queue_gathers_again_only_if_they_leave_it() {
    let world = World::with_pools(&[r#"{"seats_min":3,"seats_max":5}"#, "{}"]).await;
    let played = world.played().await;
    let (other, _) = world.make("a").await;
    assert_eq!(
        world.rematch("a", &played).await,
        Entered::Queued { room: Some(other) }
    );
    world.join("b").await;
    assert_eq!(
        world.rematch("b", &played).await,
        Entered::Queued { room: None }
    );
    let elsewhere = world.pool_name(1);
    world.join_as(&world.lobby, &elsewhere, "c", None).await;
    assert_eq!(
        world.rematch("c", &played).await,
        Entered::OtherPool { pool: elsewhere }
    );
    // The only taken code is that of the other room.
    assert_eq!(world.codes().await.len(), 1);
    expect!["a: seated, b: queued 1, c: queued 1"].assert_eq(&world.states(&["a", "b", "c"]).await);
    world.check().await;

    let mut rooms = Vec::new();
    for short in ["c", "b", "a"] {
        rooms.push(room_and_code(world.rematch_leaving(short, &played).await));
        world.check().await;
    }
    rooms.dedup();
    assert_eq!(rooms.len(), 1, "{rooms:?}");
    expect!["a b c*"].assert_eq(&world.players("a", &rooms[0].0).await);
}

#[tokio::test]
async fn players_cannot_gather_again_twelve_minutes_after_a_match() {
    let world = World::new(r#"{"seats_min":3,"seats_max":5}"#).await;
    let played = world.played().await;
    let kept = format!("{{}}:rematch:{played}");
    let ttl_ms: u64 = world.redis(&format!("PTTL {kept}")).await;
    assert!((1..=720_000).contains(&ttl_ms), "{ttl_ms}");
    // The data expires in Redis.
    let () = world.redis(&format!("PEXPIRE {kept} 0")).await;
    assert_eq!(world.rematch("a", &played).await, Entered::Unknown);
    assert_eq!(world.codes().await, Vec::<String>::new());
    expect!["a: out match_over"].assert_eq(&world.states(&["a"]).await);
    world.check().await;
}

#[tokio::test]
async fn a_player_of_a_match_with_bots_gathers_again_without_the_bots() {
    let world = World::new(r#"{"seats_min":2,"seats_max":4,"bots":{"fill_to":3}}"#).await;
    world.at(0).relay_up("r").await;
    world.at(0).join("a").await;
    world.at(0).assign().await;
    world.poll_through(0, 3000).await;
    world.at(3000).relay_up("r").await;
    world.at(3000).expire().await;
    let played = world.at(3000).room("a").await;
    world.at(3000).end(&played).await;
    let roster: String = world
        .redis(&format!("HGET {{}}:rematch:{played} roster"))
        .await;
    assert_eq!(roster, world.id("a"));
    let (room, _) = room_and_code(world.at(3000).rematch("a", &played).await);
    let start = RoomChange::Start { bots: 1 };
    assert_eq!(world.at(3000).change(&room, "a", start).await, "host a");
    world.at(3000).check().await;
}

#[tokio::test]
async fn a_match_that_all_players_forfeited_allows_a_rematch() {
    let world = World::new(r#"{"seats_min":3,"seats_max":5}"#).await;
    let (room, _) = world.match_of_five().await;
    for short in ALL {
        let id = world.id(short);
        assert_eq!(word(&world.rematch(short, &room).await), "playing");
        world
            .lobby
            .players
            .forfeit(&id, None)
            .await
            .expect("forfeit");
    }
    assert_eq!(word(&world.rematch("e", &room).await), "seated");
    world.check().await;
}
