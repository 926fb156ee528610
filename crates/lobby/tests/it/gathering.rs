//! Rooms that players make: making, joining by code, what the players change, and how they end.

use std::collections::BTreeMap;

use expect_test::expect;
use lobby::{
    CodeAnswer, Entered, Entering, Finished, NewRoom, ReplayChunk, RoomAnswer, RoomChange,
    RoomSettings, Updated,
};
use serde_json::{Value, json};

use crate::world::{World, kinds};

const TWO: &str = r#"{"seats_min":2,"seats_max":4}"#;

fn entering<'a>(player: &'a str, short: &'a str) -> Entering<'a> {
    Entering {
        player,
        name: short,
        color: None,
        game: "",
        leaves: false,
        request: None,
    }
}

impl World {
    async fn make(&self, short: &str) -> (String, String) {
        let entered = self.make_with(short, &NewRoom::default()).await;
        let Entered::Seated { room, code, .. } = entered else {
            panic!("{entered:?}")
        };
        (room, code)
    }

    async fn make_with(&self, short: &str, new: &NewRoom<'_>) -> Entered {
        let (player, rooms) = (self.id(short), &self.lobby.rooms);
        let entered = rooms.room_create(&self.name, entering(&player, short), new);
        entered.await.expect("create")
    }

    async fn enter(&self, short: &str, code: &str, leaves: bool) -> Entered {
        let player = self.id(short);
        let entering = Entering {
            leaves,
            ..entering(&player, short)
        };
        // Each player has an address of their own.
        let entered = self.lobby.rooms.room_join(code, &player, entering);
        entered.await.expect("join")
    }

    /// `seated`, `Full`: the answer in a word.
    async fn enters(&self, short: &str, code: &str) -> String {
        word(&self.enter(short, code, false).await)
    }

    async fn rematch(&self, short: &str, room: &str) -> Entered {
        let player = self.id(short);
        let entered = self
            .lobby
            .rooms
            .room_rematch(room, entering(&player, short));
        entered.await.expect("rematch")
    }

    async fn change(&self, room: &str, short: &str, change: RoomChange<'_>) -> String {
        let player = self.id(short);
        let updated = self.lobby.rooms.room_update(room, &player, change).await;
        match updated.expect("update") {
            Updated::Done { host, .. } => format!("host {}", self.short(&host)),
            refused => format!("{refused:?}"),
        }
    }

    fn short(&self, player: &str) -> String {
        player.split('-').next_back().unwrap_or_default().to_owned()
    }

    /// Who is in the room, with `*` for the host and `+` for ready.
    async fn players(&self, asker: &str, room: &str) -> String {
        let view = self.lobby.rooms.view(room, &self.id(asker)).await;
        let RoomAnswer::Room(view) = view.expect("view") else {
            panic!("no room for {asker}")
        };
        let host = view.made.expect("a made room").host;
        let shown = view.players.iter().map(|(id, player)| {
            let host = if *id == host { "*" } else { "" };
            let ready = if player.ready == Some(true) { "+" } else { "" };
            format!("{}{host}{ready}", player.name)
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    async fn leave(&self, short: &str) {
        let left = self.lobby.players.queue_leave(&self.id(short), None).await;
        left.expect("leave");
    }

    async fn view_code(&self, short: &str, code: &str) -> CodeAnswer {
        let player = self.id(short);
        let viewed = self.lobby.rooms.code_view(code, &player, &player).await;
        viewed.expect("view")
    }

    async fn code_text(&self, code: &str) -> Option<String> {
        self.redis(&format!("GET code:{code}")).await
    }

    /// The room's match on relay `r`, from the start to its end.
    async fn play(&self, room: &str) {
        self.relay_up("r").await;
        assert_eq!(self.change(room, "a", RoomChange::Start).await, "host a");
        self.check().await;
        let (relay, matches) = (self.id("r"), self.pool().matches);
        let claimed = matches.claim_room(room, &relay, 1, "boot-1").await;
        claimed.expect("claim");
        let chunk = ReplayChunk::default();
        let finished = matches.finish(room, &relay, 1, &[], &chunk);
        assert_eq!(finished.await.expect("finish"), Finished::Done);
    }
}

fn word(entered: &Entered) -> String {
    match entered {
        Entered::Seated { .. } => "seated".to_owned(),
        Entered::Playing { .. } => "playing".to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn two_players_meet_by_a_code_and_play() {
    let world = World::new(TWO).await;
    world.connect(&["a", "b"]).await;
    let (room, code) = world.make("a").await;
    world.check().await;
    assert_eq!(world.enters("b", &code).await, "seated");
    world.check().await;
    expect!["a* b"].assert_eq(&world.players("a", &room).await);
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "a"), "room_joined room_updated");
    assert_eq!(kinds(&pushed, "b"), "room_joined");
    let mut seen = pushed["b"][0]["room"].clone();
    seen["expires_at_ms"] = Value::Null;
    let face = |short, color| json!({"player_id": world.id(short), "name": short, "colors": [color], "ready": false});
    let expected = json!({
        "room_id": room, "state": "gathering", "seats_min": 2, "seats_max": 4, "expires_at_ms": null,
        "host": world.id("a"), "code": lobby::show_code(&code), "visibility": "private", "name": "a",
        "settings": {}, "meta": {}, "players": [face("a", "#ff5d5d"), face("b", "#ffa94d")],
    });
    assert_eq!(seen, expected);

    world.relay_up("r").await;
    let (a, b) = (RoomChange::Start, RoomChange::Ready(true));
    assert_eq!(world.change(&room, "b", b).await, "host a");
    expect!["a* b+"].assert_eq(&world.players("a", &room).await);
    assert_eq!(world.change(&room, "a", a).await, "host a");
    world.check().await;
    expect!["a: playing, b: playing"].assert_eq(&world.states(&["a", "b"]).await);
    let pushed = world.deliver().await;
    assert_eq!(kinds(&pushed, "b"), "room_updated match_started");
    assert_eq!(word(&world.enter("c", &code, false).await), "Started");
}

#[tokio::test]
async fn a_room_that_gathers_gets_nobody_from_the_queue() {
    let world = World::new(TWO).await;
    let (room, _) = world.make("a").await;
    world.join_all(&["b", "c"]).await;
    assert_eq!(world.assign().await, "seated 2 started 0 skipped 0");
    expect!["a*"].assert_eq(&world.players("a", &room).await);
    world.check().await;
}

#[tokio::test]
async fn a_code_of_a_room_that_just_closed_is_unknown() {
    let world = World::new(TWO).await;
    let (_, code) = world.at(0).make("a").await;
    world.at(1000).leave("a").await;
    // Nobody is in it: it waits for two minutes.
    assert_eq!(world.at(2000).enters("b", &code).await, "seated");
    world.at(2000).check().await;
    world.at(3000).leave("b").await;
    world.poll_through(3000, 122_900).await;
    assert_eq!(
        world.at(122_900).expire().await,
        "rooms 0 players 0 relays 0"
    );
    assert_eq!(world.at(122_900).enters("c", &code).await, "seated");
    world.at(122_900).leave("c").await;
    world.poll_through(122_900, 242_900).await;
    assert_eq!(
        world.at(242_900).expire().await,
        "rooms 1 players 0 relays 0"
    );
    assert_eq!(world.at(242_900).enters("d", &code).await, "Unknown");
    expect!["d: out"].assert_eq(&world.at(242_900).states(&["d"]).await);
    world.at(242_900).deliver().await;
    assert_eq!(world.code_text(&code).await, None);
    world.at(242_900).check().await;
}

#[tokio::test]
async fn an_empty_room_has_the_first_who_comes_as_host() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    world.leave("a").await;
    world.check().await;
    world.enters("b", &code).await;
    expect!["b*"].assert_eq(&world.players("b", &room).await);
    world.check().await;
}

#[tokio::test]
async fn the_longest_seated_player_is_host_after_the_host_left() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    for short in ["b", "c"] {
        world.enters(short, &code).await;
    }
    world.leave("a").await;
    expect!["b* c"].assert_eq(&world.players("b", &room).await);
    assert_eq!(
        world
            .change(&room, "b", RoomChange::Host(&world.id("c")))
            .await,
        "host c"
    );
    expect!["b c*"].assert_eq(&world.players("b", &room).await);
    world.check().await;
}

#[tokio::test]
async fn only_the_host_changes_the_room_and_nobody_is_ready_after_it() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    world.change(&room, "b", RoomChange::Ready(true)).await;
    let settings = RoomSettings {
        seats: Some(3),
        settings: Some(BTreeMap::from([("lives".to_owned(), 1)])),
        name: Some("ours"),
        ..RoomSettings::default()
    };
    let change = RoomChange::Settings(settings.clone());
    assert_eq!(world.change(&room, "b", change).await, "NotHost");
    assert_eq!(
        world.change(&room, "c", RoomChange::Start).await,
        "NotMember"
    );
    expect!["a* b+"].assert_eq(&world.players("a", &room).await);
    let change = RoomChange::Settings(settings.clone());
    assert_eq!(world.change(&room, "a", change).await, "host a");
    expect!["a* b"].assert_eq(&world.players("a", &room).await);
    world.enters("c", &code).await;
    assert_eq!(world.enters("d", &code).await, "Full");
    let fewer = RoomChange::Settings(RoomSettings {
        seats: Some(2),
        ..RoomSettings::default()
    });
    assert_eq!(world.change(&room, "a", fewer).await, "TooMany");
    let CodeAnswer::Room(view) = world.view_code("d", &code).await else {
        panic!("no room")
    };
    assert_eq!(
        (
            &*view.name,
            view.players,
            view.seats,
            view.reason.as_deref()
        ),
        ("ours", 3, 3, Some("full"))
    );
    assert_eq!(view.settings["lives"], 1);
    world.check().await;
}

#[tokio::test]
async fn a_room_starts_with_enough_players_only() {
    let world = World::new(TWO).await;
    world.relay_up("r").await;
    let (room, _) = world.make("a").await;
    assert_eq!(world.change(&room, "a", RoomChange::Start).await, "TooFew");
    expect!["a: seated"].assert_eq(&world.states(&["a"]).await);
    world.check().await;
}

#[tokio::test]
async fn a_room_whose_host_started_it_without_a_relay_starts_when_there_is_one() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.at(0).enters("b", &code).await;
    world.at(0).change(&room, "a", RoomChange::Start).await;
    world.at(0).check().await;
    expect!["a: seated, b: seated"].assert_eq(&world.at(0).states(&["a", "b"]).await);
    world.at(900).relay_up("r").await;
    assert_eq!(world.at(1000).expire().await, "rooms 1 players 0 relays 0");
    expect!["a: playing, b: playing"].assert_eq(&world.at(1000).states(&["a", "b"]).await);
    world.at(1000).check().await;
}

#[tokio::test]
async fn a_kicked_player_does_not_come_back_by_the_code_the_queue_or_a_second_tab() {
    let world = World::new(TWO).await;
    world.connect(&["b"]).await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    world.deliver().await;
    let b = world.id("b");
    assert_eq!(
        world.change(&room, "a", RoomChange::Kick(&b)).await,
        "host a"
    );
    world.check().await;
    let pushed = world.deliver().await;
    assert_eq!(pushed["b"][0]["type"], "removed");
    assert_eq!(pushed["b"][0]["reason"], "kicked");
    expect!["b: out kicked"].assert_eq(&world.states(&["b"]).await);
    assert_eq!(world.enters("b", &code).await, "Kicked");
    world.join("b").await;
    assert_eq!(world.enters("b", &code).await, "Queued { room: None }");
    assert_eq!(word(&world.enter("b", &code, true).await), "Kicked");
    expect!["b: queued 1"].assert_eq(&world.states(&["b"]).await);
    world.assign().await;
    expect!["a*"].assert_eq(&world.players("a", &room).await);
    assert_eq!(
        world.change(&room, "a", RoomChange::Kick(&b)).await,
        "NotThere"
    );
    assert_eq!(
        world
            .change(&room, "a", RoomChange::Kick(&world.id("a")))
            .await,
        "NotThere"
    );
    world.check().await;
}

#[tokio::test]
async fn who_waits_elsewhere_leaves_it_and_joins_in_one_step() {
    let world = World::with_pools(&[TWO, TWO]).await;
    let (room, code) = world.make("a").await;
    let (_, other) = world.make("b").await;
    world.join("c").await;
    assert_eq!(
        word(&world.enter("c", &code, false).await),
        "Queued { room: None }"
    );
    assert_eq!(word(&world.enter("c", &code, true).await), "seated");
    // The queue does not have them any more.
    assert_eq!(world.assign().await, "seated 0 started 0 skipped 0");
    world.check().await;
    assert!(matches!(
        world.enter("c", &other, false).await,
        Entered::Queued { room: Some(_) }
    ));
    assert_eq!(word(&world.enter("c", &other, true).await), "seated");
    expect!["a*"].assert_eq(&world.players("a", &room).await);
    world.check().await;
    // A refused join leaves nothing.
    let second = world.pool_name(1);
    world.join_as(&world.lobby, &second, "d", None).await;
    assert!(matches!(
        world.enter("d", &code, false).await,
        Entered::OtherPool { .. }
    ));
    assert_eq!(word(&world.enter("d", &code, true).await), "seated");
    world.check().await;
}

#[tokio::test]
async fn a_join_or_create_again_changes_nothing() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    assert!(matches!(
        world.enter("a", &code, false).await,
        Entered::Seated { new: false, .. }
    ));
    let before: usize = world.redis("XLEN {}:outbox").await;
    let again = world.make_with("a", &NewRoom::default()).await;
    assert_eq!(
        again,
        Entered::Queued {
            room: Some(room.clone())
        }
    );
    assert_eq!(world.redis::<usize>("XLEN {}:outbox").await, before);
    // The same request gets the same room.
    let player = world.id("b");
    let asked = Entering {
        request: Some("once"),
        ..entering(&player, "b")
    };
    let rooms = &world.lobby.rooms;
    let new = NewRoom::default();
    let create = || rooms.room_create(&world.name, asked, &new);
    let (
        Entered::Seated { room: first, .. },
        Entered::Seated {
            room: second, new, ..
        },
    ) = (
        create().await.expect("create"),
        create().await.expect("create"),
    )
    else {
        panic!("not seated")
    };
    assert_eq!((first, new), (second, true));
    world.check().await;
    assert_eq!(
        world.pool().sweep.repair().await.expect("repair"),
        BTreeMap::new()
    );
}

#[tokio::test]
async fn a_silent_host_is_replaced_after_ten_seconds_and_keeps_the_seat_for_two_minutes() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.at(0).enters("b", &code).await;
    let away = |ms| {
        let world = world.at(ms);
        async move {
            let id = world.id("a");
            world.lobby.sessions.open(&id, &id).await.expect("open");
            world.lobby.sessions.close(&id).await.expect("close");
        }
    };
    away(1000).await;
    world.poll_through(1000, 10_900).await;
    assert_eq!(
        world.at(10_900).expire().await,
        "rooms 0 players 0 relays 0"
    );
    assert_eq!(
        world.at(11_000).expire().await,
        "rooms 0 players 1 relays 0"
    );
    expect!["a b*"].assert_eq(&world.at(11_000).players("b", &room).await);
    world.at(11_000).check().await;
    // They come back after 20 s, as a player.
    expect!["a: seated"].assert_eq(&world.at(21_000).states(&["a"]).await);
    world.poll_through(11_000, 140_000).await;
    world.at(140_000).expire().await;
    expect!["a b*"].assert_eq(&world.at(140_000).players("b", &room).await);

    away(141_000).await;
    world.poll_through(140_000, 151_000).await;
    world.at(151_000).expire().await;
    world.poll_through(151_000, 260_000).await;
    assert_eq!(
        world.at(260_000).expire().await,
        "rooms 0 players 0 relays 0"
    );
    assert_eq!(
        world.at(261_000).expire().await,
        "rooms 0 players 1 relays 0"
    );
    expect!["b*"].assert_eq(&world.at(261_000).players("b", &room).await);
    expect!["a: out expired"].assert_eq(&world.at(261_000).states(&["a"]).await);
    world.at(261_000).check().await;
}

#[tokio::test]
async fn a_room_whose_only_player_fell_silent_closes_after_two_minutes() {
    let world = World::new(TWO).await;
    let (_, code) = world.at(0).make("a").await;
    let id = world.id("a");
    world
        .at(0)
        .lobby
        .sessions
        .open(&id, &id)
        .await
        .expect("open");
    world.at(0).lobby.sessions.close(&id).await.expect("close");
    world.poll_through(0, 10_000).await;
    world.at(10_000).expire().await;
    world.poll_through(10_000, 120_000).await;
    world.at(119_900).check().await;
    assert_eq!(
        world.at(120_000).expire().await,
        "rooms 0 players 1 relays 0"
    );
    world.at(120_000).deliver().await;
    assert_eq!(world.code_text(&code).await, None);
    assert_eq!(world.at(120_000).enters("b", &code).await, "Unknown");
    world.at(120_000).check().await;
}

#[tokio::test]
async fn a_room_with_players_stays_open() {
    let world = World::new(r#"{"seats_min":2,"room_ttl_ms":5000}"#).await;
    let (room, code) = world.at(0).make("a").await;
    for ms in [5000, 10_000, 15_000] {
        world.poll_through(ms - 5000, ms).await;
        assert_eq!(world.at(ms).expire().await, "rooms 1 players 0 relays 0");
        world.at(ms).check().await;
    }
    assert_eq!(world.at(15_000).enters("b", &code).await, "seated");
    expect!["a* b"].assert_eq(&world.at(15_000).players("a", &room).await);
}

#[tokio::test]
async fn ten_codes_that_do_not_exist_close_the_door_for_their_address() {
    let world = World::new(TWO).await;
    let (_, code) = world.make("a").await;
    let (player, address) = (world.id("b"), world.id("address"));
    let enter = |code: &'static str| {
        world
            .lobby
            .rooms
            .room_join(code, &address, entering(&player, "b"))
    };
    for _ in 0..10 {
        // No code that was made has a vowel.
        assert_eq!(enter("AAAAAA").await.expect("join"), Entered::Unknown);
    }
    assert_eq!(enter("AAAAAA").await.expect("join"), Entered::TooManyMisses);
    let right = world
        .lobby
        .rooms
        .room_join(&code, &address, entering(&player, "b"));
    assert_eq!(right.await.expect("join"), Entered::TooManyMisses);
    let viewed = world.lobby.rooms.code_view(&code, &address, &player).await;
    assert_eq!(viewed.expect("view"), CodeAnswer::TooManyMisses);
    let ttl: i64 = world.redis(&format!("PTTL misses:{address}")).await;
    assert!((1..=60_000).contains(&ttl), "{ttl}");
    // Another address.
    assert_eq!(world.enters("b", &code).await, "seated");
}

#[tokio::test]
async fn the_players_of_a_match_gather_again_with_the_same_code() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    for short in ["b", "c"] {
        world.enters(short, &code).await;
    }
    assert_eq!(world.rematch("d", &room).await, Entered::Running);
    world.play(&room).await;
    world.check().await;
    // The code waits for them, also through a sweep, and nobody else joins by it.
    assert_eq!(
        world.pool().sweep.repair().await.expect("repair"),
        BTreeMap::new()
    );
    assert_eq!(world.enters("d", &code).await, "Unknown");
    assert_eq!(word(&world.rematch("d", &room).await), "NotMember");

    // All press it in the same moment.
    let (a, b, c) = tokio::join!(
        world.rematch("a", &room),
        world.rematch("b", &room),
        world.rematch("c", &room)
    );
    let rooms: Vec<String> = [a, b, c]
        .into_iter()
        .map(|entered| match entered {
            Entered::Seated {
                room, code: same, ..
            } if same == code => room,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        rooms
            .iter()
            .all(|other| *other == rooms[0] && *other != room),
        "{rooms:?}"
    );
    world.check().await;
    assert_eq!(world.enters("d", &code).await, "seated");
    world.check().await;
    assert_eq!(
        world.pool().sweep.repair().await.expect("repair"),
        BTreeMap::new()
    );
    world.relay_up("r").await;
    let host = world.players("a", &rooms[0]).await;
    assert_eq!(host.matches('*').count(), 1, "{host}");
}

#[tokio::test]
async fn who_was_kicked_may_come_back_in_the_next_generation() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    for short in ["b", "c"] {
        world.enters(short, &code).await;
    }
    world
        .change(&room, "a", RoomChange::Kick(&world.id("c")))
        .await;
    world.play(&room).await;
    assert_eq!(word(&world.rematch("c", &room).await), "NotMember");
    assert_eq!(word(&world.rematch("b", &room).await), "seated");
    assert_eq!(world.enters("c", &code).await, "seated");
    world.check().await;
}

#[tokio::test]
async fn the_sweep_repairs_codes() {
    let world = World::new(TWO).await;
    let (room, code) = world.at(0).make("a").await;
    world.redis::<u64>(&format!("DEL code:{code}")).await;
    let sweep = || async {
        world
            .at(40_000)
            .pool()
            .sweep
            .repair()
            .await
            .expect("repair")
    };
    assert_eq!(sweep().await, BTreeMap::from([("code_lost".to_owned(), 1)]));
    assert_eq!(sweep().await, BTreeMap::new());
    world.at(40_000).check().await;
    // The function died after it took a code.
    let stray = format!("{} {room}x 1800000000000000", world.name);
    world.set("code:BBBBBZ", &stray).await;
    assert_eq!(
        sweep().await,
        BTreeMap::from([("code_without_room".to_owned(), 1)])
    );
    assert_eq!(world.code_text("BBBBBZ").await, None);
    // The host is not in the room.
    world
        .redis::<u64>(&format!("HSET {{}}:room:{room} host nobody"))
        .await;
    assert_eq!(
        sweep().await,
        BTreeMap::from([("host_not_member".to_owned(), 1)])
    );
    world.at(40_000).check().await;
}

#[tokio::test]
async fn a_match_of_a_made_room_takes_no_late_player_of_the_queue() {
    let world = World::new(r#"{"seats_min":2,"seats_max":4,"late":{"until_s":120}}"#).await;
    let (room, code) = world.make("a").await;
    world.enters("b", &code).await;
    world.relay_up("r").await;
    world.change(&room, "a", RoomChange::Start).await;
    let (relay, matches) = (world.id("r"), world.pool().matches);
    matches
        .claim_room(&room, &relay, 1, "boot-1")
        .await
        .expect("claim");
    let offered = matches.offer_seats(&room, &relay, 1, &[2, 3]).await;
    assert_eq!(offered.expect("offer"), lobby::Offered::Seats(0));
    world.join("c").await;
    world.assign().await;
    assert_ne!(world.room("c").await, room);
    world.check().await;
}

#[tokio::test]
async fn a_hundred_joins_at_once_fill_the_seats_and_no_more() {
    let world = World::new(r#"{"seats_min":2,"seats_max":5}"#).await;
    let (room, code) = world.make("a").await;
    let shorts: Vec<String> = (0..100).map(|n| format!("p{n}")).collect();
    let joins = shorts.iter().map(|short| world.enters(short, &code));
    let entered = futures_util::future::join_all(joins).await;
    assert_eq!(
        entered
            .iter()
            .filter(|entered| *entered == "seated")
            .count(),
        4
    );
    assert_eq!(
        entered.iter().filter(|entered| *entered == "Full").count(),
        96
    );
    world.check().await;
    let claims: u64 = world.redis(&format!("SCARD {{}}:rooms:{room}")).await;
    assert_eq!(claims, 5);
}
