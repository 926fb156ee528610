//! Handover of rooms by a relay that stops.

use expect_test::expect;
use lobby::{Checkpointed, Claimed, HandedOver, Origin, Redeemed, RelayInfo, WebTransport};

use crate::checkpoints::saved;
use crate::sink::kinds;
use crate::world::World;

/// A claimed match on `r` with a checkpoint at tick 7, and these other relays.
async fn running(others: &[&str]) -> (World, String) {
    let world = World::new("{}").await;
    let room = world.claimed_match().await;
    for (from, tick) in [(0, 0), (0, 7)] {
        let checkpoint = saved(&world, &room, from, tick);
        let written = world.pool().matches.checkpoint(&checkpoint).await;
        assert_eq!(written.expect("checkpoint"), Checkpointed::Written);
    }
    for other in others {
        world.relay_up(other).await;
    }
    world.connect(&["a"]).await;
    world.deliver().await;
    (world, room)
}

async fn hand_over(world: &World, room: &str, epoch: u64) -> HandedOver {
    let relay = world.id("r");
    let answer = world.pool().matches.hand_over(room, &relay, epoch).await;
    answer.expect("hand over")
}

#[tokio::test]
async fn a_room_is_handed_over_with_a_ticket_for_each() {
    let (world, room) = running(&[]).await;
    let over_quic = WebTransport {
        url: ":4433/game/spare".to_owned(),
        certificate_sha256: "ab".repeat(32),
    };
    let spare = RelayInfo {
        webtransport: Some(over_quic.clone()),
        ..world.relay("spare", 10)
    };
    world.lobby.relays.renew(&spare).await.expect("renewed");
    assert_eq!(hand_over(&world, &room, 2).await, HandedOver::Stale);
    let handed_over = hand_over(&world, &room, 1).await;
    let HandedOver::Moved {
        relay,
        url,
        webtransport,
        epoch,
        tickets,
    } = &handed_over
    else {
        panic!("{handed_over:?}")
    };
    assert_eq!(
        (relay, url.as_str(), *epoch),
        (&world.id("spare"), "ws://127.0.0.1/game/spare", 2)
    );
    assert_eq!(webtransport.as_ref(), Some(&over_quic));
    assert_eq!(tickets.len(), 5);
    assert_eq!(
        hand_over(&world, &room, 1).await,
        handed_over,
        "its answer was lost"
    );
    world.check().await;
    let me = world.lobby.players.me(&world.id("c")).await.expect("me");
    let game = me.game.expect("a match");
    assert_eq!(game.webtransport, Some(over_quic));
    let seen = game.seen_from(Origin::new("play.example.org:8443", true).as_ref());
    assert_eq!(
        seen.webtransport.expect("an address").url,
        "https://play.example.org:4433/game/spare"
    );

    let redeemed = world
        .lobby
        .tickets
        .redeem(&tickets[&world.id("c")], relay)
        .await;
    assert!(matches!(
        redeemed.expect("redeem"),
        Redeemed::Seat { player, epoch: 2, .. } if player == world.id("c")
    ));
    let claimed = world
        .pool()
        .matches
        .claim_room(&room, relay, 2, "boot-1")
        .await;
    let Claimed::Room {
        saved: Some(saved), ..
    } = claimed.expect("claim")
    else {
        panic!("no checkpoint")
    };
    assert_eq!((saved.epoch, saved.tick), (1, 7));
    let pushed = world.deliver().await;
    expect!["match_moved"].assert_eq(&kinds(&pushed, "a"));
    assert_eq!(hand_over(&world, "elsewhere.x", 1).await, HandedOver::Stale);
    world.check().await;
}

#[tokio::test]
async fn a_room_is_unchanged_if_no_relay_takes_it() {
    let (world, room) = running(&[]).await;
    let before = world.everything().await;
    assert_eq!(hand_over(&world, &room, 1).await, HandedOver::Nowhere);
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn an_unclaimed_room_cannot_be_handed_over() {
    let world = World::new("{}").await;
    let (room, _) = world.match_of_five().await;
    world.relay_up("spare").await;
    let before = world.everything().await;
    assert_eq!(hand_over(&world, &room, 1).await, HandedOver::Stale);
    assert_eq!(world.everything().await, before);
}
