//! Watching a running match: permission, the ticket, the recording, and watch-only relays.

use lobby::{
    Checkpointed, CodeAnswer, Entered, Finished, GameTicket, RECORDING_BYTES_MAX, Recorded,
    Redeemed, RelayInfo, RoomChange, Watched,
};

use crate::checkpoints::{finish, header, save, saved};
use crate::world::World;
use crate::world_gathering::TWO;

impl World {
    async fn watch(&self, room: &str, short: &str, code: Option<&str>) -> Watched {
        let (rooms, player) = (&self.lobby.rooms, self.id(short));
        // Each player has a separate address.
        let watched = rooms.room_watch(room, &player, code, &player).await;
        watched.expect("watch")
    }

    async fn watch_ticket(&self, room: &str, short: &str) -> GameTicket {
        match self.watch(room, short, None).await {
            Watched::Ticket { game, .. } => game,
            refused => panic!("{refused:?}"),
        }
    }

    async fn redeem(&self, ticket: &str, relay: &str) -> Redeemed {
        let tickets = &self.lobby.tickets;
        let redeemed = tickets.redeem(ticket, &self.id(relay)).await;
        redeemed.expect("redeem")
    }

    /// The relay of the next watch ticket, which accepts the ticket.
    async fn watch_relay(&self, room: &str) -> String {
        let game = self.watch_ticket(room, "w").await;
        let short = game.url.rsplit('/').next().unwrap_or_default().to_owned();
        assert_eq!(game.relay, self.id(&short));
        let redeemed = self.redeem(&game.ticket, &short).await;
        assert!(matches!(redeemed, Redeemed::Watch { .. }), "{redeemed:?}");
        short
    }

    /// `running 120 header…`, `over …` or `gone`; the bytes are shown as text.
    async fn recording(&self, room: &str, from: usize) -> String {
        let recorded = self.pool().matches.recording(room, from as u64).await;
        let text = |bytes| String::from_utf8(bytes).expect("text");
        match recorded.expect("recording") {
            Recorded::Running { bytes, tick } => format!("running {tick} {}", text(bytes)),
            Recorded::Over { bytes } => format!("over {}", text(bytes)),
            Recorded::Gone => "gone".to_owned(),
        }
    }
}

#[tokio::test]
async fn a_watch_ticket_admits_once_and_changes_nothing() {
    let world = World::new(r#"{"watch":"all","watch_delay_ms":5000}"#).await;
    let room = world.claimed_match().await;
    world.deliver().await;
    let before = world.everything().await;
    let Watched::Ticket { game, delay_ms } = world.watch(&room, "w", None).await else {
        panic!("refused")
    };
    assert_eq!(
        (game.url.as_str(), &game.relay, game.epoch, delay_ms),
        ("ws://127.0.0.1/game/r", &world.id("r"), 1, 5000)
    );
    let mut after = world.everything().await;
    after.retain(|key, _| !key.contains(":seat:") || before.contains_key(key));
    assert_eq!(after, before);

    // Another run of the relay owns the match in the next epoch.
    let mut relay = world.relay("r", 100);
    "boot-2".clone_into(&mut relay.boot);
    world.lobby.relays.renew(&relay).await.expect("renew");
    assert_eq!(
        world.redeem(&game.ticket, "other").await,
        Redeemed::WrongRelay
    );
    let watch = Redeemed::Watch {
        pool: world.name.clone(),
        room: room.clone(),
        player: world.id("w"),
        delay_ms: 5000,
    };
    assert_eq!(world.redeem(&game.ticket, "r").await, watch);
    assert_eq!(world.redeem(&game.ticket, "r").await, Redeemed::Invalid);
    let late = world.watch_ticket(&room, "a").await;
    assert_eq!(late.epoch, 2);
    let relay = world.id("r");
    let failed = world.pool().matches.abandon(&room, &relay, 2).await;
    assert_eq!(failed.expect("abandon"), Finished::Done);
    assert_eq!(world.redeem(&late.ticket, "r").await, Redeemed::Invalid);
    assert_eq!(world.watch(&room, "w", None).await, Watched::Unknown);
    world.check().await;
}

#[tokio::test]
async fn a_running_match_is_picked_where_everyone_may_watch() {
    let world = World::new(r#"{"watch":"all"}"#).await;
    let pick = async || {
        world
            .lobby
            .rooms
            .match_pick(&world.name)
            .await
            .expect("pick")
    };
    assert_eq!(pick().await, None);
    // A room that gathers has a deadline, too, and no match.
    world.make("x").await;
    assert_eq!(pick().await, None);
    let room = world.claimed_match().await;
    assert_eq!(pick().await, Some(room.clone()));
    let failed = world.pool().matches.abandon(&room, &world.id("r"), 1).await;
    assert_eq!(failed.expect("abandon"), Finished::Done);
    assert_eq!(pick().await, None);

    for access in ["code", "off"] {
        let world = World::new(&format!(r#"{{"watch":"{access}"}}"#)).await;
        world.claimed_match().await;
        let picked = world.lobby.rooms.match_pick(&world.name).await;
        assert_eq!(picked.expect("pick"), None, "{access}");
    }
}

#[tokio::test]
async fn in_a_pool_with_code_only_those_who_know_it_may_watch() {
    let with_code = TWO.replace('}', r#","watch":"code"}"#);
    let world = World::new(&with_code).await;
    let (room, code) = world.make("a").await;
    let watch = async |short: &str, code: Option<&str>| world.watch(&room, short, code).await;
    for short in ["b", "c"] {
        assert_eq!(world.enters(short, &code).await, "seated");
    }
    world
        .change(&room, "a", RoomChange::Kick(&world.id("c")))
        .await;
    assert_eq!(watch("w", Some(&code)).await, Watched::NotStarted);
    world.relay_up("r").await;
    world
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;

    assert_eq!(watch("c", Some(&code)).await, Watched::Kicked);
    let ticket = watch("w", Some(&code)).await;
    assert!(matches!(ticket, Watched::Ticket { .. }), "{ticket:?}");
    let CodeAnswer::Room(view) = world.view_code("w", &code).await else {
        panic!("no room")
    };
    assert_eq!(view.watch.as_ref(), Some(&room));
    let started = Entered::Started {
        watch: Some(room.clone()),
    };
    assert_eq!(world.enter("w", &code, false).await, started);
    for n in 0..10 {
        let wrong = ["", "BCDFGH"][n % 2];
        assert_eq!(watch("w", Some(wrong)).await, Watched::CodeUnknown);
    }
    assert_eq!(watch("w", Some(&code)).await, Watched::TooManyMisses);
    assert_eq!(watch("v", None).await, Watched::CodeUnknown);
    world.check().await;
}

#[tokio::test]
async fn watching_is_off_by_default() {
    let world = World::new(TWO).await;
    let (room, code) = world.make("a").await;
    assert_eq!(world.enters("b", &code).await, "seated");
    world.relay_up("r").await;
    world
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    for unknown in [room.as_str(), "nowhere.x"] {
        let watched = world.watch(unknown, "w", Some(&code)).await;
        assert_eq!(watched, Watched::Unknown);
    }
    let started = Entered::Started { watch: None };
    assert_eq!(world.enter("w", &code, false).await, started);
    let CodeAnswer::Room(view) = world.view_code("w", &code).await else {
        panic!("no room")
    };
    assert_eq!(
        (view.reason.as_deref(), view.watch),
        (Some("started"), None)
    );
}

#[tokio::test]
async fn a_recording_grows_with_the_checkpoints_until_the_match_is_over() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let head = header(&world, &["a", "b"]);
    assert_eq!(world.recording(&room, 0).await, "running 0 ");
    assert_eq!(save(&world, &room, 0, 0).await, Checkpointed::Written);
    assert_eq!(world.recording(&room, 0).await, format!("running 0 {head}"));
    assert_eq!(save(&world, &room, 0, 3).await, Checkpointed::Written);
    assert_eq!(
        world.recording(&room, 2).await,
        format!("running 3 {}123", &head[2..])
    );
    // A chunk that is sent again with more records.
    assert_eq!(save(&world, &room, 0, 5).await, Checkpointed::Written);
    assert_eq!(world.recording(&room, head.len() + 3).await, "running 5 45");
    assert_eq!(world.recording(&room, head.len() + 5).await, "running 5 ");
    assert_eq!(world.recording(&room, head.len() + 6).await, "gone");
    assert_eq!(finish(&world, &room, 5, 7).await, Finished::Done);
    assert_eq!(world.recording(&room, head.len() + 3).await, "over 4567");
    assert_eq!(world.recording(&room, head.len() + 7).await, "over ");
    for unknown in [format!("{}.x", world.name), "nowhere.x".to_owned()] {
        assert_eq!(world.recording(&unknown, 0).await, "gone");
    }
}

#[tokio::test]
async fn a_long_recording_is_read_in_parts_and_one_with_a_gap_is_gone() {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    let mut first = saved(&world, &room, 0, 0);
    first.saved.replay = vec![b'x'; RECORDING_BYTES_MAX];
    let written = world.pool().matches.checkpoint(&first).await;
    assert_eq!(written.expect("checkpoint"), Checkpointed::Written);
    let head = header(&world, &["a", "b"]);
    let part = world.recording(&room, 0).await;
    assert_eq!(part.len(), "running 0 ".len() + RECORDING_BYTES_MAX);
    let rest = world.recording(&room, RECORDING_BYTES_MAX).await;
    assert_eq!(rest, format!("running 0 {}", "x".repeat(head.len())));
    // The record after tick 0 is missing.
    assert_eq!(save(&world, &room, 0, 2).await, Checkpointed::Written);
    assert_eq!(save(&world, &room, 3, 4).await, Checkpointed::Written);
    assert_eq!(world.recording(&room, 0).await, "gone");
}

/// A match on relay `r`, and these watch-only relays with this number of free places.
async fn with_watch_only(relays: &[(&str, u32)]) -> (World, String) {
    let world = World::new(r#"{"watch":"all"}"#).await.at(0);
    for (short, free) in relays {
        world
            .lobby
            .relays
            .renew(&watch_only(&world, short, *free))
            .await
            .expect("renew");
    }
    let room = world.claimed_match().await;
    (world, room)
}

fn watch_only(world: &World, short: &str, free: u32) -> RelayInfo {
    RelayInfo {
        watchers_free: Some(free),
        region: Some("eu".to_owned()),
        ..world.relay(short, 1000)
    }
}

#[tokio::test]
async fn watchers_go_to_the_freest_watch_only_relay_which_runs_no_rooms() {
    let (world, room) = with_watch_only(&[("one", 1), ("two", 2)]).await;
    let free = world.lobby.relays.rooms_free().await;
    assert_eq!(free.expect("rooms"), 99);
    let regions = world.lobby.relays.regions().await;
    assert!(regions.expect("regions").is_empty());
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(world.watch_relay(&room).await);
    }
    assert_eq!([seen[0].as_str(), &seen[3]], ["two", "r"]);
    seen.sort();
    assert_eq!(seen, ["one", "r", "two", "two"]);
    world.check().await;
}

#[tokio::test]
async fn a_watch_only_relay_that_drains_or_died_or_takes_rooms_gets_no_watchers() {
    let (world, room) = with_watch_only(&[("one", 5), ("two", 9)]).await;
    let draining = RelayInfo {
        draining: true,
        ..watch_only(&world, "two", 9)
    };
    world.lobby.relays.renew(&draining).await.expect("renew");
    assert_eq!(world.watch_relay(&room).await, "one");
    assert_eq!(world.at(1600).watch_relay(&room).await, "r");
    let mut again = world.relay("one", 10);
    "boot-2".clone_into(&mut again.boot);
    world.lobby.relays.renew(&again).await.expect("renew");
    assert_eq!(world.watch_relay(&room).await, "r");
    let index: u32 = world
        .redis(&format!("EXISTS {}:watch", world.fleet()))
        .await;
    assert_eq!(index, 0);
}
