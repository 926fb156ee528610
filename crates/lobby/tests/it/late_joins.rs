//! Late joins: a player gets a seat that a relay offers, once, and unused seats are returned.

use expect_test::expect;
use lobby::{Claimed, Finished, InboxMessage, Offered, Redeemed, ReplayChunk, Score, SeatReturn};

use crate::relays::checkpoint;
use crate::sink::kinds;
use crate::world::World;

const POOL: &str = r#"{"seats_min":2,"seats_max":5,"countdown_ms":1,"late":{"until_s":60}}"#;

pub(crate) struct Match {
    pub(crate) world: World,
    pub(crate) room: String,
    relay: String,
    epoch: u64,
}

impl Match {
    /// A match of `a` and `b`, claimed by relay `r`.
    async fn of_two() -> Self {
        Self::of(&World::new(POOL).await, &["a", "b"]).await
    }

    /// A match of these players, claimed by relay `r`, in a pool with a short countdown.
    pub(crate) async fn of(world: &World, shorts: &[&str]) -> Self {
        world.relay_up("r").await;
        world.join_all(shorts).await;
        world.assign().await;
        while world.state(shorts[0]).await != "playing" {
            world.expire().await;
        }
        let me = world.me(shorts[0]).await;
        let (room, game) = (me.room.expect("a room"), me.game.expect("a ticket"));
        let played = Self {
            world: world.clone(),
            room,
            relay: game.relay,
            epoch: game.epoch,
        };
        played.claim().await;
        played.checkpoint().await;
        played
    }

    async fn claim(&self) -> String {
        let matches = self.world.pool().matches;
        let claimed = matches.claim_room(&self.room, &self.relay, self.epoch, "boot-1");
        match claimed.await.expect("claim") {
            Claimed::Stale => "stale".to_owned(),
            Claimed::Room { players, .. } => {
                let players = players.iter().map(|player| (&*player.name, player.late));
                format!("{:?}", players.collect::<Vec<_>>())
            }
        }
    }

    async fn checkpoint(&self) {
        let checkpoint = checkpoint(&self.world, &self.room, self.epoch, &[]);
        let matches = self.world.pool().matches;
        matches.checkpoint(&checkpoint).await.expect("checkpoint");
    }

    pub(crate) async fn offer(&self, seats: &[u8]) -> Offered {
        let matches = self.world.pool().matches;
        let offered = matches.offer_seats(&self.room, &self.relay, self.epoch, seats);
        offered.await.expect("offer")
    }

    pub(crate) async fn give_back(&self, short: &str, why: SeatReturn) -> bool {
        let (matches, player) = (self.world.pool().matches, self.world.id(short));
        let returned = matches.return_seat(&self.room, &self.relay, self.epoch, &player, why);
        returned.await.expect("return")
    }

    pub(crate) async fn finish(&self, shorts: &[&str]) -> Finished {
        let score = |short: &&str| Score {
            player_id: self.world.id(short),
            score: 1,
            rank: 1,
            stats: std::collections::BTreeMap::new(),
        };
        let scores: Vec<Score> = shorts.iter().map(score).collect();
        let (matches, chunk) = (self.world.pool().matches, ReplayChunk::default());
        let finished = matches.finish(&self.room, &self.relay, self.epoch, &scores, &chunk);
        finished.await.expect("finish")
    }

    /// The `joined` messages in the relay's inbox: `[player, seat]`.
    pub(crate) async fn joined(&self) -> Vec<(String, Option<u8>)> {
        let joined = |message| match message {
            InboxMessage::Joined { player, .. } => Some((player.name, player.late)),
            _ => None,
        };
        let messages = self.world.inbox("r").await;
        messages.into_iter().filter_map(joined).collect()
    }

    async fn late_keys(&self) -> Vec<String> {
        self.world.redis("KEYS {}:rooms:late").await
    }
}

#[tokio::test]
async fn a_player_joins_a_running_match_that_offers_a_seat() {
    let played = Match::of_two().await;
    let world = &played.world;
    assert_eq!(played.offer(&[2, 3]).await, Offered::Seats(2));
    world.connect(&["a", "c"]).await;
    world.join("c").await;
    assert_eq!(world.assign().await, "seated 1 started 0 skipped 0");
    world.check().await;
    assert_eq!(world.room("c").await, played.room);
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "c"), "queued match_started");
    let started = &pushed["c"][1];
    assert_eq!(started["players"].as_array().map(Vec::len), Some(3));
    assert_eq!(started["game"]["relay"], played.relay);
    assert_eq!(played.joined().await, [("c".to_owned(), Some(2))]);

    let ticket = world.me("c").await.game.expect("a ticket").ticket;
    let redeemed = world.lobby.tickets.redeem(&ticket, &played.relay).await;
    match redeemed.expect("redeem") {
        Redeemed::Seat {
            late: Some(late), ..
        } => {
            assert_eq!((&*late.name, late.late), ("c", Some(2)));
        }
        other => panic!("{other:?}"),
    }
    expect![[r#"[("a", None), ("b", None), ("c", Some(2))]"#]].assert_eq(&played.claim().await);
    assert_eq!(played.finish(&["a", "b", "c"]).await, Finished::Done);
    expect!["a: out match_over, b: out match_over, c: out match_over"]
        .assert_eq(&world.states(&["a", "b", "c"]).await);
    assert!(played.late_keys().await.is_empty());
    world.check().await;
}

#[tokio::test]
async fn two_players_for_one_seat_get_one_and_a_new_room() {
    let played = Match::of_two().await;
    let world = &played.world;
    played.offer(&[2]).await;
    world.join_all(&["c", "d"]).await;
    let (one, other) = (world.pool(), world.pool());
    let (one, other) = tokio::join!(one.assign(), other.assign());
    assert_eq!(one.expect("one").seated + other.expect("other").seated, 2);
    world.check().await;
    assert_eq!(world.room("c").await, played.room);
    assert_ne!(world.room("d").await, played.room);
    assert!(played.late_keys().await.is_empty());
}

#[tokio::test]
async fn a_seat_that_a_late_player_has_is_not_offered_again() {
    let played = Match::of_two().await;
    let world = &played.world;
    played.offer(&[2, 3]).await;
    world.join("c").await;
    world.assign().await;
    // The relay has not read its inbox yet.
    assert_eq!(played.offer(&[2, 3]).await, Offered::Seats(1));
    world.join("d").await;
    world.assign().await;
    world.check().await;
    world.deliver().await;
    let joined = [("c".to_owned(), Some(2)), ("d".to_owned(), Some(3))];
    assert_eq!(played.joined().await, joined);
    // c forfeits: the seat is free when the relay reports it.
    world
        .lobby
        .players
        .forfeit(&world.id("c"), None)
        .await
        .expect("forfeit");
    world.check().await;
    assert_eq!(played.offer(&[2]).await, Offered::Seats(1));
    world.check().await;
}

#[tokio::test]
async fn a_bot_gets_no_seat_of_a_running_match() {
    let played = Match::of_two().await;
    let world = &played.world;
    played.offer(&[2]).await;
    let mut bot = uuid::Uuid::new_v4().to_string();
    bot.replace_range(14..15, "8");
    let join = lobby::Join {
        player: &bot,
        name: "Bot",
        color: None,
        game: "",
        latencies: "",
        trace: "",
        priority: 0,
        request: None,
    };
    world.pool().queue_join(join).await.expect("join");
    assert_eq!(world.assign().await, "seated 1 started 0 skipped 0");
    let me = world.lobby.players.me(&bot).await.expect("me");
    assert_ne!(me.room.as_deref(), Some(played.room.as_str()));
    world.join("c").await;
    world.assign().await;
    assert_eq!(world.room("c").await, played.room);
    world.check().await;
}

#[tokio::test]
async fn a_match_does_not_take_a_player_again() {
    let played = Match::of_two().await;
    let world = &played.world;
    world
        .lobby
        .players
        .forfeit(&world.id("b"), None)
        .await
        .expect("forfeit");
    played.offer(&[1]).await;
    world.join("b").await;
    world.assign().await;
    assert_ne!(world.room("b").await, played.room);
    world.join("c").await;
    world.assign().await;
    assert_eq!(world.room("c").await, played.room);
    world.check().await;
}

#[tokio::test]
async fn a_late_player_of_an_ended_match_is_at_the_front_of_the_queue() {
    let played = Match::of_two().await;
    let world = &played.world;
    played.offer(&[2]).await;
    world.connect(&["c"]).await;
    world.join("c").await;
    world.assign().await;
    world.deliver().await;
    world.join("d").await;
    assert_eq!(played.finish(&["a", "b"]).await, Finished::Done);
    expect!["a: out match_over, c: queued 1, d: queued 2"]
        .assert_eq(&world.states(&["a", "c", "d"]).await);
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "c"), "requeued");
    assert_eq!(pushed["c"][0]["reason"], "match_over");
    world.check().await;
}

#[tokio::test]
async fn a_relay_returns_a_seat() {
    let played = Match::of_two().await;
    let world = &played.world;
    played.offer(&[2, 3]).await;
    world.connect(&["c", "d"]).await;
    world.join_all(&["c", "d"]).await;
    world.assign().await;
    world.deliver().await;
    assert!(played.give_back("c", SeatReturn::Refused).await);
    assert!(played.give_back("d", SeatReturn::NotConnected).await);
    assert!(!played.give_back("d", SeatReturn::NotConnected).await);
    assert!(
        !played.give_back("a", SeatReturn::NotConnected).await,
        "a was there at the start"
    );
    expect!["a: playing, c: queued 1, d: out not_connected"]
        .assert_eq(&world.states(&["a", "c", "d"]).await);
    world.check().await;
    let pushed = world.deliver().await;
    assert_eq!(
        (&*kinds(&pushed, "c"), &*kinds(&pushed, "d")),
        ("requeued", "removed")
    );
    assert_eq!(pushed["c"][0]["reason"], "seat_refused");
    // c does not get a seat in the same match again.
    played.offer(&[2]).await;
    world.assign().await;
    assert_ne!(world.room("c").await, played.room);
    world.check().await;
}

#[tokio::test]
async fn no_seat_is_given_after_until_s_or_while_the_relay_has_no_lease() {
    let played = Match::of_two().await;
    let world = &played.world;
    played.offer(&[2]).await;
    let removed = world.lobby.relays.remove(&played.relay, "boot-1").await;
    removed.expect("remove");
    world.pool().bridge.poll().await.expect("poll");
    world.join("c").await;
    world.assign().await;
    assert_ne!(world.room("c").await, played.room);
    assert!(played.late_keys().await.is_empty());
    world.relay_up("r").await;

    played.offer(&[2]).await;
    world
        .redis::<i64>(&format!("HSET {{}}:room:{} late_until 1", played.room))
        .await;
    world.join("d").await;
    world.assign().await;
    assert_ne!(world.room("d").await, played.room);
    assert_eq!(played.offer(&[2]).await, Offered::Seats(0));
    assert!(played.late_keys().await.is_empty());
    world.check().await;
}

#[tokio::test]
async fn offers_end_with_the_epoch_and_late_players_move_with_the_match() {
    let mut played = Match::of_two().await;
    let world = played.world.clone();
    played.offer(&[2, 3]).await;
    world.join("c").await;
    world.assign().await;
    let before = played.relay.clone();
    world.relay_up("s").await;
    let matches = world.pool().matches;
    let moved = matches.hand_over(&played.room, &before, played.epoch);
    moved.await.expect("hand over");
    assert!(played.late_keys().await.is_empty());
    assert_eq!(played.offer(&[2]).await, Offered::Stale);
    (played.relay, played.epoch) = (world.id("s"), played.epoch + 1);
    expect![[r#"[("a", None), ("b", None), ("c", Some(2))]"#]].assert_eq(&played.claim().await);
    assert_eq!(played.offer(&[2, 3]).await, Offered::Seats(1));
    world.check().await;
}

#[tokio::test]
async fn a_pool_without_late_joins_offers_nothing() {
    let world = World::new(r#"{"seats_min":2}"#).await;
    let room = world.claimed_match().await;
    let matches = world.pool().matches;
    let offered = matches.offer_seats(&room, &world.id("r"), 1, &[4]).await;
    assert_eq!(offered.expect("offer"), Offered::Seats(0));
    let keys: Vec<String> = world.redis("KEYS {}:rooms:late").await;
    assert!(keys.is_empty());
    let fields: Vec<Option<String>> = world
        .redis(&format!("HMGET {{}}:room:{room} free late_until"))
        .await;
    assert_eq!(fields, [None, None]);
}

#[tokio::test]
async fn a_wrong_listing_is_repaired() {
    let played = Match::of_two().await;
    let world = &played.world;
    world
        .redis::<i64>(&format!("ZADD {{}}:rooms:late 3 {}", played.room))
        .await;
    world.redis::<i64>("ZADD {}:rooms:late 1 nowhere").await;
    let repaired = world.sweep().await;
    assert_eq!(repaired["late_listing_wrong"], 2);
    world.check().await;
}
