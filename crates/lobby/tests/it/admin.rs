//! What operators do to players, rooms, pools and relays: the invariants hold, and a repeat changes nothing.

use lobby::{Drained, Entered, InboxMessage, Joined, Removal, RoomClosed};
use serde_json::json;

use crate::sink::kinds;
use crate::world::World;
use crate::world_gathering::TWO;

async fn remove(world: &World, short: &str, removal: Removal, room: Option<&str>) -> String {
    let (player, admin) = (world.id(short), &world.lobby.admin);
    let removed = admin.remove_player(&player, removal, room).await;
    let removed = removed.expect("removed");
    removed.map_or_else(|| "absent".to_owned(), |it| it.state)
}

async fn close(world: &World, room: &str) -> RoomClosed {
    world.lobby.admin.close_room(room).await.expect("closed")
}

#[tokio::test]
async fn a_player_is_removed_from_the_queue_a_room_and_a_match() {
    let world = World::new(TWO).await;
    world.join("q").await;
    assert_eq!(remove(&world, "q", Removal::Banned, None).await, "queued");
    assert_eq!(remove(&world, "q", Removal::Banned, None).await, "absent");
    assert_eq!(world.state("q").await, "out banned");

    let (room, code) = world.make("h").await;
    world.connect(&["h", "k"]).await;
    world.enter("k", &code, false).await;
    assert_eq!(
        remove(&world, "k", Removal::Kicked, Some("other.room")).await,
        "absent"
    );
    assert_eq!(
        remove(&world, "k", Removal::Kicked, Some(&room)).await,
        "seated"
    );
    let pushed = world.deliver().await;
    assert_eq!(pushed["k"].last().expect("a message")["reason"], "kicked");
    assert_eq!(kinds(&pushed, "h"), "room_joined room_updated room_updated");
    assert_eq!(world.enters("k", &code).await, "Kicked");
    world.check().await;

    let room = world.claimed_match().await;
    assert_eq!(
        remove(&world, "a", Removal::Kicked, Some(&room)).await,
        "playing"
    );
    world.deliver().await;
    let removed = Some(Removal::Kicked);
    let left = InboxMessage::Left {
        room,
        epoch: 1,
        player: world.id("a"),
        removed,
    };
    assert_eq!(world.inbox("r").await.last(), Some(&left));
    assert_eq!(world.states(&["a", "b"]).await, "a: out kicked, b: playing");
    world.check().await;
}

#[tokio::test]
async fn a_room_of_any_state_ends_once() {
    let world = World::new(TWO).await;
    let (gathering, code) = world.make("h").await;
    let closed = RoomClosed::Closed {
        state: "gathering".to_owned(),
        players: 1,
    };
    assert_eq!(close(&world, &gathering).await, closed);
    assert_eq!(close(&world, &gathering).await, RoomClosed::Absent);
    world.deliver().await;
    assert_eq!(
        world.enters("k", &code).await,
        "Unknown",
        "the code is free"
    );
    assert_eq!(world.state("h").await, "out room_closed");

    world.join("a").await;
    world.assign().await;
    let open = world.room("a").await;
    assert!(
        matches!(close(&world, &open).await, RoomClosed::Closed { state, .. } if state == "open")
    );
    assert_eq!(world.state("a").await, "out room_closed");
    world.check().await;

    let world = World::new("{}").await;
    let started = world.claimed_match().await;
    assert!(matches!(
        close(&world, &started).await,
        RoomClosed::Closed { players: 5, .. }
    ));
    world.deliver().await;
    let moved = InboxMessage::Moved {
        room: started,
        epoch: 1,
    };
    assert_eq!(world.inbox("r").await, [moved]);
    assert_eq!(world.state("c").await, "out room_failed");
    world.join("c").await;
    world.check().await;
}

#[tokio::test]
async fn a_closed_pool_admits_nobody_and_removes_nobody() {
    let world = World::new(TWO).await;
    let (_, code) = world.make("h").await;
    world.join("q").await;
    let admin = &world.lobby.admin;
    let before = admin.close_pool(&world.name, "upgrade").await;
    assert_eq!(before.expect("closed"), None);
    let reason = "upgrade".to_owned();
    assert_eq!(
        world.join("n").await,
        Joined::Closed {
            reason: reason.clone()
        }
    );
    assert_eq!(
        world.enter("n", &code, true).await,
        Entered::Closed { reason }
    );
    assert_eq!(
        world.states(&["h", "n", "q"]).await,
        "h: seated, n: out, q: queued 1"
    );
    assert_eq!(
        world.join("q").await,
        Joined::Queued {
            position: 1,
            new: false
        }
    );
    let before = admin.open_pool(&world.name).await.expect("opened");
    assert_eq!(before.as_deref(), Some("upgrade"));
    assert_eq!(world.enters("n", &code).await, "seated");
    world.check().await;
}

#[tokio::test]
async fn rooms_are_listed_in_pages_and_counted() {
    let world = World::new("{}").await;
    let mut made = Vec::new();
    for n in 0..5 {
        made.push(world.make(&format!("h{n}")).await.0);
    }
    made.sort();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let admin = &world.lobby.admin;
        let page = admin.rooms(&world.name, Some("gathering"), 2, cursor.as_deref());
        let page = page.await.expect("a page");
        assert!(page.rooms.len() <= 2);
        seen.extend(page.rooms.into_iter().map(|row| row.room));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, made);
    let pools = world.lobby.admin.pools().await.expect("pools");
    assert_eq!((pools[0].rooms["gathering"], pools[0].players), (5, 5));
    let detail = world.lobby.admin.room(&made[0]).await.expect("a room");
    let detail = json!(detail.expect("a room"));
    assert_eq!(
        (&detail["made"]["settings"], &detail["members"][0]["state"]),
        (&json!({}), &json!("seated"))
    );
}

#[tokio::test]
async fn a_run_of_a_relay_gets_a_drain_message() {
    let world = World::new("{}").await;
    let mut relay = world.relay_up("r").await;
    let admin = &world.lobby.admin;
    let drain = async |short: &str| admin.drain_relay(&world.id(short)).await.expect("asked");
    assert_eq!(drain("r").await, Drained::Sent);
    let boot = "boot-1".to_owned();
    assert_eq!(world.inbox("r").await, [InboxMessage::Drain { boot }]);
    relay.draining = true;
    world.lobby.relays.renew(&relay).await.expect("renewed");
    assert_eq!(drain("r").await, Drained::Already);
    assert_eq!(drain("nobody").await, Drained::Unknown);
    let relays = admin.relays(10).await.expect("relays");
    assert_eq!((relays[0].draining, relays[0].live), (true, true));
}
