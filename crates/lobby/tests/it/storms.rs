//! Many concurrent joins beside running matches: free seats are filled before rooms are made, and no seat is given
//! twice.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use lobby::{Claimed, GameTicket, InboxMessage, Offered};

use crate::relays::checkpoint;
use crate::world::World;

const POOL: &str = r#"{"seats_min":2,"seats_max":5,"countdown_ms":1,"late":{"until_s":600}}"#;
const BOTS: &str =
    r#"{"seats_min":2,"seats_max":4,"bots":{"fill_to":3,"after_ms":1},"late":{"until_s":600}}"#;

/// Longer than a countdown, shorter than a relay's lease.
const AFTER_MS: u64 = 10;

/// A match of these players that the queue made, claimed by relay `r`. The clock of `world` does not advance.
async fn play(world: &World, shorts: &[&str]) -> (String, GameTicket) {
    world.join_all(shorts).await;
    world.assign().await;
    // The countdown ends.
    world.at(AFTER_MS).expire().await;
    let me = world.me(shorts[0]).await;
    let (room, game) = (me.room.expect("a room"), me.game.expect("a ticket"));
    let matches = world.pool().matches;
    let claimed = matches.claim_room(&room, &game.relay, game.epoch, "boot-1");
    assert!(matches!(claimed.await, Ok(Claimed::Room { .. })));
    let checkpoint = checkpoint(world, &room, game.epoch, &[]);
    matches.checkpoint(&checkpoint).await.expect("checkpoint");
    (room, game)
}

async fn offer(world: &World, (room, game): &(String, GameTicket), seats: &[u8]) {
    let matches = world.pool().matches;
    let offered = matches.offer_seats(room, &game.relay, game.epoch, seats);
    let count = u32::try_from(seats.len()).expect("few");
    assert_eq!(offered.await.expect("offer"), Offered::Seats(count));
}

/// How many players each room has.
async fn seated(world: &World, shorts: &[String]) -> BTreeMap<String, usize> {
    let mut rooms = BTreeMap::new();
    for short in shorts {
        *rooms.entry(world.room(short).await).or_default() += 1;
    }
    rooms
}

/// The room and the seat of each late player, as the relay received them.
async fn late_seats(world: &World) -> Vec<(String, u8)> {
    let seat = |message| match message {
        InboxMessage::Joined { room, player, .. } => Some((room, player.late?)),
        _ => None,
    };
    world.deliver().await;
    let mut inbox = world.lobby.inbox(&world.id("r"));
    let mut seats = Vec::new();
    loop {
        let messages = inbox.read(Duration::ZERO).await.expect("inbox").messages;
        if messages.is_empty() {
            return seats;
        }
        seats.extend(messages.into_iter().filter_map(seat));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_joins_at_once_fill_200_half_full_matches_before_a_new_room() {
    let world = World::new(POOL).await.at(0);
    let relay = world.relay("r", 1_000);
    let mut running = Vec::new();
    for n in 0..200 {
        // Its key expires by the server's clock.
        world.lobby.relays.renew(&relay).await.expect("renew");
        let pair = [format!("a{n}"), format!("b{n}")];
        running.push(play(&world, &[&pair[0], &pair[1]]).await);
    }
    for played in &running {
        offer(&world, played, &[2, 3, 4]).await;
    }
    let shorts: Vec<String> = (0..1_000).map(|n| format!("p{n}")).collect();
    let joins = join_all(shorts.iter().map(|short| world.join(short)));
    // Four functions seat players concurrently while the queue fills, and until it is empty.
    let assigns = join_all((0..4).map(|_| async {
        for _ in 0..20 {
            world.pool().assign().await.expect("assign");
        }
    }));
    tokio::join!(joins, assigns);
    while world.pool().assign().await.expect("assign").remainder {}
    world.check().await;

    let rooms = seated(&world, &shorts).await;
    for (room, _) in &running {
        assert_eq!(rooms.get(room), Some(&3), "{room}");
    }
    assert_eq!(rooms.values().sum::<usize>(), 1_000);
    // 400 players in new rooms of five.
    assert_eq!(rooms.len(), 200 + 80);
    let mut seats = late_seats(&world).await;
    assert_eq!(seats.len(), 600);
    seats.sort();
    seats.dedup();
    assert_eq!(seats.len(), 600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_seat_of_a_bot_goes_to_one_of_two_concurrent_joins() {
    let world = World::new(BOTS).await.at(0);
    world.relay_up("r").await;
    let played = play(&world, &["a"]).await;
    offer(&world, &played, &[1]).await;
    let room = played.0;
    tokio::join!(world.join("b"), world.join("c"));
    let (one, other) = (world.pool(), world.pool());
    let (one, other) = tokio::join!(one.assign(), other.assign());
    assert_eq!(one.expect("one").seated + other.expect("other").seated, 2);
    world.check().await;
    let rooms = seated(&world, &["b".to_owned(), "c".to_owned()]).await;
    assert_eq!((rooms.len(), rooms.get(&room)), (2, Some(&1)));
    assert_eq!(late_seats(&world).await, [(room, 1)]);
}
