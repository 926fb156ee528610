//! Groups: the players of a room that a player made look for others together.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{Entered, Finished, Lobby, Pools, ReplayChunk, RoomAnswer, RoomChange};

use crate::gathering::{TWO, word};
use crate::world::{World, kinds};

const THREE_TO_FIVE: &str = r#"{"seats_min":3,"seats_max":5}"#;

impl World {
    /// The players of a new room, the first one its host; the room and its code.
    async fn group(&self, shorts: &[&str]) -> (String, String) {
        let (room, code) = self.make(shorts[0]).await;
        for short in &shorts[1..] {
            assert_eq!(self.enters(short, &code).await, "seated");
        }
        (room, code)
    }

    async fn look(&self, room: &str, host: &str) -> String {
        self.change(room, host, RoomChange::Queue(true)).await
    }

    /// A group that looks for others.
    async fn queued_group(&self, shorts: &[&str]) -> (String, String) {
        let (room, code) = self.group(shorts).await;
        assert_eq!(
            self.look(&room, shorts[0]).await,
            format!("host {}", shorts[0])
        );
        self.check().await;
        (room, code)
    }

    /// The queue from its front, groups by their number of players: `a 2 b`.
    async fn line(&self) -> String {
        let entries: Vec<String> = self.redis("ZRANGE {}:players_queue 0 -1").await;
        let mut line = Vec::new();
        for entry in entries {
            line.push(match entry.strip_prefix("group:") {
                Some(room) => {
                    let size: u64 = self.redis(&format!("SCARD {{}}:rooms:{room}")).await;
                    size.to_string()
                }
                None => entry.split('-').next_back().unwrap_or_default().to_owned(),
            });
        }
        line.join(" ")
    }

    /// Who is in the same room, in the order given: `ab cde`.
    async fn together(&self, shorts: &[&str]) -> String {
        let mut rooms: Vec<(String, String)> = Vec::new();
        for short in shorts {
            let room = self.room(short).await;
            match rooms.iter_mut().find(|(other, _)| *other == room) {
                Some((_, names)) => names.push_str(short),
                None => rooms.push((room, (*short).to_owned())),
            }
        }
        rooms
            .into_iter()
            .map(|(_, names)| names)
            .collect::<Vec<_>>()
            .join(" ")
    }

    async fn queued_at(&self, asker: &str, room: &str) -> Option<u64> {
        let view = self.lobby.rooms.view(room, &self.id(asker)).await;
        let RoomAnswer::Room(view) = view.expect("view") else {
            panic!("no room for {asker}")
        };
        view.made.expect("a made room").queued_at_ms
    }

    /// The lobby socket of the player closes.
    async fn hang_up(&self, short: &str) {
        let id = self.id(short);
        self.lobby.sessions.open(&id, &id).await.expect("open");
        self.lobby.sessions.close(&id).await.expect("close");
    }

    /// Polls and expires every 900 ms.
    async fn run_through(&self, from: u64, to: u64) {
        for ms in (from..to).step_by(900) {
            let world = self.at(ms);
            world.pool().bridge.poll().await.expect("poll");
            world.expire().await;
            world.check().await;
        }
        self.at(to).expire().await;
    }

    async fn end(&self, room: &str) {
        let (relay, matches) = (self.id("r"), self.pool().matches);
        let claimed = matches.claim_room(room, &relay, 1, "boot-1").await;
        claimed.expect("claim");
        let chunk = ReplayChunk::default();
        let finished = matches.finish(room, &relay, 1, &[], &chunk);
        assert_eq!(finished.await.expect("finish"), Finished::Done);
    }
}

#[tokio::test]
async fn a_group_waits_in_its_room_and_gets_seats_together() {
    let world = World::new(THREE_TO_FIVE).await;
    let at = |ms| world.at(ms);
    at(0).connect(&["a", "b"]).await;
    let (room, _) = at(0).group(&["a", "b"]).await;
    at(0).deliver().await;
    assert_eq!(at(500).look(&room, "a").await, "host a");
    at(500).check().await;
    expect!["a: seated, b: seated"].assert_eq(&at(500).states(&["a", "b"]).await);
    assert_eq!(at(500).queued_at("b", &room).await, Some(1_800_000_000_500));
    let pushed = at(500).deliver().await;
    assert_eq!(kinds(&pushed, "a"), "room_updated");
    assert_eq!(pushed["b"][0]["room"]["state"], "gathering");
    assert_eq!(
        pushed["b"][0]["room"]["queued_at_ms"],
        1_800_000_000_500_u64
    );
    // Once more changes nothing.
    assert_eq!(at(900).look(&room, "a").await, "host a");
    assert_eq!(at(900).queued_at("b", &room).await, Some(1_800_000_000_500));
    assert_eq!(at(900).deliver().await, BTreeMap::new());

    at(1000).join("c").await;
    assert_eq!(
        at(1000).pool().bridge.poll().await.expect("poll").oldest_ms,
        500
    );
    let assigned = at(1000).pool().assign().await.expect("assign");
    assert_eq!(
        (assigned.seated, assigned.skipped, assigned.waited_ms),
        (3, 0, 500)
    );
    at(1000).check().await;
    expect!["abc"].assert_eq(&at(1000).together(&["a", "b", "c"]).await);
    let pushed = at(1000).deliver().await;
    assert_eq!(kinds(&pushed, "a"), "room_joined countdown");
    assert_ne!(at(1000).room("a").await, room);
    // Its room is kept for its return.
    assert_eq!(at(1000).look(&room, "a").await, "Started");
}

#[tokio::test]
async fn only_the_host_lets_the_group_look_for_others_and_ends_it() {
    let world = World::new(TWO).await;
    let (room, _) = world.group(&["a", "b"]).await;
    assert_eq!(world.look(&room, "b").await, "NotHost");
    assert_eq!(world.look(&room, "c").await, "NotMember");
    assert_eq!(world.look("main.nowhere", "a").await, "Unknown");
    assert_eq!(world.line().await, "");
    assert_eq!(world.look(&room, "a").await, "host a");
    assert_eq!(world.line().await, "2");
    assert_eq!(
        world.change(&room, "b", RoomChange::Queue(false)).await,
        "NotHost"
    );
    assert_eq!(
        world.change(&room, "a", RoomChange::Queue(false)).await,
        "host a"
    );
    assert_eq!(world.line().await, "");
    assert_eq!(world.queued_at("a", &room).await, None);
    world.check().await;
    assert_eq!(world.assign().await, "seated 0 started 0 skipped 0");
    // A start ends it, too.
    world.relay_up("r").await;
    world.look(&room, "a").await;
    world
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    assert_eq!(world.line().await, "");
    expect!["a: playing, b: playing"].assert_eq(&world.states(&["a", "b"]).await);
    world.check().await;
}

#[tokio::test]
async fn groups_get_the_fullest_room_with_enough_seats_else_a_new_one() {
    let world = World::new(THREE_TO_FIVE).await;
    // Rooms of three and of two players.
    world.queued_group(&["a", "b", "c"]).await;
    assert_eq!(world.assign().await, "seated 3 started 0 skipped 0");
    world.queued_group(&["d", "e", "f"]).await;
    assert_eq!(world.assign().await, "seated 3 started 0 skipped 0");
    world.leave("f").await;
    world.queued_group(&["g", "h"]).await;
    world.queued_group(&["i", "j", "k"]).await;
    world.queued_group(&["l", "m"]).await;
    assert_eq!(world.assign().await, "seated 7 started 0 skipped 0");
    world.check().await;
    expect!["abcgh deijk lm"].assert_eq(
        &world
            .together(&["a", "b", "c", "d", "e", "g", "h", "i", "j", "k", "l", "m"])
            .await,
    );
}

#[tokio::test]
async fn groups_and_players_are_seated_in_the_order_of_the_queue() {
    let world = World::new(THREE_TO_FIVE).await;
    for (ms, short) in [(0, "a"), (2, "d"), (4, "g"), (5, "h")] {
        world.at(ms).join(short).await;
    }
    world.at(1).queued_group(&["b", "c"]).await;
    world.at(3).queued_group(&["e", "f"]).await;
    let world = world.at(10);
    assert_eq!(world.line().await, "a 2 d 2 g h");
    assert_eq!(world.assign().await, "seated 8 started 0 skipped 0");
    world.check().await;
    // e and f do not fit beside four others. g takes the last seat there.
    expect!["abcdg efh"].assert_eq(
        &world
            .together(&["a", "b", "c", "d", "e", "f", "g", "h"])
            .await,
    );
}

#[tokio::test]
async fn a_group_that_waited_for_20_s_is_first_whatever_the_priority_of_others() {
    for (ms, expected) in [(19_999, "vwxyz ab"), (20_000, "vwabx yz")] {
        let world = World::new(r#"{"seats_min":2,"seats_max":5,"countdown_ms":600000}"#).await;
        world.at(0).join_all(&["v", "w"]).await;
        world.at(0).assign().await;
        world.at(0).queued_group(&["a", "b"]).await;
        for short in ["x", "y", "z"] {
            let player = world.id(short);
            let join = lobby::Join {
                player: &player,
                name: short,
                color: None,
                game: "",
                priority: 1000,
                request: None,
            };
            world.at(ms).pool().queue_join(join).await.expect("join");
        }
        let world = world.at(ms);
        assert_eq!(world.line().await, "x y z 2");
        world.assign().await;
        world.check().await;
        let all = world.together(&["v", "w", "a", "b", "x", "y", "z"]).await;
        let mut all: Vec<&str> = all.split(' ').collect();
        all.sort_by_key(|room| !room.starts_with('v'));
        assert_eq!(all.join(" "), expected, "after {ms} ms");
    }
}

#[tokio::test]
async fn many_groups_are_seated_in_several_calls() {
    let world = World::new(r#"{"seats_min":2,"seats_max":64}"#).await;
    for host in 0..9 {
        let shorts: Vec<String> = (0..7).map(|i| format!("{host}{i}")).collect();
        let shorts: Vec<&str> = shorts.iter().map(String::as_str).collect();
        world.queued_group(&shorts).await;
    }
    // About 50 players a call.
    assert_eq!(world.assign().await, "seated 56 started 0 skipped 0, more");
    world.check().await;
    assert_eq!(world.assign().await, "seated 7 started 0 skipped 0");
    world.check().await;
}

#[tokio::test]
async fn a_player_of_a_group_who_reloads_stays_in_it() {
    let world = World::new(TWO).await;
    let (room, _) = world.at(0).queued_group(&["a", "b"]).await;
    world.at(1000).hang_up("b").await;
    let id = world.id("b");
    world
        .at(2000)
        .lobby
        .sessions
        .open(&id, "again")
        .await
        .expect("open");
    expect!["b: seated"].assert_eq(&world.at(2000).states(&["b"]).await);
    world.run_through(1000, 60_000).await;
    expect!["a* b"].assert_eq(&world.at(60_000).players("a", &room).await);
    assert_eq!(world.at(60_000).line().await, "2");
}

#[tokio::test]
async fn a_player_who_loses_the_line_for_20_s_stays_and_one_for_30_s_leaves_the_group() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).queued_group(&["a", "b", "c"]).await;
    world.at(1000).hang_up("b").await;
    world.at(1000).hang_up("c").await;
    world.run_through(1000, 11_000).await;
    world.run_through(11_000, 21_000).await;
    // Who is back gives a sign of life.
    expect!["b: seated"].assert_eq(&world.at(21_000).states(&["b"]).await);
    world.run_through(21_000, 30_900).await;
    expect!["a* b c"].assert_eq(&world.at(30_900).players("a", &room).await);
    world.at(31_000).expire().await;
    expect!["c: out expired"].assert_eq(&world.at(31_000).states(&["c"]).await);
    expect!["a* b"].assert_eq(&world.at(31_000).players("a", &room).await);
    // The others keep the time that they have waited.
    assert_eq!(
        world.at(31_000).queued_at("a", &room).await,
        Some(1_800_000_000_000)
    );
    world.at(31_000).check().await;
    // They return by the code, and the group is whole again.
    assert_eq!(world.at(32_000).enters("c", &code).await, "seated");
    world.at(32_000).check().await;
    assert_eq!(
        world.at(32_000).assign().await,
        "seated 3 started 0 skipped 0"
    );
}

#[tokio::test]
async fn a_player_who_was_silent_before_the_group_looks_for_others_has_30_s_too() {
    let world = World::new(TWO).await;
    let (room, _) = world.at(0).group(&["a", "b"]).await;
    world.at(0).hang_up("b").await;
    world.run_through(0, 15_000).await;
    world.at(15_000).look(&room, "a").await;
    world.run_through(15_000, 34_900).await;
    expect!["a* b"].assert_eq(&world.at(34_900).players("a", &room).await);
    world.at(35_000).expire().await;
    expect!["a*"].assert_eq(&world.at(35_000).players("a", &room).await);
    world.at(35_000).check().await;
}

#[tokio::test]
async fn a_host_who_vanishes_leaves_the_group_in_the_queue() {
    let world = World::new(TWO).await;
    let (room, _) = world.at(0).queued_group(&["a", "b"]).await;
    world.at(0).hang_up("a").await;
    world.run_through(0, 10_000).await;
    expect!["a b*"].assert_eq(&world.at(10_000).players("b", &room).await);
    world.run_through(10_000, 30_000).await;
    expect!["b*"].assert_eq(&world.at(30_000).players("b", &room).await);
    assert_eq!(world.at(30_000).line().await, "1");
    let off = RoomChange::Queue(false);
    assert_eq!(world.at(30_000).change(&room, "b", off).await, "host b");
    assert_eq!(world.at(30_000).line().await, "");
    world.at(30_000).check().await;
}

#[tokio::test]
async fn a_group_without_players_waits_no_more_and_its_room_closes() {
    let world = World::new(TWO).await;
    let (_, code) = world.at(0).queued_group(&["a", "b"]).await;
    world.at(0).leave("a").await;
    world.at(0).check().await;
    world.at(0).leave("b").await;
    world.at(0).check().await;
    assert_eq!(world.at(0).line().await, "");
    world.run_through(0, 120_000).await;
    assert_eq!(world.at(120_000).enters("c", &code).await, "Unknown");

    // The last one falls silent.
    let (_, code) = world.at(121_000).queued_group(&["d"]).await;
    world.at(121_000).hang_up("d").await;
    world.run_through(121_000, 131_000).await;
    world.run_through(131_000, 151_000).await;
    assert_eq!(world.at(151_000).line().await, "");
    assert_eq!(world.at(151_000).enters("c", &code).await, "Unknown");
    world.at(151_000).deliver().await;
    assert_eq!(world.code_text(&code).await, None);
    world.at(151_000).check().await;
}

#[tokio::test]
async fn a_group_changes_while_it_waits_and_not_when_it_is_seated() {
    let world = World::new(TWO).await;
    let (room, code) = world.queued_group(&["a", "b", "c"]).await;
    assert_eq!(world.enters("d", &code).await, "seated");
    assert_eq!(world.enters("e", &code).await, "Full");
    let b = world.id("b");
    assert_eq!(
        world.change(&room, "a", RoomChange::Kick(&b)).await,
        "host a"
    );
    world.check().await;
    expect!["a* c d"].assert_eq(&world.players("a", &room).await);
    world.leave("c").await;
    world.check().await;
    assert_eq!(world.assign().await, "seated 2 started 0 skipped 0");
    world.check().await;
    assert_eq!(world.enters("e", &code).await, "Started");
    // One leaves when the others have seats.
    world.leave("d").await;
    world.check().await;
    expect!["a: seated, d: out"].assert_eq(&world.states(&["a", "d"]).await);
}

#[tokio::test]
async fn a_player_who_leaves_while_the_group_is_seated_is_out_and_the_others_are_together() {
    for _ in 0..20 {
        let world = World::new(r#"{"seats_min":3,"seats_max":8}"#).await;
        world.queued_group(&["a", "b", "c"]).await;
        world.join("d").await;
        tokio::join!(world.leave("c"), world.assign());
        world.check().await;
        assert_eq!(world.state("c").await, "out");
        expect!["abd"].assert_eq(&world.together(&["a", "b", "d"]).await);
    }
}

#[tokio::test]
async fn a_group_larger_than_any_room_waits_no_more_and_is_notified() {
    let world = World::new(TWO).await;
    world.connect(&["b"]).await;
    let (room, _) = world.group(&["a", "b", "c"]).await;
    // The pool's configuration changes.
    let pools = format!(r#"{{{:?}:{{"seats_min":1,"seats_max":2}}}}"#, world.name);
    let pools = Pools::parse(&pools).expect("pools");
    let lobby = Lobby::connect(&world.server.url, pools).await.expect("it");
    let mut smaller = world.clone();
    smaller.lobby = lobby;
    assert_eq!(smaller.look(&room, "a").await, "TooMany");
    assert_eq!(world.look(&room, "a").await, "host a");
    smaller.join("d").await;
    world.deliver().await;
    assert_eq!(smaller.assign().await, "seated 1 started 0 skipped 1");
    assert_eq!(smaller.line().await, "");
    assert_eq!(smaller.expire().await, "rooms 1 players 0 relays 0");
    let pushed = smaller.deliver().await;
    assert_eq!(kinds(&pushed, "b"), "room_updated");
    assert_eq!(
        pushed["b"][0]["room"]["queued_at_ms"],
        serde_json::Value::Null
    );
    expect!["a* b c"].assert_eq(&smaller.players("a", &room).await);
    smaller.leave("c").await;
    smaller.check().await;
}

#[tokio::test]
async fn a_full_group_without_a_relay_starts_when_there_is_one() {
    let world = World::new(TWO).await;
    world.at(0).queued_group(&["a", "b", "c", "d"]).await;
    assert_eq!(world.at(0).assign().await, "seated 4 started 0 skipped 0");
    world.at(0).check().await;
    expect!["a: seated, d: seated"].assert_eq(&world.at(0).states(&["a", "d"]).await);
    world.at(900).relay_up("r").await;
    assert_eq!(world.at(1000).expire().await, "rooms 1 players 0 relays 0");
    expect!["a: playing, d: playing"].assert_eq(&world.at(1000).states(&["a", "d"]).await);
    world.at(1000).check().await;
}

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
    // d was in no group.
    assert_eq!(word(&world.rematch("d", &played).await), "Unknown");
    assert_eq!(word(&world.rematch("b", &played).await), "seated");
    expect!["b*"].assert_eq(&world.players("b", &first).await);
    assert_eq!(word(&world.rematch("a", &played).await), "seated");
    expect!["a b*"].assert_eq(&world.players("b", &first).await);
    assert_eq!(word(&world.rematch("c", &played).await), "seated");
    expect!["c*"].assert_eq(&world.players("c", &second).await);
    // The code is the same.
    assert_eq!(world.enters("e", &code).await, "seated");
    world.check().await;
    // They look for others again.
    assert_eq!(world.look(&first, "b").await, "host b");
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
async fn a_group_that_left_its_seats_meets_again_by_its_code() {
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
async fn the_groups_of_a_room_that_closes_wait_on_together() {
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
    assert_eq!(world.at(61_000).line().await, "2 c");
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
async fn a_clock_set_back_keeps_the_place_of_a_group() {
    let world = World::new(TWO).await;
    let (room, _) = world.at(200_000).queued_group(&["a", "b"]).await;
    world.at(200_000).pool().bridge.poll().await.expect("poll");
    world.at(80_000).pool().bridge.poll().await.expect("poll");
    world.at(80_000).check().await;
    assert_eq!(
        world.at(80_000).queued_at("a", &room).await,
        Some(1_800_000_080_000)
    );
    assert_eq!(
        world.at(80_000).assign().await,
        "seated 2 started 0 skipped 0"
    );
    world.at(80_000).check().await;
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
    let repaired = world.pool().sweep.repair().await.expect("repair");
    let expected = [("group_without_entry", 1), ("queue_without_group", 1)];
    assert_eq!(
        repaired,
        expected.map(|(kind, n)| (kind.to_owned(), n)).into()
    );
    world.check().await;
    world.assign().await;
    let open = world.room("a").await;
    let () = world.redis(&format!("DEL {{}}:room:{open}")).await;
    world.pool().sweep.repair().await.expect("repair");
    world.pool().sweep.repair().await.expect("repair");
    let state: String = world.redis(&format!("HGET {{}}:room:{room} state")).await;
    assert_eq!(state, "gathering");
    world.check().await;
}
