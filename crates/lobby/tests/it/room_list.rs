//! The list of rooms that players made: its contents, searches and pages.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use lobby::{
    LIST_MAX, ListedRoom, MetaValue, NewRoom, RoomChange, RoomList, RoomQuery, RoomSettings,
};
use serde_json::json;
use testkit::Redis;

use crate::world::World;
use crate::world_gathering::TWO;

pub(crate) const META: &str =
    r#"{"seats_min":2,"seats_max":4,"meta":{"level":"int","mode":"text"}}"#;

impl World {
    /// A query of the first pool: `where`, `sort`.
    fn search(&self, conditions: &str, sort: &str) -> RoomQuery {
        let pool = self.pool();
        let query = RoomQuery::new("arena").filtered(&pool.settings(), conditions);
        query
            .and_then(|query| query.sorted(&pool.settings(), sort))
            .expect("a query")
    }

    async fn list(&self, query: &RoomQuery) -> RoomList {
        let list = self.lobby.rooms.room_list(&self.name, query).await;
        list.expect("a list")
    }

    /// The names of the rooms that fulfil these conditions, oldest first.
    async fn found(&self, conditions: &str) -> String {
        let list = self.list(&self.search(conditions, "created")).await;
        assert_eq!(list.cursor, None);
        names(&list.rooms).join(" ")
    }

    /// All pages, as names in order.
    async fn pages(&self, query: &RoomQuery, limit: &str) -> Vec<Vec<String>> {
        let query = query.clone().limited(limit).expect("a limit");
        let (mut pages, mut next) = (Vec::new(), query.clone());
        loop {
            let list = self.list(&next).await;
            pages.push(names(&list.rooms));
            let Some(cursor) = list.cursor else {
                return pages;
            };
            next = query.clone().after(&cursor).expect("a cursor");
        }
    }

    /// Makes a listed room of this player, named after the player.
    async fn make_listed(
        &self,
        short: &str,
        seats: u32,
        meta: &[(&str, MetaValue)],
    ) -> (String, String) {
        let meta = meta
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()));
        let new = NewRoom {
            is_listed: true,
            seats: Some(seats),
            meta: meta.collect(),
            ..NewRoom::default()
        };
        match self.make_with(short, &new).await {
            lobby::Entered::Seated { room, code, .. } => (room, code),
            other => panic!("{other:?}"),
        }
    }

    async fn set_listed(&self, room: &str, host: &str, is_listed: bool) {
        let settings = RoomSettings {
            is_listed: Some(is_listed),
            ..RoomSettings::default()
        };
        let changed = self
            .change(room, host, RoomChange::Settings(settings))
            .await;
        assert_eq!(changed, format!("host {host}"));
        self.check().await;
    }
}

fn names(rooms: &[ListedRoom]) -> Vec<String> {
    rooms.iter().map(|room| room.name.clone()).collect()
}

fn int(value: i64) -> MetaValue {
    MetaValue::Int(value)
}

fn text(value: &str) -> MetaValue {
    MetaValue::Text(value.to_owned())
}

#[tokio::test]
async fn a_listed_room_is_in_the_list_with_its_values_and_a_private_one_is_not() {
    let world = World::new(META).await.at(0);
    world.make("p").await;
    let (room, code) = world
        .make_listed("a", 3, &[("level", int(7)), ("mode", text("duo"))])
        .await;
    assert_eq!(world.enters("b", &code).await, "seated");
    world.check().await;
    let list = world.list(&RoomQuery::new("tag")).await;
    let expected = json!({ "rooms": [{
        "room": room, "code": lobby::show_code(&code), "name": "a", "host": { "player_id": world.id("a"), "name": "a" },
        "game": "tag", "players": 2, "seats": 3, "free": 1, "state": "gathering", "created": 1_800_000_000_000_u64,
        "settings": {}, "meta": { "level": 7, "mode": "duo" },
    }] });
    assert_eq!(serde_json::to_value(&list).expect("JSON"), expected);
}

#[tokio::test]
async fn the_host_lists_the_room_and_takes_it_out_of_the_list() {
    let world = World::new(META).await;
    let (room, _) = world.make("a").await;
    assert_eq!(world.found("").await, "");
    world.set_listed(&room, "a", true).await;
    assert_eq!(world.found("").await, "a");
    world.set_listed(&room, "a", false).await;
    assert_eq!(world.found("").await, "");
    world.set_listed(&room, "a", true).await;
    assert_eq!(world.found("").await, "a");
    let settings = RoomSettings {
        seats: Some(2),
        meta: Some(BTreeMap::from([("level".to_owned(), int(9))])),
        ..RoomSettings::default()
    };
    world
        .change(&room, "a", RoomChange::Settings(settings))
        .await;
    world.check().await;
    assert_eq!(world.found("level:eq:9,free:eq:1").await, "a");
}

#[tokio::test]
async fn a_full_room_shows_no_free_seat_and_a_left_seat_is_free() {
    let world = World::new(TWO).await;
    let (_, code) = world.make_listed("a", 2, &[]).await;
    assert_eq!(world.found("free:gte:1").await, "a");
    world.enters("b", &code).await;
    world.check().await;
    assert_eq!(world.found("free:gte:1").await, "");
    assert_eq!(world.found("free:eq:0,players:eq:2").await, "a");
    world.leave("b").await;
    world.check().await;
    assert_eq!(world.found("free:gte:1").await, "a");
}

#[tokio::test]
async fn a_room_leaves_the_list_when_its_match_starts_and_returns_for_the_rematch() {
    let world = World::new(TWO).await;
    let (room, code) = world.make_listed("a", 2, &[]).await;
    world.enters("b", &code).await;
    // Without a relay the room waits and stays listed.
    world
        .change(&room, "a", RoomChange::Start { bots: 0 })
        .await;
    world.check().await;
    assert_eq!(world.found("").await, "a");
    world.play(&room).await;
    world.check().await;
    assert_eq!(world.found("").await, "");
    world.rematch("b", &room).await;
    world.check().await;
    assert_eq!(world.found("players:eq:1").await, "a");
}

#[tokio::test]
async fn a_room_leaves_the_list_when_its_group_has_found_others() {
    let world = World::new(TWO).await;
    let (room, code) = world.make_listed("a", 4, &[]).await;
    world.enters("b", &code).await;
    world.change(&room, "a", RoomChange::Queue(true)).await;
    world.check().await;
    assert_eq!(world.found("players:eq:2").await, "a");
    assert_eq!(world.assign().await, "seated 2 started 0 skipped 0");
    world.check().await;
    assert_eq!(world.found("").await, "");
    // No player of the group is left in the other room.
    world.leave("a").await;
    world.leave("b").await;
    world.check().await;
    assert_eq!(world.found("players:eq:0").await, "a");
}

#[tokio::test]
async fn a_room_that_closes_leaves_the_list() {
    let world = World::new(TWO).await;
    world.at(0).make_listed("a", 2, &[]).await;
    world.at(0).leave("a").await;
    // The room waits for other players.
    world.at(0).check().await;
    assert_eq!(world.found("players:eq:0").await, "a");
    world.poll_through(0, 121_000).await;
    let later = world.at(121_000);
    assert_eq!(later.expire().await, "rooms 1 players 0 relays 0");
    later.check().await;
    assert_eq!(world.found("").await, "");
    assert_eq!(world.redis::<u32>("EXISTS {}:listed:rooms").await, 0);
}

#[tokio::test]
async fn conditions_find_the_rooms_that_fulfil_all_of_them() {
    let world = World::new(META).await;
    let rooms = [
        ("a", 2, vec![("level", int(1)), ("mode", text("duo"))]),
        ("b", 3, vec![("level", int(5)), ("mode", text("a,b:\\c"))]),
        ("c", 4, vec![("level", int(-3))]),
        ("d", 4, vec![("mode", text("duo"))]),
    ];
    for (n, (short, seats, meta)) in rooms.iter().enumerate() {
        world.at(n as u64).make_listed(short, *seats, meta).await;
    }
    let check = async |conditions: &str, expected: &str| {
        assert_eq!(world.found(conditions).await, expected, "{conditions}");
    };
    check("", "a b c d").await;
    check("mode:eq:duo", "a d").await;
    check("mode:ne:duo", "b").await;
    check(r"mode:eq:a\,b:\\c", "b").await;
    check("level:gte:1", "a b").await;
    check("level:gt:1", "b").await;
    check("level:lte:1", "a c").await;
    check("level:lt:1", "c").await;
    check("level:ne:1", "b c").await;
    check("level:eq:-3", "c").await;
    check("mode:eq:duo,free:gte:2", "d").await;
    check("level:gte:0,level:lte:4", "a").await;
    check("players:eq:1,free:eq:3", "c d").await;
    check("created:gt:1800000000001", "c d").await;
    check("state:eq:gathering,game:eq:arena", "a b c d").await;
    check("state:eq:started", "").await;
    check("game:eq:tag", "").await;
    let sorted =
        async |sort: &str| names(&world.list(&world.search("", sort)).await.rooms).join(" ");
    assert_eq!(sorted("-created").await, "d c b a");
    assert_eq!(&sorted("free").await[..3], "a b");
    // The room without a level is last in both directions.
    assert_eq!(sorted("level").await, "c a b d");
    assert_eq!(sorted("-level").await, "b a c d");
}

#[tokio::test]
async fn ten_thousand_rooms_are_found_page_by_page_with_two_commands_a_page() {
    let server = std::sync::Arc::new(Redis::start());
    let world = World::on(server, &[META]).await.at(0);
    let room = |n: u32| {
        let mode = text(["solo", "duo", "squad"][n as usize % 3]);
        (
            format!("r{n}"),
            2 + n % 3,
            [("level", int(i64::from(n % 100))), ("mode", mode)],
        )
    };
    stream::iter(0..10_000)
        .for_each_concurrent(64, async |n| {
            let (name, seats, meta) = room(n);
            world.make_listed(&name, seats, &meta).await;
        })
        .await;

    let query = world.search("level:gte:40,level:lt:43,free:gte:2", "-level");
    // Loads the script before the calls are counted.
    world.list(&query).await;
    let _: String = world.redis("CONFIG RESETSTAT").await;
    let pages = world.pages(&query, "50").await;
    let calls = |command: &str| {
        let stats = world.server.command(&["INFO", "commandstats"]);
        let line = stats
            .lines()
            .find(|line| line.starts_with(&format!("cmdstat_{command}:")));
        let calls = line.and_then(|line| line.split([':', ',']).nth(1)?.strip_prefix("calls="));
        calls
            .and_then(|calls| calls.parse::<usize>().ok())
            .unwrap_or(0)
    };
    let expected: BTreeSet<u32> = (0..10_000)
        .filter(|n| (40..43).contains(&(n % 100)) && n % 3 != 0)
        .collect();
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [50, 50, 50, 50]);
    let found: Vec<u32> = pages
        .concat()
        .iter()
        .map(|name| name[1..].parse().expect("r0"))
        .collect();
    assert!(
        found.is_sorted_by_key(|n| std::cmp::Reverse(n % 100)),
        "{found:?}"
    );
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!((calls("hvals"), calls("evalsha") + calls("eval")), (4, 4));

    let all = world
        .pages(&world.search("", "players"), &LIST_MAX.to_string())
        .await;
    assert_eq!(
        (
            all.len(),
            all.concat().iter().collect::<BTreeSet<_>>().len()
        ),
        (100, 10_000)
    );
}

#[tokio::test]
async fn pages_show_each_room_once_while_others_come_and_go() {
    let world = World::new(META).await;
    for n in 0..12 {
        world
            .make_listed(&format!("s{n}"), 4, &[("level", int(n % 2))])
            .await;
    }
    for n in 0..4 {
        world
            .make_listed(&format!("g{n}"), 4, &[("level", int(0))])
            .await;
    }
    let query = world.search("", "-level").limited("3").expect("a limit");
    let (mut seen, mut next, mut round) = (Vec::new(), query.clone(), 0);
    loop {
        let list = world.list(&next).await;
        seen.extend(
            names(&list.rooms)
                .into_iter()
                .filter(|name| name.starts_with('s')),
        );
        let Some(cursor) = list.cursor else { break };
        next = query.clone().after(&cursor).expect("a cursor");
        if round < 4 {
            world
                .make_listed(&format!("n{round}"), 4, &[("level", int(1))])
                .await;
            let gone = world.room(&format!("g{round}")).await;
            world.set_listed(&gone, &format!("g{round}"), false).await;
        }
        round += 1;
    }
    let mut expected: Vec<String> = (0..12).map(|n| format!("s{n}")).collect();
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_wrong_index_is_reported_and_repaired() {
    let world = World::new(META).await;
    let (room, _) = world.make_listed("a", 4, &[("level", int(1))]).await;
    let (private, _) = world.make("b").await;
    let bucket = |room: &str| room.split('.').nth(1).expect("an id")[..2].to_owned();
    let check = async |command: &str, found: &str| {
        let _: redis::Value = world.redis(command).await;
        assert_eq!(world.found("level:lt:9").await, found, "{command}");
        let wrong = lobby::check::violations(&world.lobby, &world.name).await;
        assert!(!wrong.expect("check").is_empty(), "{command}");
        let repaired = world.sweep().await;
        let expected = BTreeMap::from([("room_list_wrong".to_owned(), 1)]);
        assert_eq!(repaired, expected, "{command}");
        world.check().await;
        assert_eq!(world.found("level:eq:1").await, "a", "{command}");
        let repaired = world.sweep().await;
        assert!(repaired.is_empty(), "{command}");
    };
    let name = bucket(&room);
    check(&format!("HDEL {{}}:listed:rooms {name}"), "").await;
    let other_level =
        r#"(redis.call("HGET",KEYS[1],ARGV[1]):gsub("\1%z%z%z%z%z%z%z\1","\1\0\0\0\0\0\0\0\5"))"#;
    let set = format!(
        r#"EVAL redis.call("HSET",KEYS[1],ARGV[1],{other_level}) 1 {{}}:listed:rooms {name}"#
    );
    check(&set, "a").await;
    let (private, name) = (private.split('.').nth(1).expect("an id"), bucket(&private));
    let entry = r#"struct.pack(">I2Bc0BBi8",27,#ARGV[2],ARGV[2],1,4,3)"#;
    for (name, id) in [(&*name, private), ("zz", "zz45678901234567")] {
        let set = format!(
            r#"EVAL redis.call("HSET",KEYS[1],ARGV[1],{entry}) 1 {{}}:listed:rooms {name} {id}"#
        );
        check(&set, "a").await;
    }
}
