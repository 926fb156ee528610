//! Regions: where a match runs, depending on the latencies that its players measured.

use lobby::{Entering, GameRegion, Join, NewRoom, RelayInfo, RoomChange};

use crate::world::World;
use crate::world_gathering::entering;

const OF_THREE: &str = r#"{"seats_min":3,"seats_max":3}"#;

/// A relay in a region that takes this number of rooms.
async fn renew(world: &World, short: &str, region: &str, capacity: u32) {
    let relay = RelayInfo {
        region: Some(region.to_owned()).filter(|region| !region.is_empty()),
        ..world.relay(short, capacity)
    };
    world.lobby.relays.renew(&relay).await.expect("renew");
}

async fn join(world: &World, short: &str, latencies: &str) {
    let player = world.id(short);
    let join = Join {
        player: &player,
        name: short,
        color: None,
        game: "",
        latencies,
        trace: "",
        priority: 0,
        request: None,
    };
    world.pool().queue_join(join).await.expect("join");
}

/// Where the player's match runs: `eu-1 eu 48`.
async fn place(world: &World, short: &str) -> String {
    let Some(game) = world.me(short).await.game else {
        return "nowhere".to_owned();
    };
    let relay = game.relay.replace(&world.id(""), "");
    let Some(GameRegion { name, worst_ms }) = game.region else {
        return relay;
    };
    format!(
        "{relay} {name} {}",
        worst_ms.map_or("-".to_owned(), |ms| ms.to_string())
    )
}

/// Starts a match of three players with these latencies. Returns where it runs.
async fn match_of(world: &World, latencies: [&str; 3]) -> String {
    for (short, latencies) in ["a", "b", "c"].into_iter().zip(latencies) {
        join(world, short, latencies).await;
    }
    world.assign().await;
    let place = place(world, "a").await;
    world.check().await;
    for short in ["a", "b", "c"] {
        let player = world.id(short);
        let players = &world.lobby.players;
        players.forfeit(&player, None).await.expect("forfeit");
        players.queue_leave(&player, None).await.expect("leave");
    }
    place
}

#[tokio::test]
async fn a_match_runs_in_the_region_with_the_lowest_worst_latency() {
    let world = World::new(OF_THREE).await;
    let eu = ["eu=20,us=120", "eu=90,us=80", ""];
    renew(&world, "r", "", 500).await;
    assert_eq!(match_of(&world, eu).await, "r");
    renew(&world, "us-1", "us", 1000).await;
    renew(&world, "eu-1", "eu", 100).await;
    assert_eq!(match_of(&world, eu).await, "eu-1 eu 90");
    // Regions that nobody measured or that do not exist are not preferred.
    assert_eq!(
        match_of(&world, ["us=300", "zz=0", ""]).await,
        "us-1 us 300"
    );
    // Equal latencies, and players without latencies: the regions are equal.
    assert_eq!(
        match_of(&world, ["eu=50,us=7", "us=50", ""]).await,
        "us-1 us 50"
    );
    assert_eq!(match_of(&world, ["", "", ""]).await, "us-1 us -");
    let regions = world.lobby.relays.regions().await.expect("regions");
    let regions: Vec<String> = regions
        .into_iter()
        .map(|(region, ping)| format!("{region} {ping}"))
        .collect();
    assert_eq!(
        regions,
        [
            "eu http://127.0.0.1/ping/eu-1",
            "us http://127.0.0.1/ping/us-1"
        ]
    );
}

#[tokio::test]
async fn a_room_waits_two_seconds_for_its_best_region_and_takes_the_next_one() {
    let world = World::new(OF_THREE).await;
    let at = world.at(0);
    let full = RelayInfo {
        rooms: 5,
        region: Some("eu".to_owned()),
        ..world.relay("eu-1", 5)
    };
    at.lobby.relays.renew(&full).await.expect("renew");
    for short in ["a", "b", "c"] {
        join(&at, short, "ap=60,eu=20,us=90").await;
    }
    for ms in [0, 900, 1000, 1800, 2000] {
        let at = world.at(ms);
        at.lobby.relays.renew(&full).await.expect("renew");
        renew(&at, "us-1", "us", 900).await;
        renew(&at, "ap-1", "ap", 5).await;
        at.pool().bridge.poll().await.expect("poll");
        at.assign().await;
        at.expire().await;
        let expected = if ms < 2000 { "nowhere" } else { "ap-1 ap 60" };
        assert_eq!(place(&at, "a").await, expected, "at {ms}");
        at.check().await;
    }
}

#[tokio::test]
async fn a_running_match_stays_in_its_region_if_it_can_and_never_waits() {
    let world = World::new(OF_THREE).await;
    let at = world.at(0);
    renew(&at, "eu-1", "eu", 100).await;
    for (short, latencies) in [("a", "eu=40,us=30"), ("b", ""), ("c", "")] {
        join(&at, short, latencies).await;
    }
    // Measured after joining.
    let (players, b) = (&at.lobby.players, at.id("b"));
    let is_news = players.me_update(&b, None, None, "eu=55").await;
    assert!(!is_news.expect("update"), "nobody is to be notified");
    at.assign().await;
    assert_eq!(place(&at, "a").await, "eu-1 eu 55");
    for ms in [900, 1800] {
        let at = world.at(ms);
        renew(&at, "eu-2", "eu", 2).await;
        renew(&at, "us-1", "us", 900).await;
        at.pool().bridge.poll().await.expect("poll");
    }
    let at = world.at(1800);
    at.expire().await;
    assert_eq!(place(&at, "a").await, "eu-2 eu 55");
    // The only relay of its region drains.
    let room = at.room("a").await;
    let (matches, eu_2) = (at.pool().matches, at.id("eu-2"));
    matches
        .claim_room(&room, &eu_2, 2, "boot-1")
        .await
        .expect("claim");
    matches.hand_over(&room, &eu_2, 2).await.expect("hand over");
    assert_eq!(place(&at, "a").await, "us-1 us 30");
    // Rooms that were given away count in the index of the region.
    let free = at.lobby.relays.rooms_free().await.expect("free");
    assert_eq!(free, 1 + 899);
    at.check().await;
}

#[tokio::test]
async fn a_made_room_starts_in_the_region_with_the_lowest_worst_latency() {
    let world = World::new(r#"{"seats_min":2,"seats_max":3}"#).await;
    renew(&world, "us-1", "us", 900).await;
    renew(&world, "eu-1", "eu", 9).await;
    let (a, b, rooms) = (world.id("a"), world.id("b"), &world.lobby.rooms);
    let player = |id, short, latencies| Entering {
        latencies,
        ..entering(id, short)
    };
    let host = player(&a, "a", "eu=10,us=70");
    rooms
        .room_create(&world.name, host, &NewRoom::default())
        .await
        .expect("a room");
    let room = world.room("a").await;
    let code: String = world.redis(&format!("HGET {{}}:room:{room} code")).await;
    rooms
        .room_join(&code, &b, player(&b, "b", "eu=60,us=50"))
        .await
        .expect("a seat");
    world
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    assert_eq!(place(&world, "b").await, "eu-1 eu 60");
    world.check().await;
}

#[tokio::test]
async fn a_fleet_has_at_most_fifteen_regions_and_forgets_those_without_relays() {
    let world = World::new(OF_THREE).await;
    let at = world.at(0);
    for n in 0..15 {
        renew(&at, &format!("r{n}"), &format!("region-{n}"), 10).await;
    }
    let more = RelayInfo {
        region: Some("one-more".to_owned()),
        ..world.relay("more", 10)
    };
    let refused = at.lobby.relays.renew(&more).await.expect_err("too many");
    assert!(refused.to_string().contains("15 regions"), "{refused}");
    // A new run in another region is removed from the index of the first one.
    let moved = RelayInfo {
        boot: "boot-2".to_owned(),
        region: Some("region-1".to_owned()),
        ..world.relay("r0", 10)
    };
    at.lobby.relays.renew(&moved).await.expect("renew");
    let free = async |at: &World| at.lobby.relays.rooms_free().await.expect("free");
    assert_eq!(free(&at).await, 150);
    for ms in (0..=123_000).step_by(900) {
        let at = world.at(ms);
        at.lobby.relays.renew(&moved).await.expect("renew");
        at.pool().bridge.poll().await.expect("poll");
    }
    let at = world.at(123_000);
    assert_eq!(free(&at).await, 10);
    at.lobby.relays.renew(&more).await.expect("renew");
    let regions = at.lobby.relays.regions().await.expect("regions");
    let regions: Vec<&String> = regions.keys().collect();
    assert_eq!(regions, ["one-more", "region-1"]);
}
